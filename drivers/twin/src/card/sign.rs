//! PSO COMPUTE DIGITAL SIGNATURE as JPKI has it: pads the given DigestInfo by PKCS#1 v1.5 and signs.

use madoguchi_apdu::Le;
use rsa::Pkcs1v15Sign;
use rsa::traits::PublicKeyParts;

use super::files::File;
use super::{Answer, VirtualCard, refuse};

/// PKCS#1 v1.5 padding takes at least so many bytes.
const PADDING_LEN: usize = 11;

impl VirtualCard {
    pub(super) fn sign(&mut self, digest_info: &[u8], le: Le) -> Answer {
        match self.power.selected {
            Some(File::Key) => {}
            Some(File::SigningKey) => return refuse(0x6982),
            _ => return refuse(0x6A88),
        }
        let by_device = self.pin.verified_by_device() && self.wallet.is_open();
        if !self.power.verified && !by_device {
            return refuse(0x6982);
        }
        let len = self.key.size();
        if digest_info.is_empty() || digest_info.len() + PADDING_LEN > len {
            return refuse(0x6A80);
        }
        let le = match le {
            Le::None => return refuse(0x6700),
            Le::Short(le) => usize::from(le),
            Le::Extended(le) => le as usize,
        };
        if le < len {
            // 00 in SW2 says 256, the length of the keys that the personas have.
            return refuse(0x6C00 | (len & 0xFF) as u16);
        }
        match self.key.sign(Pkcs1v15Sign::new_unprefixed(), digest_info) {
            Ok(signature) => Ok(signature),
            Err(_) => refuse(0x6F00),
        }
    }
}
