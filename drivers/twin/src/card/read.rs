//! READ BINARY: by offset in the selected file, or by short file id.

use madoguchi_apdu::{Le, StatusWord};
use madoguchi_core::Medium;

use super::files::File;
use super::{Answer, Refusal, VirtualCard, refuse};

impl VirtualCard {
    pub(super) fn read_binary(&mut self, p1: u8, p2: u8, le: Le) -> Answer {
        let (le, all) = match le {
            Le::None => return refuse(0x6700),
            Le::Short(len) => (usize::from(len), len == 0x100),
            Le::Extended(len) => (len as usize, len == 0x1_0000),
        };
        if !self.power.application {
            return refuse(0x6986);
        }
        let offset = if p1 & 0x80 != 0 {
            let Some(file) = File::from_id(u16::from(p1 & 0x1F)) else {
                return refuse(0x6A82);
            };
            self.power.selected = Some(file);
            usize::from(p2)
        } else {
            usize::from(u16::from_be_bytes([p1, p2]))
        };
        let Some(file) = self.power.selected else {
            return refuse(0x6986);
        };
        // On an Android phone the certificate is personal data behind the PIN. The signing certificate always is.
        let behind_pin = match file {
            File::Certificate => self.medium == Medium::Android && !self.power.verified,
            File::SigningCertificate => true,
            _ => false,
        };
        if behind_pin {
            return refuse(0x6982);
        }
        let Some(content) = self.files.content(file) else {
            return refuse(0x6981);
        };
        let Some(rest) = content.get(offset..).filter(|rest| !rest.is_empty()) else {
            return refuse(0x6B00);
        };
        match rest.get(..le) {
            Some(data) => Ok(data.to_vec()),
            // Le of zero asks for what there is.
            None if all => Ok(rest.to_vec()),
            None => Err(Refusal {
                status: StatusWord::from_u16(0x6282),
                data: rest.to_vec(),
            }),
        }
    }
}
