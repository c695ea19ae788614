//! How often the insurance card is used: 利用率, card checks ÷ all checks.
//!
//! Each eligibility check is one row without personal data: day, counter, medium, method and what it was made with. A visit
//! that the eligibility service answered is a card check, whether card or phone; what an EMR checks otherwise, by the
//! number of an insurance or a 資格確認書, it tells itself, so that "all checks" can be counted. A row has a name of its
//! own, the visit's or the request's, and the same name counts once.
//!
//! A [`Rate`] has two decimals, rounded half up, as in the ministry's tables: 31.43 % = 78,097,667 ÷ 248,498,271. It is made
//! with whole numbers alone.

mod check;
mod port;
mod rate;
mod report;
mod service;

#[cfg(any(test, feature = "test-util"))]
pub mod contract;
#[cfg(any(test, feature = "test-util"))]
mod memory;

pub use check::{Check, Key, Kind};
#[cfg(any(test, feature = "test-util"))]
pub use memory::MemoryChecks;
pub use port::{CheckStore, Kept};
pub use rate::Rate;
pub use report::{Cell, Count, Group, Report, Row};
pub use service::{MAX_DAYS, Usage};
