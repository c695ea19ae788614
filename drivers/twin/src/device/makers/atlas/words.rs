//! What the service itself says, in every language.

use std::sync::LazyLock;

use madoguchi_core::{Medium, Method};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    language: Vec<Words>,
}

/// One language's words.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    pub(super) tag: String,
    pub(super) name: String,
    pub(super) choose_medium: String,
    card: String,
    iphone: String,
    android: String,
    pub(super) present: String,
    face: String,
    pub(super) choose_method: String,
    pin: String,
    guardian_pin: String,
    staff_visual: String,
    pub(super) type_pin: String,
    wrong: String,
    last_try: String,
    pub(super) staff_check: String,
    pub(super) consent: String,
    pub(super) yes: String,
    pub(super) no: String,
    pub(super) same: String,
    pub(super) other: String,
    pub(super) quit: String,
    pub(super) wait: String,
    pub(super) failed: String,
}

static ALL: LazyLock<Vec<Words>> = LazyLock::new(|| {
    toml::from_str::<File>(include_str!("words.toml"))
        .map(|file| file.language)
        .unwrap_or_default()
});

/// Every language, Japanese first.
pub(super) fn all() -> &'static [Words] {
    &ALL
}

/// The language of that tag, or Japanese.
pub(super) fn of(tag: &str) -> Option<&'static Words> {
    ALL.iter().find(|words| words.tag == tag).or_else(|| ALL.first())
}

impl Words {
    pub(super) fn medium(&self, medium: Medium) -> &str {
        match medium {
            Medium::Card => &self.card,
            Medium::IPhone => &self.iphone,
            Medium::Android => &self.android,
        }
    }

    pub(super) fn method(&self, method: Method) -> &str {
        match method {
            Method::Face | Method::Device => &self.face,
            Method::Pin => &self.pin,
            Method::GuardianPin => &self.guardian_pin,
            Method::StaffVisual => &self.staff_visual,
        }
    }

    /// How many tries are left, where that has to be said.
    pub(super) fn tries(&self, left: u8, wrong: bool) -> Option<String> {
        match left {
            1 => Some(self.last_try.clone()),
            _ if wrong => Some(self.wrong.replace("{tries}", &left.to_string())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_five_languages_and_japanese_for_all_others() {
        let tags: Vec<_> = all().iter().map(|words| words.tag.as_str()).collect();
        assert_eq!(tags, ["ja", "en", "zh-Hans", "ko", "vi"]);
        assert_eq!(of("fr").unwrap().tag, "ja");
        assert!(of("ko").unwrap().tries(2, true).unwrap().contains('2'));
        assert_eq!(of("en").unwrap().tries(3, false), None);
    }
}
