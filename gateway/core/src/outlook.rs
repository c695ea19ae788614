//! The expiry outlook: which certificates that were seen at reception expire on which day, so that staff can tell
//! patients before the counter has to. No certificate and no name is kept: a keyed hash and dates.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use time::Date;

use crate::{CardKey, Medium, Reason};

/// A certificate as it was seen last. Days are Japan's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// The card or phone. A renewed certificate has another one: who knows the patient behind both (the EMR) leaves the
    /// older out.
    pub card_key: CardKey,
    /// What carried it.
    pub medium: Medium,
    /// The last day of its validity.
    pub not_after: Date,
    /// The last day on which it serves for anything: of the grace for a card, of the validity for a phone.
    pub good_until: Date,
    /// The day on which it was seen last.
    pub seen_on: Date,
}

impl Sighting {
    /// The day under which it stands in the outlook, as of a day: the last one of its validity and, once that has passed,
    /// the last one on which it serves for anything.
    #[must_use]
    pub fn ends_on(&self, today: Date) -> Date {
        if self.not_after >= today {
            self.not_after
        } else {
            self.good_until
        }
    }
}

/// How many of what was seen expire on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpiringDay {
    /// The last day of their validity or, where that has passed, of their grace.
    pub date: Date,
    /// How many.
    pub count: u64,
}

/// Which part of the outlook is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// As of which day: what is in its grace by then stands under the end of the grace.
    pub today: Date,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// The last one that was told already, where this is not the first part.
    pub after: Option<(Date, CardKey)>,
    /// How many are told at most.
    pub limit: u32,
}

/// Port: remembers what was seen at reception, and says what expires.
#[async_trait]
pub trait Outlook: Send + Sync + 'static {
    /// Remembers a sighting; an earlier one of the same card is replaced.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn record(&self, sighting: Sighting) -> Result<(), Reason>;

    /// How many end on each day of the window ([`Sighting::ends_on`]); days without any are left out.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn days(&self, window: &Window) -> Result<Vec<ExpiringDay>, Reason>;

    /// Which they are, by day and then by key.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn expiring(&self, window: &Window) -> Result<Vec<Sighting>, Reason>;

    /// Forgets what served for nothing any more before that day; says how many.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn forget_before(&self, day: Date) -> Result<u64, Reason>;
}
