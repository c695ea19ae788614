//! Names for cards that say nothing to whoever has no key: what is remembered of a card between visits is remembered
//! under a keyed hash (HMAC-SHA256) of its certificate's issuer and serial number.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Characters of a pseudonym: SHA-256 in hexadecimal.
const LEN: usize = 64;

/// A card, or the certificate in a phone, under its keyed hash. Another certificate of the same person has another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CardKey(String);

/// A text that no keyed hash is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be {LEN} lower-case hexadecimal digits")]
pub struct InvalidCardKey;

impl CardKey {
    /// Takes a keyed hash over.
    ///
    /// # Errors
    /// [`InvalidCardKey`].
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidCardKey> {
        let text = text.into();
        let is_hex = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        if text.len() == LEN && text.bytes().all(is_hex) {
            Ok(Self(text))
        } else {
            Err(InvalidCardKey)
        }
    }

    /// The hash in hexadecimal.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CardKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardKey(…)")
    }
}

impl TryFrom<String> for CardKey {
    type Error = InvalidCardKey;
    fn try_from(text: String) -> Result<Self, InvalidCardKey> {
        Self::new(text)
    }
}

impl From<CardKey> for String {
    fn from(key: CardKey) -> String {
        key.0
    }
}

/// Port: hashes with the site's key. Gateways that share a store share the key.
pub trait Pseudonyms: Send + Sync + 'static {
    /// The keyed hash of a certificate's issuer (DER of its name) and serial number (its bytes as they stand in the
    /// certificate).
    fn card(&self, issuer: &[u8], serial: &[u8]) -> CardKey;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_hash_is_a_card_key() {
        assert!(CardKey::new("0123456789abcdef".repeat(4)).is_ok());
        for text in ["", "0", &"A".repeat(64), &"g".repeat(64), &"a".repeat(65)] {
            assert_eq!(CardKey::new(text), Err(InvalidCardKey), "{text}");
        }
        let key = CardKey::new("a".repeat(64)).unwrap();
        assert_eq!(format!("{key:?}"), "CardKey(…)");
    }
}
