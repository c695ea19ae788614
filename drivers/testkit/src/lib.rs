//! The conformance kit: what a driver must keep, as rules that are run against it.
//!
//! A driver is loaded as a gateway loads it, in a child process, and driven directly: no gateway, no network. The
//! [`run`] side watches: a rule under which the child dies or hangs has failed, the child is started again and the
//! next rule goes on. Where a rule needs a hand on the device, [`Hands`] lends one: a twin's stage, a virtual card, or
//! a person at the terminal. A rule whose needs are not there is skipped and says so; it never counts as kept.

mod badge;
mod child;
mod ground;
mod hands;
mod house;
mod process;
mod report;
mod rule;
mod rules;
mod run;
mod wire;

pub use badge::{Badge, BadgeError};
pub use child::serve;
pub use hands::{Answering, Deed, Hands, Person, Refusal, Seen, Skill, StageHands};
pub use house::{House, HouseError};
pub use report::{Device, Report, RuleReport, Verdict};
pub use rule::{Group, MARGIN, Need, RULES_VERSION, Rule};
pub use rules::all;
pub use run::{RunError, Subject, run};
