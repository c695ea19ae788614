//! A reader that a visit holds.

use madoguchi_core::ReaderId;
use madoguchi_core::reader::{Capability, Lease};

/// A reader that the visit holds.
pub(super) struct Held {
    pub(super) lease: Box<dyn Lease>,
    capabilities: Vec<Capability>,
    /// APDUs that were counted already: a lease tells all since it began.
    counted: u32,
    /// What was opened on it last was a phone: its owner holds it, and needs no reminder.
    pub(super) had_phone: bool,
    /// Something was opened on it: whoever laid it there is known.
    pub(super) opened: bool,
}

impl Held {
    pub(super) fn new(lease: Box<dyn Lease>, capabilities: Vec<Capability>) -> Self {
        Self {
            lease,
            capabilities,
            counted: 0,
            had_phone: false,
            opened: false,
        }
    }

    pub(super) fn can(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }

    /// Powers the card off and says what it cost since this was asked last.
    pub(super) async fn close_card(&mut self) -> u32 {
        let all = self.lease.close_card().await.apdu_count;
        let fresh = all.saturating_sub(self.counted);
        self.counted = all;
        fresh
    }
}

/// Whether it is that reader.
pub(super) fn is_on(held: Option<&Held>, id: &ReaderId) -> bool {
    held.is_some_and(|held| held.lease.reader_id() == id)
}
