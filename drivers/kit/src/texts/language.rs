//! One language's file.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

const FILES: [&str; 5] = [
    include_str!("../../texts/ja.toml"),
    include_str!("../../texts/en.toml"),
    include_str!("../../texts/zh-Hans.toml"),
    include_str!("../../texts/ko.toml"),
    include_str!("../../texts/vi.toml"),
];

/// Everything that is said in one language. A key that a file lacks, or has too much, is an error.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Language {
    pub(super) tag: String,
    /// What its speakers call it.
    pub(super) name: String,
    pub(super) buttons: Buttons,
    pub(super) idle: Said,
    pub(super) choose_medium: Said,
    pub(super) choose_method: Said,
    pub(super) register: Said,
    pub(super) staff_check: Said,
    pub(super) completed: Said,
    pub(super) failed: Said,
    pub(super) take_card: Said,
    pub(super) present: Present,
    /// By the guidance's name; a test says that each has its words.
    pub(super) guide: BTreeMap<String, Said>,
    pub(super) consent: Consent,
    pub(super) pin: Pin,
    pub(super) face: Face,
}

/// A heading and what is below it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    pub(super) title: String,
    pub(super) lines: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Buttons {
    pub(super) quit: String,
    pub(super) card: String,
    pub(super) iphone: String,
    pub(super) android: String,
    pub(super) face: String,
    pub(super) pin: String,
    pub(super) guardian_pin: String,
    pub(super) staff_visual: String,
    pub(super) device: String,
    pub(super) register: String,
    pub(super) do_not_register: String,
    pub(super) agree: String,
    pub(super) do_not_agree: String,
    pub(super) do_not_agree_or_under_40: String,
    pub(super) same_person: String,
    pub(super) not_same_person: String,
    pub(super) no_pin: String,
    pub(super) no_face: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Present {
    pub(super) card: Said,
    pub(super) iphone: Said,
    pub(super) android: Said,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Consent {
    pub(super) diagnosis: String,
    pub(super) medication: String,
    pub(super) surgery: String,
    pub(super) health_checkup: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pin {
    pub(super) card: Said,
    pub(super) guardian: Said,
    pub(super) phone: Said,
    pub(super) wrong: String,
    pub(super) again: String,
    pub(super) removed: String,
    pub(super) tries_left: String,
    pub(super) last_try: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Face {
    pub(super) first: Said,
    pub(super) no_match: String,
    pub(super) no_face: String,
    pub(super) several_faces: String,
    pub(super) camera_covered: String,
}

/// Every language, the first of which stands in for those that are not here.
pub(super) fn all() -> &'static [Language] {
    static ALL: OnceLock<Vec<Language>> = OnceLock::new();
    // A file that is broken would be left out; a test says that none is.
    ALL.get_or_init(|| FILES.iter().filter_map(|file| read(file).ok()).collect())
}

/// The language itself, else one with the same first part of its tag (`zh-CN` is read in `zh-Hans`), else the first.
pub(super) fn nearest(tag: &str) -> Option<&'static Language> {
    let primary = |tag: &str| {
        let first = tag.split(['-', '_']).next().unwrap_or_default();
        first.to_ascii_lowercase()
    };
    let all = all();
    all.iter()
        .find(|language| language.tag.eq_ignore_ascii_case(tag))
        .or_else(|| all.iter().find(|language| primary(&language.tag) == primary(tag)))
        .or_else(|| all.first())
}

pub(super) fn read(file: &str) -> Result<Language, toml::de::Error> {
    toml::from_str(file)
}

#[cfg(test)]
pub(super) fn files() -> &'static [&'static str] {
    &FILES
}
