//! What travels: reports, the frames that they carry, the messages in those. Public for fuzzing only.

pub mod frame;
pub mod inbox;
pub mod message;
pub mod report;

pub use frame::{Damage, seal};
pub use inbox::{Heard, Inbox};
pub use message::{Event, Head, Target, head};
pub use report::{LEN, Outbox};
