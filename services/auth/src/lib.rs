//! Who is at the counter: which medium, who verified the person, what the certificate is good for, what the chip
//! signed.
//!
//! A [`Workflow`] walks through its steps, a file each under `steps/`, and shows itself at a [`Desk`]. The desk is
//! either an authentication of its own ([`Authentications`]) or a check-in. The PIN takes one way only: mailbox →
//! workflow → lease; it is never stored and never sent twice.

mod counters;
mod desk;
mod greeter;
mod ladder;
mod live;
mod mailbox;
mod misfit;
mod options;
mod service;
mod station;
mod steps;
mod ways;
mod workflow;

pub use counters::{Claim, Counter, Counters};
pub use desk::{Desk, Submission, View, Word};
pub use live::{End, Live};
pub use madoguchi_fallback::Ways;
pub use mailbox::{Slot, Taken, Tray, mailbox};
pub use options::Options;
pub use service::{Authentications, Parts, StartRequest};
pub use station::{Farewell, Station};
pub use ways::{failure, meanwhile, ways_at};
pub use workflow::{Answers, Authenticated, Plan, Walked, Workflow};
