//! One visit under way: what its states share.

use madoguchi_auth::{Counter, Station, Tray};
use madoguchi_core::audit::{Action as AuditAction, Event};
use madoguchi_core::check_in::Guidance;
use madoguchi_core::deferral::{Deferral, Outage};
use madoguchi_core::eligibility::{Answer, Person};
use madoguchi_core::{Medium, Reason};

use crate::desk::CheckInDesk;
use crate::service::Parts;
use crate::states::{authenticate, check_eligibility, decide_consents, register};

pub(crate) struct Visit<'a> {
    pub(crate) parts: &'a Parts,
    pub(crate) desk: &'a mut CheckInDesk,
    pub(crate) tray: &'a mut Tray,
    pub(crate) counter: Counter,
    pub(crate) language: String,
    /// Whom the caller expects.
    pub(crate) expected: Option<Person>,
    /// The readers that the visit holds, once it took them.
    pub(crate) station: Option<Station>,
}

/// What is known of the patient's insurance in the end.
pub(crate) enum Known {
    /// The service answered.
    Answered(Box<Answer>),
    /// It is asked later.
    Deferred(Box<Deferral>),
}

/// How a visit went, and the readers that it holds until its end is told.
pub(crate) struct Ran {
    pub(crate) known: Result<Known, Reason>,
    pub(crate) station: Option<Station>,
}

impl Visit<'_> {
    /// Walks the visit to its answer. Cancel by dropping the future.
    pub(crate) async fn run(mut self) -> Ran {
        Ran {
            known: self.walk().await,
            station: self.station,
        }
    }

    async fn walk(&mut self) -> Result<Known, Reason> {
        let person = authenticate::run(self).await?;
        register::run(self, &person).await?;
        let receipt = decide_consents::run(self, &person).await?;
        check_eligibility::run(self, person, receipt).await
    }

    /// The eligibility service is away: the visit goes on without it where its check can be put off, and says so.
    ///
    /// # Errors
    /// The reason itself, where that is not the trouble or nothing can be put off.
    pub(crate) fn go_on_without(&mut self, reason: Reason) -> Result<(), Reason> {
        if reason != Reason::EligibilityUnavailable || self.parts.deferrals.is_none() {
            return Err(reason);
        }
        let since = self.parts.clock.now();
        self.desk.now.outage.get_or_insert(Outage { reason, since });
        Ok(())
    }

    /// Whether the patient is asked on a reader's screen.
    pub(crate) fn on_screen(&self) -> bool {
        self.station.as_ref().is_some_and(Station::has_screen)
    }

    /// Cards are left behind: remind. A phone is in its owner's hand.
    pub(crate) fn take_card(&self, medium: Medium) -> Option<Guidance> {
        (medium == Medium::Card).then_some(Guidance::TakeCard)
    }

    /// An audit event of this visit.
    pub(crate) fn event(&self, action: AuditAction, reason: Option<Reason>) -> Event {
        self.desk.now.event(action, reason)
    }
}
