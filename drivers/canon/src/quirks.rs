//! What differs between generations. Decided from what the device says of itself, never from its name.

use madoguchi_driver_api::Capability;

use crate::commands::About;

/// From this revision on a device gives an answer once more when it is asked to.
const RECALL: u16 = 2;

/// CLA, INS, P1 and P2: what an APDU has at least.
const HEADER: usize = 4;

/// An APDU that any device carries.
const SHORT_APDU: usize = 261;

/// What this device can do and lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Quirks {
    /// Whether it gives an answer once more.
    pub(crate) recall: bool,
    /// What it can do.
    pub(crate) capabilities: Vec<Capability>,
    /// The templates that it holds.
    templates: Vec<u16>,
    /// The languages that it holds them in.
    languages: Vec<String>,
    /// The longest APDU that it carries.
    longest_apdu: usize,
}

impl Quirks {
    /// What follows from the device's own words.
    pub(crate) fn of(about: &About<'_>) -> Self {
        Self {
            recall: about.revision >= RECALL,
            capabilities: about
                .features
                .iter()
                .filter_map(|feature| capability(*feature))
                .collect(),
            templates: about.templates.clone(),
            languages: about
                .languages
                .iter()
                .map(|&language| language.to_owned())
                .collect(),
            longest_apdu: about.longest_apdu.map_or(SHORT_APDU, usize::from),
        }
    }

    /// Whether it can do that.
    pub(crate) fn can(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }

    /// Whether it holds the texts of that template.
    pub(crate) fn holds(&self, template: u16) -> bool {
        self.templates.contains(&template)
    }

    /// The language, as the device calls it, where the device holds it: `en` where `en-US` is asked for.
    pub(crate) fn language(&self, wanted: &str) -> Option<&str> {
        let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let exact = self
            .languages
            .iter()
            .find(|held| held.eq_ignore_ascii_case(wanted));
        let near = || {
            self.languages
                .iter()
                .find(|held| primary(held) == primary(wanted))
        };
        exact.or_else(near).map(String::as_str)
    }

    /// Whether it carries that APDU. One that carries short APDUs only does not know the extended form at all, however
    /// few bytes it has.
    pub(crate) fn carries(&self, apdu: &[u8]) -> bool {
        let extended = apdu.len() > 5 && apdu.get(4) == Some(&0);
        (HEADER..=self.longest_apdu).contains(&apdu.len()) && (self.longest_apdu > SHORT_APDU || !extended)
    }
}

/// What a feature is. One of a later revision is nothing to us. There is none for 目視 on the device.
const fn capability(feature: u16) -> Option<Capability> {
    Some(match feature {
        1 => Capability::Face,
        2 => Capability::PinPad,
        3 => Capability::NfcCard,
        4 => Capability::NfcPhone,
        5 => Capability::Screen,
        6 => Capability::RemoteVisual,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quirks(revision: u16, features: &[u16], longest_apdu: Option<u16>) -> Quirks {
        Quirks::of(&About {
            revision,
            model: "Hi-CARA",
            serial: "HC1",
            firmware: "1.0",
            features: features.to_vec(),
            templates: vec![10, 99],
            languages: vec!["ja", "en", "zh-Hans"],
            longest_apdu,
        })
    }

    #[test]
    fn the_device_says_what_it_can_do_and_never_staff_visual() {
        let old = quirks(1, &[1, 2, 3, 4, 5], None);
        assert!(!old.recall && !old.can(Capability::RemoteVisual) && old.can(Capability::NfcPhone));
        let new = quirks(2, &[1, 2, 3, 4, 5, 6, 7, 900], Some(4096));
        assert!(new.recall && new.can(Capability::RemoteVisual));
        assert_eq!(new.capabilities.len(), 6);
        let all: Vec<u16> = (0..=u16::MAX).collect();
        assert!(!quirks(2, &all, None).can(Capability::StaffVisual));
    }

    #[test]
    fn languages_are_found_by_their_primary_tag() {
        let device = quirks(1, &[], None);
        assert_eq!(device.language("en"), Some("en"));
        assert_eq!(device.language("en-US"), Some("en"));
        assert_eq!(device.language("zh-hans"), Some("zh-Hans"));
        assert_eq!(device.language("zh"), Some("zh-Hans"));
        assert_eq!(device.language("vi"), None);
        assert!(device.holds(99) && !device.holds(15));
    }

    #[test]
    fn extended_length_is_for_those_that_carry_it() {
        let short = [0x00, 0xB0, 0, 0, 0];
        let extended = [0x00, 0xB0, 0, 0, 0, 0x05, 0x00];
        assert!(quirks(1, &[], None).carries(&short));
        assert!(!quirks(1, &[], Some(261)).carries(&extended));
        assert!(quirks(2, &[], Some(4096)).carries(&extended));
        assert!(!quirks(2, &[], Some(4096)).carries(&[0; 4097]));
        assert!(!quirks(2, &[], None).carries(&[0x00, 0xB0]));
        assert!(quirks(1, &[], None).carries(&[0x80, 0x2A, 0, 0x80, 1, 7, 0]));
    }
}
