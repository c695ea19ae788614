//! The token label: what carries the application.

use madoguchi_apdu::{Command, Le};
use madoguchi_core::Medium;

use super::Jpki;
use crate::{CardSession, Error};

/// Token info; its first 32 bytes are the label.
const TOKEN_INFO: u16 = 0x0006;
const LABEL_LEN: u8 = 32;

impl<S: CardSession + ?Sized> Jpki<'_, S> {
    /// Reads the label and says what the patient holds up.
    ///
    /// # Errors
    /// [`Error::Obsolete`] for a 住基カード, [`Error::UnknownLabel`] for anything that is not known.
    pub fn label(&mut self) -> Result<Medium, Error> {
        self.select_file(TOKEN_INFO, Error::NotJpki)?;
        let command = Command::bare([0x00, 0xB0, 0x00, 0x00], Le::Short(u16::from(LABEL_LEN)));
        let (data, response) = self.channel.exchange(&command)?;
        if !response.status().is_ok() {
            return Err(Error::UnexpectedStatus(response.status()));
        }
        let found = medium(&data)?;
        self.medium = Some(found);
        Ok(found)
    }
}

/// The medium of a space-padded label.
fn medium(label: &[u8]) -> Result<Medium, Error> {
    let end = label
        .iter()
        .rposition(|byte| !matches!(byte, b' ' | 0))
        .map_or(0, |last| last + 1);
    match &label[..end] {
        b"JPKIAPICCTOKEN2" => Ok(Medium::Card),
        b"JPKIAPGPSETOKEN" => Ok(Medium::Android),
        b"JPKIAPIOSTOKEN" => Ok(Medium::IPhone),
        b"JPKIAPICCTOKEN" => Err(Error::Obsolete),
        _ => Err(Error::UnknownLabel),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_tell_the_medium() {
        assert_eq!(medium(b"JPKIAPICCTOKEN2                 "), Ok(Medium::Card));
        assert_eq!(medium(b"JPKIAPGPSETOKEN                 "), Ok(Medium::Android));
        assert_eq!(medium(b"JPKIAPIOSTOKEN\0\0"), Ok(Medium::IPhone));
        assert_eq!(medium(b"JPKIAPICCTOKEN                  "), Err(Error::Obsolete));
        assert_eq!(medium(b"JPKIAPICCTOKEN3"), Err(Error::UnknownLabel));
        assert_eq!(medium(b"   "), Err(Error::UnknownLabel));
        assert_eq!(medium(b""), Err(Error::UnknownLabel));
    }
}
