//! The signature of the user-authentication key.

use madoguchi_apdu::{Command, Le, Status};
use madoguchi_core::Medium;
use ring::digest::{SHA256, SHA256_OUTPUT_LEN, digest};

use super::Jpki;
use crate::{CardSession, Error};

/// The file of the user-authentication private key.
const KEY: u16 = 0x0017;

/// DER of DigestInfo up to the digest: made here and not on the card, which every card can do.
const DIGEST_INFO_SHA256: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];

impl<S: CardSession + ?Sized> Jpki<'_, S> {
    /// Has the chip sign the message: RSA PKCS#1 v1.5 over its SHA-256. The signature is as long as the key says.
    ///
    /// # Errors
    /// [`Error::PhoneNotArmed`]; [`Error::SignatureRefused`], above all where the PIN was not verified.
    pub fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.select_file(KEY, Error::SignatureRefused)?;
        let mut digest_info = [0; DIGEST_INFO_SHA256.len() + SHA256_OUTPUT_LEN];
        let (head, tail) = digest_info.split_at_mut(DIGEST_INFO_SHA256.len());
        head.copy_from_slice(&DIGEST_INFO_SHA256);
        tail.copy_from_slice(digest(&SHA256, message).as_ref());
        let command = Command::new([0x80, 0x2A, 0x00, 0x80], &digest_info, Le::Short(256))?;
        let (signature, response) = self.channel.exchange(&command)?;
        if self.medium == Some(Medium::IPhone) && response.status().status() == Status::NotVerified {
            return Err(Error::PhoneNotArmed);
        }
        if !response.status().is_ok() {
            return Err(Error::SignatureRefused(response.status()));
        }
        if signature.is_empty() {
            Err(Error::UnexpectedData)
        } else {
            Ok(signature)
        }
    }
}
