//! The key under which cards are remembered.

use std::fmt;
use std::path::Path;

use madoguchi_core::pseudonym::{CardKey, Pseudonyms};
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};
use zeroize::Zeroizing;

use crate::Error;
use crate::folder::{Folder, Readers};

const FILE: &str = "pseudonym.key";
const LEN: usize = 32;
/// What is hashed begins with it, so that a hash made for something else is never a card's.
const CARD: &[u8] = b"madoguchi/pseudonym/card/1";

/// HMAC-SHA256 under the site's key. Whoever loses the file loses what is remembered of cards, and nothing else.
#[derive(Clone)]
pub struct PseudonymKey(hmac::Key);

impl fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PseudonymKey(…)")
    }
}

impl PseudonymKey {
    /// Reads the key of a folder, and makes it where it is not there unless the folder is not to be written. It reads
    /// and writes files: not for an async task.
    ///
    /// # Errors
    /// [`Error`].
    pub fn open(directory: &Path, read_only: bool) -> Result<Self, Error> {
        let folder = Folder::open(directory, read_only)?;
        if let Some(bytes) = folder.read(FILE)? {
            return Self::of(&folder, &bytes);
        }
        if folder.is_read_only() {
            return Err(Error::Missing {
                path: folder.path(FILE),
            });
        }
        let held = folder.hold()?;
        // Another gateway may have been faster.
        if let Some(bytes) = folder.read(FILE)? {
            return Self::of(&folder, &bytes);
        }
        let bytes = random()?;
        folder.write(&held, FILE, &*bytes, Readers::OwnerOnly)?;
        tracing::info!("a new key for pseudonyms");
        Self::of(&folder, &*bytes)
    }

    fn of(folder: &Folder, bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() != LEN {
            return Err(Error::NotAPseudonymKey {
                path: folder.path(FILE),
            });
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, bytes)))
    }

    #[cfg(any(test, feature = "test-util"))]
    pub(crate) fn generate() -> Result<Self, Error> {
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &*random()?)))
    }
}

fn random() -> Result<Zeroizing<[u8; LEN]>, Error> {
    let mut bytes = Zeroizing::new([0; LEN]);
    SystemRandom::new().fill(&mut *bytes).map_err(|_| Error::Random)?;
    Ok(bytes)
}

impl Pseudonyms for PseudonymKey {
    #[expect(
        clippy::expect_used,
        reason = "SHA-256 in hexadecimal is 64 digits whatever was hashed"
    )]
    fn card(&self, issuer: &[u8], serial: &[u8]) -> CardKey {
        let mut context = hmac::Context::with_key(&self.0);
        for part in [CARD, issuer, serial] {
            // Each part by its length, so that no two pairs make the same bytes.
            let len = u64::try_from(part.len()).unwrap_or(u64::MAX);
            context.update(&len.to_be_bytes());
            context.update(part);
        }
        CardKey::new(hex::encode(context.sign())).expect("a hash is a card key")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_card_has_the_same_name_until_the_key_goes() {
        let folder = tempfile::tempdir().unwrap();
        let key = PseudonymKey::open(folder.path(), false).unwrap();
        let again = PseudonymKey::open(folder.path(), false).unwrap();
        let mounted = PseudonymKey::open(folder.path(), true).unwrap();
        let card = key.card(b"issuer", b"12");
        assert_eq!(again.card(b"issuer", b"12"), card);
        assert_eq!(mounted.card(b"issuer", b"12"), card);
        std::fs::remove_file(folder.path().join(FILE)).unwrap();
        assert!(matches!(
            PseudonymKey::open(folder.path(), true),
            Err(Error::Missing { .. })
        ));
        let other = PseudonymKey::open(folder.path(), false).unwrap();
        assert_ne!(other.card(b"issuer", b"12"), card);
        assert_eq!(format!("{key:?}"), "PseudonymKey(…)");
    }

    #[test]
    fn where_issuer_and_serial_meet_counts() {
        let key = PseudonymKey::generate().unwrap();
        let cards = [
            key.card(b"issuer", b"12"),
            key.card(b"issuer1", b"2"),
            key.card(b"", b"issuer12"),
            key.card(b"issuer", b"012"),
        ];
        for (index, card) in cards.iter().enumerate() {
            assert!(!cards[..index].contains(card));
        }
    }

    /// The framing is what every gateway of a site has to agree on, whatever its version.
    #[test]
    fn the_hash_is_the_one_that_is_written_down() {
        let key = PseudonymKey(hmac::Key::new(hmac::HMAC_SHA256, &[7; LEN]));
        assert_eq!(key.card(b"issuer", b"\x01\x02").as_str(), EXPECTED);
    }

    const EXPECTED: &str = "d4a7eb4a66376b898002f87617dea4a1553a66cda458e6dd087c0cf84056cb40";

    #[test]
    fn a_file_of_another_length_is_no_key() {
        let folder = tempfile::tempdir().unwrap();
        for bytes in [&[0_u8; 31][..], &[0; 33], b""] {
            std::fs::write(folder.path().join(FILE), bytes).unwrap();
            assert!(matches!(
                PseudonymKey::open(folder.path(), false),
                Err(Error::NotAPseudonymKey { .. })
            ));
        }
    }
}
