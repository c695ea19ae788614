//! A rule, as data.

use std::fmt::Debug;
use std::time::Duration;

use madoguchi_driver_api::{Capability, Error};
use serde::{Deserialize, Serialize};

use crate::Skill;
use crate::ground::Ground;

/// Rises with every rule that is added or sharpened; a badge says which version it was given for.
pub const RULES_VERSION: u32 = 2;

/// What a machine that does other things too may add to [`madoguchi_driver_api::Call::PATIENCE`].
pub const MARGIN: Duration = Duration::from_millis(150);

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// What the driver says of itself.
    Info,
    /// Finding and opening readers.
    Discovery,
    /// What happens to readers.
    Events,
    /// The card slot.
    Card,
    /// The screen.
    Screens,
    /// The PIN pad.
    Pin,
    /// The camera.
    Face,
    /// Staff's word.
    Visual,
    /// A visit that the maker's program leads.
    Delegated,
    /// Control calls.
    Control,
    /// Plugs that are pulled and devices that hang.
    Unplug,
    /// Threads, handles and what announced itself.
    Resources,
}

/// What a rule needs to be tried at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A reader that can be opened.
    Reader,
    /// That it says that it can do this.
    Can(Capability),
    /// That it says nothing of this.
    Cannot(Capability),
    /// A hand that can do this.
    Hand(Skill),
}

/// A rule that a driver must keep.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Its name, for machines.
    pub id: &'static str,
    /// What it is about.
    pub group: Group,
    /// What it demands.
    pub sentence: &'static str,
    /// What it needs.
    pub needs: &'static [Need],
    pub(crate) check: fn(&mut Ground) -> Checked,
}

impl Group {
    /// A rule of this group.
    pub(crate) const fn rule(
        self,
        id: &'static str,
        sentence: &'static str,
        needs: &'static [Need],
        check: fn(&mut Ground) -> Checked,
    ) -> Rule {
        Rule {
            id,
            group: self,
            sentence,
            needs,
            check,
        }
    }
}

/// How a check ended.
pub(crate) type Checked = Result<(), Stop>;

/// Why a check ended early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The rule is broken.
    Broken {
        /// What it expects.
        expected: String,
        /// What was seen.
        seen: String,
    },
    /// It says nothing of this reader.
    NotApplicable(String),
    /// It cannot be tried, though it applies.
    NotTried(String),
}

/// The rule is broken.
pub(crate) fn broken(expected: impl Into<String>, seen: impl Into<String>) -> Stop {
    Stop::Broken {
        expected: expected.into(),
        seen: seen.into(),
    }
}

/// Goes on where that holds.
pub(crate) fn expect(holds: bool, expected: &str, seen: impl FnOnce() -> String) -> Checked {
    if holds {
        Ok(())
    } else {
        Err(broken(expected, seen()))
    }
}

/// What a call gave, in words: never what a card or a person said.
pub(crate) fn said<T>(result: &Result<T, Error>) -> String {
    match result {
        Ok(_) => "success".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// The same where the value is harmless.
pub(crate) fn told<T: Debug>(result: &Result<T, Error>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => error.to_string(),
    }
}

/// A call that had to succeed.
pub(crate) fn good<T>(what: &str, result: Result<T, Error>) -> Result<T, Stop> {
    result.map_err(|error| broken(format!("{what} succeeds"), error.to_string()))
}
