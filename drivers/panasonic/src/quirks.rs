//! What differs by generation, decided from what the device says.

use madoguchi_driver_api::Capability;

use crate::commands::identify::Identity;

/// The languages that the device's fonts may have, by their codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Language {
    Japanese = 0x00,
    English = 0x01,
    Chinese = 0x02,
    Korean = 0x03,
    Vietnamese = 0x04,
}

impl Language {
    pub(crate) const ALL: [Self; 5] = [
        Self::Japanese,
        Self::English,
        Self::Chinese,
        Self::Korean,
        Self::Vietnamese,
    ];

    /// The BCP 47 tag that the screens' texts are kept under.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::Japanese => "ja",
            Self::English => "en",
            Self::Chinese => "zh-Hans",
            Self::Korean => "ko",
            Self::Vietnamese => "vi",
        }
    }

    /// The language of a tag, whatever region or script it names besides. There is one Chinese.
    fn of(tag: &str) -> Option<Self> {
        let primary = |tag: &str| tag.split(['-', '_']).next().map(str::to_ascii_lowercase);
        Self::ALL
            .into_iter()
            .find(|language| primary(language.tag()) == primary(tag))
    }
}

/// What one device can show and take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Quirks {
    capabilities: Vec<Capability>,
    languages: u8,
    pub(crate) max_digits: u8,
}

impl Quirks {
    pub(crate) fn of(identity: &Identity) -> Self {
        Self {
            // No XC-STFR1J-MN reads phones, whatever its firmware claims.
            capabilities: identity
                .capabilities
                .iter()
                .copied()
                .filter(|capability| *capability != Capability::NfcPhone)
                .collect(),
            languages: identity.languages,
            max_digits: identity.max_digits,
        }
    }

    pub(crate) fn capabilities(&self) -> &[Capability] {
        &self.capabilities
    }

    pub(crate) fn can(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }

    /// The language of the tag, where the device's fonts have it.
    pub(crate) fn speaks(&self, tag: &str) -> Option<Language> {
        Language::of(tag).filter(|language| self.languages >> (*language as u8) & 1 != 0)
    }

    /// The same, else Japanese, which every device has.
    pub(crate) fn language(&self, tag: &str) -> Language {
        self.speaks(tag).unwrap_or(Language::Japanese)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// As the first generation is.
    pub(crate) fn old() -> Quirks {
        Quirks::of(&Identity {
            generation: 1,
            capabilities: vec![
                Capability::Face,
                Capability::PinPad,
                Capability::Screen,
                Capability::NfcCard,
                Capability::NfcPhone,
                Capability::Solitary,
            ],
            languages: 0b00111,
            max_digits: 4,
            ..Identity::default()
        })
    }

    /// As the second is.
    pub(crate) fn new() -> Quirks {
        Quirks {
            languages: 0b11111,
            max_digits: 16,
            ..old()
        }
    }

    #[test]
    fn a_device_shows_the_languages_it_has_and_japanese_for_others() {
        assert_eq!(new().language("ko-KR"), Language::Korean);
        assert_eq!(new().language("zh-Hant"), Language::Chinese);
        assert_eq!(new().language("VI"), Language::Vietnamese);
        assert_eq!(new().language("fr"), Language::Japanese);
        assert_eq!(old().language("ko"), Language::Japanese);
        assert_eq!(old().language("vi"), Language::Japanese);
        assert_eq!(old().speaks("vi"), None);
        assert_eq!(old().language("en-GB"), Language::English);
        assert_eq!(old().language(""), Language::Japanese);
    }

    #[test]
    fn phones_are_not_read() {
        assert!(!old().can(Capability::NfcPhone));
        assert!(old().can(Capability::Solitary));
    }
}
