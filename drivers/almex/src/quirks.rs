//! What differs by generation, decided from what the device says of itself and never from its name.

use encoding_rs::SHIFT_JIS;
use madoguchi_driver_api::Capability;

use crate::commands::identify::{Identity, Text};

/// What a device's driver has to mind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Quirks {
    text: Text,
    /// Lines of a page, the title included.
    pub(crate) lines: usize,
    line_bytes: usize,
    pub(crate) apdu_bytes: usize,
    capabilities: Vec<Capability>,
}

impl Quirks {
    pub(crate) fn of(identity: &Identity) -> Self {
        Self {
            text: identity.text,
            lines: identity.lines,
            line_bytes: identity.line_bytes,
            apdu_bytes: identity.apdu_bytes,
            capabilities: identity.capabilities.clone(),
        }
    }

    pub(crate) fn can(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }

    /// A line as the device writes it; none where it cannot show it whole, for a sentence that a patient agrees to is
    /// never cut, nor shown with holes.
    pub(crate) fn line(&self, text: &str) -> Option<Vec<u8>> {
        let text = text.replace(char::is_control, " ");
        let line = match self.text {
            Text::Utf8 => text.into_bytes(),
            Text::ShiftJis => {
                let (line, _, has_holes) = SHIFT_JIS.encode(&text);
                if has_holes {
                    return None;
                }
                line.into_owned()
            }
        };
        (line.len() <= self.line_bytes).then_some(line)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::commands::Tray;

    pub(crate) fn quirks(text: Text, lines: usize, capabilities: &[Capability]) -> Quirks {
        Quirks::of(&Identity {
            model: String::new(),
            serial: String::new(),
            firmware: String::new(),
            text,
            highest_speed: 9_600,
            lines,
            line_bytes: 255,
            apdu_bytes: 261,
            capabilities: capabilities.to_vec(),
            tray: Tray::Empty,
        })
    }

    #[test]
    fn an_old_device_is_sent_shift_jis_or_nothing() {
        let old = quirks(Text::ShiftJis, 2, &[]);
        assert_eq!(
            old.line("表"),
            Some(vec![0x95, 0x5C]),
            "its second byte is a backslash"
        );
        assert_eq!(old.line("얼굴"), None);
        assert_eq!(old.line(&"あ".repeat(128)), None);
        assert!(old.line(&"あ".repeat(127)).is_some());
    }

    #[test]
    fn a_new_device_is_sent_utf_8() {
        let new = quirks(Text::Utf8, 12, &[]);
        assert_eq!(new.line("얼굴\u{1F}"), Some("얼굴 ".as_bytes().to_vec()));
    }
}
