//! The sentences, and which answers fit them.

use std::collections::{BTreeMap, BTreeSet};

use madoguchi_core::ConsentItemId;
use madoguchi_core::consent::{Decision, Item, OtherDecision, OtherQuestionItem, Question, QuestionItem};
use serde::Deserialize;
use thiserror::Error;

const CURRENT: &str = include_str!("../wording/2027-01.toml");

/// What was asked before. Nobody is asked in these words any more; receipts name them.
#[cfg(test)]
const FORMER: &[&str] = &[
    include_str!("../wording/2026-11.toml"),
    include_str!("../wording/2026-12.toml"),
];

/// One version of the wording in every language it exists in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wording {
    version: String,
    default: String,
    fallback: String,
    languages: Vec<Language>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Language {
    tag: String,
    /// Empty in versions that did not say it.
    #[serde(default)]
    purpose: String,
    diagnosis: String,
    medication: String,
    surgery: String,
    health_checkup: String,
    /// Items that no program knows, by their ids.
    #[serde(default)]
    others: BTreeMap<String, String>,
}

impl Language {
    fn text(&self, item: Item) -> &str {
        match item {
            Item::Diagnosis => &self.diagnosis,
            Item::Medication => &self.medication,
            Item::Surgery => &self.surgery,
            Item::HealthCheckup => &self.health_checkup,
        }
    }
}

/// What was answered, to which words.
#[derive(Debug, Clone, Copy)]
pub struct Answers<'a> {
    /// For the items that this version knows.
    pub decisions: &'a [Decision],
    /// For the items that only the wording knows.
    pub others: &'a [OtherDecision],
    /// The version of the wording.
    pub wording_version: &'a str,
    /// Its language.
    pub language: &'a str,
}

/// Why answers cannot be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidAnswers {
    /// An item was asked and not answered.
    #[error("{} was asked and is not answered", .0.as_str())]
    Missing(Item),
    /// An item is answered more than once.
    #[error("{} is answered more than once", .0.as_str())]
    Duplicate(Item),
    /// Another version of the wording than the one that is asked now.
    #[error("wording_version is not the one that is asked")]
    WordingVersion,
    /// A language in which nothing was asked.
    #[error("language is not one of the wording's")]
    Language,
    /// An answer for an item that nobody asked about, or two for one.
    #[error("others may answer only what the wording asks, each once")]
    Others,
}

impl Wording {
    /// The wording of this version of madoguchi.
    ///
    /// # Errors
    /// [`toml::de::Error`] where the embedded file is broken, which a test excludes.
    pub fn current() -> Result<Self, toml::de::Error> {
        toml::from_str(CURRENT)
    }

    /// The question in the language nearest to the one wished for: the same tag, else the same primary language, else
    /// the fallback; the default where nothing is wished for.
    #[must_use]
    pub fn question(&self, wished: &str) -> Question {
        let language = self.nearest(wished);
        let item = |item| QuestionItem {
            item,
            text: language
                .map(|language| language.text(item).to_owned())
                .unwrap_or_default(),
        };
        let others = language.into_iter().flat_map(|language| &language.others);
        let others = others.filter_map(|(id, text)| {
            Some(OtherQuestionItem {
                item_id: ConsentItemId::new(id.clone()).ok()?,
                text: text.clone(),
            })
        });
        Question {
            items: Item::ALL.map(item).into(),
            others: others.collect(),
            purpose: language
                .map(|language| language.purpose.clone())
                .unwrap_or_default(),
            requester: None,
            wording_version: self.version.clone(),
            language: language.map(|language| language.tag.clone()).unwrap_or_default(),
        }
    }

    fn nearest(&self, wished: &str) -> Option<&Language> {
        let tagged = |tag: &str| {
            self.languages
                .iter()
                .find(|language| language.tag.eq_ignore_ascii_case(tag))
        };
        let primary = wished.split(['-', '_']).next().unwrap_or_default();
        let last = if primary.is_empty() {
            &self.default
        } else {
            &self.fallback
        };
        let related = || {
            let first = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
            self.languages
                .iter()
                .find(|language| first(&language.tag) == primary.to_ascii_lowercase())
        };
        tagged(wished)
            .or_else(|| tagged(primary))
            .or_else(related)
            .or_else(|| tagged(last))
    }

    /// Whether the answers fit what was asked: each item exactly once, in a wording that exists.
    ///
    /// # Errors
    /// [`InvalidAnswers`] says what does not fit.
    pub fn check(&self, record: &Answers<'_>) -> Result<(), InvalidAnswers> {
        let mut answers: BTreeMap<Item, usize> = BTreeMap::new();
        for decision in record.decisions {
            *answers.entry(decision.item).or_default() += 1;
        }
        for item in Item::ALL {
            match answers.get(&item) {
                None => return Err(InvalidAnswers::Missing(item)),
                Some(1) => {}
                Some(_) => return Err(InvalidAnswers::Duplicate(item)),
            }
        }
        if record.wording_version != self.version {
            return Err(InvalidAnswers::WordingVersion);
        }
        let language = self
            .languages
            .iter()
            .find(|language| language.tag == record.language);
        let asked = &language.ok_or(InvalidAnswers::Language)?.others;
        let mut answered = BTreeSet::new();
        let fits = |other: &OtherDecision| {
            asked.contains_key(other.item_id.as_str()) && answered.insert(other.item_id.clone())
        };
        if !record.others.iter().all(fits) {
            return Err(InvalidAnswers::Others);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_wording_is_whole() {
        let wording = Wording::current().unwrap();
        assert!(wording.nearest(&wording.default).is_some());
        assert!(wording.nearest(&wording.fallback).is_some());
        for language in ["ja", "en", "zh-Hans", "ko", "vi"] {
            let question = wording.question(language);
            assert_eq!(question.language, language);
            let items: Vec<_> = question.items.iter().map(|item| item.item).collect();
            assert_eq!(items, Item::ALL);
            assert!(question.items.iter().all(|item| !item.text.is_empty()));
        }
        assert!(
            wording.question("ja").items[3]
                .text
                .contains("同意しない・40歳未満")
        );
    }

    #[test]
    fn what_a_receipt_may_name_stays_readable_under_its_own_version() {
        let current = Wording::current().unwrap();
        let mut versions = vec![current.version];
        for former in FORMER {
            let former: Wording = toml::from_str(former).unwrap();
            assert_ne!(former.question(&former.default).items[0].text, "");
            versions.push(former.version);
        }
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/wording");
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| {
                entry
                    .unwrap()
                    .path()
                    .file_stem()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        files.sort();
        versions.sort();
        assert_eq!(versions, files, "a file is named after its version");
    }

    #[test]
    fn each_language_says_something_of_its_own() {
        let wording = Wording::current().unwrap();
        for at in 0..Item::ALL.len() {
            let texts: BTreeSet<_> = wording
                .languages
                .iter()
                .map(|language| wording.question(&language.tag).items[at].text.clone())
                .collect();
            assert_eq!(texts.len(), wording.languages.len(), "{texts:?}");
        }
    }

    #[test]
    fn the_nearest_language_is_taken() {
        let wording = Wording::current().unwrap();
        let cases = [
            ("", "ja"),
            ("ja-JP", "ja"),
            ("JA", "ja"),
            ("en-GB", "en"),
            ("zh-CN", "zh-Hans"),
            ("ko-KR", "ko"),
            ("fr", "en"),
            ("日本語", "en"),
        ];
        for (wished, got) in cases {
            assert_eq!(wording.question(wished).language, got, "{wished}");
        }
    }
}
