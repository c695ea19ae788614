//! The sentences, and which answers fit them.

use std::collections::{BTreeMap, BTreeSet};

use madoguchi_core::consent::{
    Answers, Decision, Item, OtherDecision, OtherQuestionItem, Question, QuestionItem,
};
use madoguchi_core::{ConsentItemId, Refusal};
use serde::Deserialize;
use thiserror::Error;

use crate::Items;

const CURRENT: &str = include_str!("../wording/2027-01.toml");

/// What was asked before. Nobody is asked in these words any more; papers were signed under them, and receipts name them.
const FORMER: &[&str] = &[
    include_str!("../wording/2026-11.toml"),
    include_str!("../wording/2026-12.toml"),
];

/// One version of the wording in every language it exists in, with those before it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wording {
    version: String,
    default: String,
    fallback: String,
    languages: Vec<Language>,
    #[serde(skip)]
    former: Vec<Self>,
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
    /// An item is answered that nobody asked about.
    #[error("{} was not asked", .0.as_str())]
    NotAsked(Item),
    /// A version of the wording that never was, or, where the patient was asked on a screen, not the one that is asked.
    #[error("it is not a version of the wording that was asked")]
    WordingVersion,
    /// A language in which nothing was asked.
    #[error("it is not a language of that wording")]
    Language,
    /// An answer for an item that only the wording could know and does not, or two for one.
    #[error("only items that were asked may be answered, each once")]
    Others,
}

impl InvalidAnswers {
    /// The field of a request that is wrong.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Missing(_) | Self::Duplicate(_) | Self::NotAsked(_) | Self::Others => "decisions",
            Self::WordingVersion => "wording_version",
            Self::Language => "language",
        }
    }
}

impl From<InvalidAnswers> for Refusal {
    fn from(invalid: InvalidAnswers) -> Self {
        Self::field(invalid.field(), invalid.to_string())
    }
}

impl Wording {
    /// The wording of this version of madoguchi, with those before it.
    ///
    /// # Errors
    /// [`toml::de::Error`] where an embedded file is broken, which a test excludes.
    pub fn current() -> Result<Self, toml::de::Error> {
        let former: Result<Vec<Self>, _> = FORMER.iter().map(|text| toml::from_str(text)).collect();
        Ok(Self {
            former: former?,
            ..toml::from_str(CURRENT)?
        })
    }

    /// That version, where it is asked now or was before.
    fn version(&self, version: &str) -> Option<&Self> {
        let mut all = std::iter::once(self).chain(&self.former);
        all.find(|wording| wording.version == version)
    }

    /// What for, as that version said it in that language; empty where it did not say it.
    #[must_use]
    pub fn purpose(&self, version: &str, language: &str) -> &str {
        let wording = self.version(version);
        let language = wording.and_then(|wording| wording.language(language));
        language.map_or("", |language| &language.purpose)
    }

    fn language(&self, tag: &str) -> Option<&Language> {
        self.languages.iter().find(|language| language.tag == tag)
    }

    /// The question in the language nearest to the one wished for: the same tag, else the same primary language, else
    /// the fallback; the default where nothing is wished for. The items say what is asked, and in which order.
    #[must_use]
    pub fn question(&self, wished: &str, items: &Items) -> Question {
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
            items: items.all().map(item).collect(),
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
    pub fn check(&self, record: &Answers<'_>, items: &Items) -> Result<(), InvalidAnswers> {
        for item in items.all() {
            match record.decisions.iter().filter(|one| one.item == item).count() {
                0 => return Err(InvalidAnswers::Missing(item)),
                1 => {}
                _ => return Err(InvalidAnswers::Duplicate(item)),
            }
        }
        let not_asked = |one: &&Decision| items.all().all(|item| item != one.item);
        if let Some(one) = record.decisions.iter().find(not_asked) {
            return Err(InvalidAnswers::NotAsked(one.item));
        }
        let wording = self
            .version(record.wording_version)
            .filter(|wording| record.attested || wording.version == self.version)
            .ok_or(InvalidAnswers::WordingVersion)?;
        let language = wording.language(record.language);
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

    fn items() -> Items {
        Items::current().unwrap()
    }

    #[test]
    fn the_embedded_wording_is_whole() {
        let wording = Wording::current().unwrap();
        assert!(wording.nearest(&wording.default).is_some());
        assert!(wording.nearest(&wording.fallback).is_some());
        for language in ["ja", "en", "zh-Hans", "ko", "vi"] {
            let question = wording.question(language, &items());
            assert_eq!(question.language, language);
            let items: Vec<_> = question.items.iter().map(|item| item.item).collect();
            assert_eq!(items, Item::ALL);
            assert!(question.items.iter().all(|item| !item.text.is_empty()));
        }
        assert!(
            wording.question("ja", &items()).items[3]
                .text
                .contains("同意しない・40歳未満")
        );
    }

    #[test]
    fn what_a_receipt_may_name_stays_readable_under_its_own_version() {
        let current = Wording::current().unwrap();
        let mut versions = vec![current.version];
        for former in current.former {
            assert_ne!(former.question(&former.default, &items()).items[0].text, "");
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
    fn the_items_say_what_is_asked_and_in_which_order() {
        let (wording, items) = (
            Wording::current().unwrap(),
            Items::of(&[Item::Surgery, Item::Diagnosis]),
        );
        let question = wording.question("en", &items);
        let asked: Vec<_> = question.items.iter().map(|one| one.item).collect();
        assert_eq!(asked, [Item::Surgery, Item::Diagnosis]);
        assert_eq!(question.items[0].text, wording.language("en").unwrap().surgery);
        let check = |answered: &[Item]| {
            let decide = |item: &Item| Decision {
                item: *item,
                granted: true,
            };
            let decisions: Vec<_> = answered.iter().map(decide).collect();
            let answers = Answers {
                decisions: &decisions,
                others: &[],
                wording_version: &wording.version,
                language: "en",
                attested: false,
            };
            wording.check(&answers, &items)
        };
        assert_eq!(check(&[Item::Diagnosis, Item::Surgery]), Ok(()));
        assert_eq!(
            check(&[Item::Diagnosis]),
            Err(InvalidAnswers::Missing(Item::Surgery))
        );
        assert_eq!(
            check(&[Item::Diagnosis, Item::Surgery, Item::Medication]),
            Err(InvalidAnswers::NotAsked(Item::Medication))
        );
    }

    #[test]
    fn each_language_says_something_of_its_own() {
        let wording = Wording::current().unwrap();
        for at in 0..Item::ALL.len() {
            let texts: BTreeSet<_> = wording
                .languages
                .iter()
                .map(|language| wording.question(&language.tag, &items()).items[at].text.clone())
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
            assert_eq!(wording.question(wished, &items()).language, got, "{wished}");
        }
    }
}
