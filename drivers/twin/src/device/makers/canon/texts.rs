//! The texts that the device holds. The first generation holds two languages of them.

use std::sync::LazyLock;

use madoguchi_core::{Medium, Method};
use serde::Deserialize;

use crate::device::Generation;

/// One language.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Texts {
    pub(super) tag: String,
    /// What the language calls itself.
    pub(super) name: String,
    pub(super) pages: Pages,
    pub(super) buttons: Buttons,
    pub(super) pin: Pin,
    /// By number, from one.
    pub(super) guidance: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pages {
    pub(super) welcome: String,
    pub(super) medium: String,
    pub(super) method: String,
    pub(super) present_card: String,
    pub(super) present_phone: String,
    pub(super) register: String,
    pub(super) consent: String,
    pub(super) completed: String,
    pub(super) failed: String,
    pub(super) take_card: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Buttons {
    card: String,
    iphone: String,
    android: String,
    face: String,
    pin: String,
    guardian_pin: String,
    staff: String,
    phone: String,
    pub(super) register: String,
    pub(super) not_now: String,
    pub(super) agree: String,
    pub(super) disagree: String,
    pub(super) disagree_or_under_40: String,
    pub(super) quit: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pin {
    pub(super) card: String,
    pub(super) phone: String,
    pub(super) guardian: String,
    /// `{tries}` is filled in.
    pub(super) tries: String,
    /// Why it is asked again: by number, from one.
    pub(super) again: Vec<String>,
}

impl Buttons {
    pub(super) fn medium(&self, medium: Medium) -> &str {
        match medium {
            Medium::Card => &self.card,
            Medium::Android => &self.android,
            Medium::IPhone => &self.iphone,
        }
    }

    pub(super) fn method(&self, method: Method) -> &str {
        match method {
            Method::Face => &self.face,
            Method::Pin => &self.pin,
            Method::GuardianPin => &self.guardian_pin,
            Method::StaffVisual => &self.staff,
            Method::Device => &self.phone,
        }
    }
}

/// How many languages the first generation holds, of the first ones.
const OLD: usize = 2;

/// Japanese first: it stands in for what is not held.
static HELD: LazyLock<Vec<Texts>> = LazyLock::new(|| {
    [
        include_str!("texts/ja.toml"),
        include_str!("texts/en.toml"),
        include_str!("texts/zh-Hans.toml"),
        include_str!("texts/ko.toml"),
        include_str!("texts/vi.toml"),
    ]
    .into_iter()
    // A test reads each of them.
    .map(|text| toml::from_str(text).unwrap_or_default())
    .collect()
});

/// The languages that a generation holds.
pub(super) fn all(generation: Generation) -> impl Iterator<Item = &'static Texts> {
    let count = match generation {
        Generation::Old => OLD,
        Generation::New => HELD.len(),
    };
    HELD.iter().take(count)
}

/// Their tags.
pub(super) fn languages(generation: Generation) -> impl Iterator<Item = &'static str> {
    all(generation).map(|texts| texts.tag.as_str())
}

/// The texts of a language, or the Japanese ones.
pub(super) fn held(language: &str, generation: Generation) -> &'static Texts {
    all(generation)
        .find(|texts| texts.tag == language)
        .unwrap_or(&HELD[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_is_read_and_whole() {
        let tags: Vec<_> = languages(Generation::New).collect();
        assert_eq!(tags, ["ja", "en", "zh-Hans", "ko", "vi"]);
        assert_eq!(languages(Generation::Old).collect::<Vec<_>>(), ["ja", "en"]);
        for texts in all(Generation::New) {
            assert_eq!(texts.guidance.len(), 15, "{}", texts.tag);
            assert_eq!(texts.pin.again.len(), 3, "{}", texts.tag);
            assert!(texts.pin.tries.contains("{tries}"), "{}", texts.tag);
            assert!(texts.guidance.iter().all(|text| !text.is_empty()));
        }
        assert_eq!(held("vi", Generation::Old).tag, "ja");
    }
}
