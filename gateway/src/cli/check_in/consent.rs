//! The patient's answers as the command line gives them.

use std::str::FromStr;

use madoguchi_core::consent::Item;
use madoguchi_proto::consent::v1::{ConsentDecision, ConsentQuestion};
use thiserror::Error;

use crate::cli::wire;

/// What the patient agrees to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsentChoice {
    /// Everything that is asked.
    All,
    /// Exactly these, so none for an empty list.
    Only(Vec<Item>),
}

/// Why a text is no choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be all, none, or a list of diagnosis, medication, surgery, health_checkup")]
pub struct InvalidChoice;

impl FromStr for ConsentChoice {
    type Err = InvalidChoice;

    fn from_str(text: &str) -> Result<Self, InvalidChoice> {
        match text {
            "all" => Ok(Self::All),
            "none" => Ok(Self::Only(Vec::new())),
            list => {
                let items = list
                    .split(',')
                    .map(|name| Item::from_name(name.trim()).ok_or(InvalidChoice));
                Ok(Self::Only(items.collect::<Result<_, _>>()?))
            }
        }
    }
}

impl ConsentChoice {
    /// One answer for each item asked. What the gateway asks and this program does not know is never granted.
    #[must_use]
    pub fn decide(&self, question: &ConsentQuestion) -> Vec<ConsentDecision> {
        let grants = |wire: i32| match (self, wire::item(wire)) {
            (_, None) => false,
            (Self::All, Some(_)) => true,
            (Self::Only(items), Some(item)) => items.contains(&item),
        };
        question
            .items
            .iter()
            .map(|asked| ConsentDecision {
                item: asked.item,
                granted: grants(asked.item),
                item_id: asked.item_id.clone(),
                ..ConsentDecision::default()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use madoguchi_proto::consent::v1::{ConsentItem, ConsentQuestionItem};

    fn granted(choice: &str, asked: &[i32]) -> Vec<i32> {
        let items = asked
            .iter()
            .map(|item| ConsentQuestionItem {
                item: *item,
                ..ConsentQuestionItem::default()
            })
            .collect();
        let question = ConsentQuestion {
            items,
            ..ConsentQuestion::default()
        };
        let decisions = choice.parse::<ConsentChoice>().unwrap().decide(&question);
        assert_eq!(decisions.len(), asked.len());
        decisions
            .iter()
            .filter(|decision| decision.granted)
            .map(|decision| decision.item)
            .collect()
    }

    #[test]
    fn each_item_asked_gets_an_answer_and_unknown_ones_a_no() {
        let [diagnosis, medication] = [ConsentItem::Diagnosis as i32, ConsentItem::Medication as i32];
        let asked = [diagnosis, medication, 99];
        assert_eq!(granted("all", &asked), [diagnosis, medication]);
        assert_eq!(granted("none", &asked), Vec::<i32>::new());
        assert_eq!(granted("medication, surgery", &asked), [medication]);
    }

    #[test]
    fn a_slip_is_no_consent() {
        for slip in ["", "ALL", "medication,", "all,none", "treatment"] {
            assert_eq!(slip.parse::<ConsentChoice>(), Err(InvalidChoice), "{slip}");
        }
    }
}
