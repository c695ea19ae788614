//! Bytes as the messages carry them: base64.

use base64::Engine;
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};

/// Bytes to be sent. They are encoded into the message itself, not into a buffer before it.
#[derive(Clone, Copy)]
pub struct Bytes<'a>(pub &'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Base64Display::new(self.0, &STANDARD))
    }
}

/// Bytes that came, appended to `into`. False where the text is none.
#[must_use]
pub fn decode(text: &str, into: &mut Vec<u8>) -> bool {
    STANDARD.decode_vec(text, into).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_travel_as_base64() {
        assert_eq!(
            serde_json::to_string(&Bytes(&[0, 0xFB, 0xFF])).unwrap(),
            "\"APv/\""
        );
        let mut into = vec![7];
        assert!(decode("APv/", &mut into));
        assert_eq!(into, [7, 0, 0xFB, 0xFF]);
        for bad in ["A", "APv", "AP v/", "AP-_"] {
            assert!(!decode(bad, &mut Vec::new()), "{bad}");
        }
    }
}
