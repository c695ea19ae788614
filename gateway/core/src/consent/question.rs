//! What the patient is asked, and which answers fit.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Decision, Item, OtherDecision, Requester};
use crate::{ConsentItemId, Refusal};

/// What is asked: the items and the wording they are asked in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The items asked, in order, with their wording.
    pub items: Vec<QuestionItem>,
    /// Items that only the wording knows: asked on the caller's screen, and free to be left out.
    #[serde(default)]
    pub others: Vec<OtherQuestionItem>,
    /// The version of the wording.
    pub wording_version: String,
    /// BCP 47 language of the wording.
    pub language: String,
    /// Who asks, where the configuration says so.
    #[serde(default)]
    pub requester: Option<Requester>,
    /// What for, in that language.
    #[serde(default)]
    pub purpose: String,
}

impl Question {
    /// Whether these answers fit: the wording that was shown, each item answered once, and nothing that was not asked.
    ///
    /// # Errors
    /// The field that does not fit, and how to mend it.
    pub fn check(
        &self,
        decisions: &[Decision],
        others: &[OtherDecision],
        wording_version: &str,
    ) -> Result<(), Refusal> {
        if wording_version != self.wording_version {
            let wanted = &self.wording_version;
            return Err(Refusal::field(
                "wording_version",
                format!("the wording shown must be {wanted}"),
            ));
        }
        self.check_items(decisions)?;
        let asked = |other: &&OtherDecision| self.others.iter().any(|one| one.item_id == other.item_id);
        let fitting: BTreeSet<_> = others.iter().filter(asked).map(|other| &other.item_id).collect();
        if fitting.len() != others.len() {
            return Err(Refusal::field(
                "decisions",
                "answer only the items that were asked, each once",
            ));
        }
        Ok(())
    }

    /// Whether each item is answered once.
    ///
    /// # Errors
    /// The field that does not fit, and how to mend it.
    pub fn check_items(&self, decisions: &[Decision]) -> Result<(), Refusal> {
        for asked in &self.items {
            if decisions
                .iter()
                .filter(|decision| decision.item == asked.item)
                .count()
                != 1
            {
                let name = asked.item.as_str();
                return Err(Refusal::field("decisions", format!("answer {name} exactly once")));
            }
        }
        if decisions.len() != self.items.len() {
            return Err(Refusal::field(
                "decisions",
                "answer only the items that were asked",
            ));
        }
        Ok(())
    }
}

/// One item as it is put to the patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionItem {
    /// For what.
    pub item: Item,
    /// The sentence shown.
    pub text: String,
}

/// An item that only the wording knows, as it is put to the patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherQuestionItem {
    /// For what.
    pub item_id: ConsentItemId,
    /// The sentence shown.
    pub text: String,
}
