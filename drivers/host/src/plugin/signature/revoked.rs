//! What is not believed any more.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::keys::ID_LEN;
use crate::plugin::hash::HEX_LEN;

/// A key's id or a library's SHA-256, in lower-case hexadecimal.
///
/// One that was cut or misspelt would revoke nothing, and nobody would see it: it is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Revoked(String);

/// It can be neither a key's id nor a library's hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "must be a key's id ({ID_LEN} hexadecimal digits, as plugin.sig names it) or a library's SHA-256 ({HEX_LEN}, as \
     plugin.toml does)"
)]
pub struct NotRevocable;

impl Revoked {
    /// Whether it is this key or library.
    pub(super) fn is(&self, what: &str) -> bool {
        self.0 == what
    }
}

impl TryFrom<String> for Revoked {
    type Error = NotRevocable;

    fn try_from(text: String) -> Result<Self, NotRevocable> {
        let text = text.trim().to_ascii_lowercase();
        let is_hexadecimal = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hexadecimal && [ID_LEN, HEX_LEN].contains(&text.len()) {
            Ok(Self(text))
        } else {
            Err(NotRevocable)
        }
    }
}

impl From<Revoked> for String {
    fn from(revoked: Revoked) -> Self {
        revoked.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_it_is_written_does_not_matter_and_what_is_cut_is_refused() {
        let revoked = |text: &str| Revoked::try_from(text.to_owned());
        assert!(revoked(" 0123456789ABCDEF\n").unwrap().is("0123456789abcdef"));
        assert!(revoked(&"Ab".repeat(32)).unwrap().is(&"ab".repeat(32)));
        for wrong in [
            "",
            "0123456789abcde",
            "0123456789abcdeg",
            "sha256:0123456789abcdef",
            &"a".repeat(63),
        ] {
            assert_eq!(revoked(wrong), Err(NotRevocable), "{wrong}");
        }
    }
}
