//! How a visit ended, for scripts and for people.

use std::fmt::Write as _;
use std::time::Duration;

use madoguchi_core::Reason;
use madoguchi_core::certificate::Outcome as CertificateOutcome;
use madoguchi_proto::auth::v1::NextStep;
use madoguchi_proto::checkin::v1::CheckIn;
use madoguchi_proto::checkin::v1::check_in::State;
use madoguchi_proto::checkin::v1::check_in_outcome::Outcome;

use crate::cli::exit::Exit;
use crate::cli::wire;

/// A visit that ended.
pub struct End {
    /// As the gateway says.
    pub check_in: CheckIn,
    /// Why this side gave up, where it did.
    pub gave_up: Option<Reason>,
    /// How long it took, as seen from here.
    pub elapsed: Duration,
}

impl End {
    /// The stable name of the end.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        match self.check_in.state() {
            State::Completed => "completed",
            State::Deferred => "deferred",
            State::Cancelled => "cancelled",
            State::Expired => "expired",
            // A state that this program does not know is no success.
            _ => "failed",
        }
    }

    /// Why it did not go as wished, also where it was completed for eligibility only.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        let by_gateway = match self.check_in.state() {
            State::Completed => self.check_reason(),
            State::Cancelled => self.gave_up.or(Some(Reason::VisitCancelled)),
            State::Expired => Some(Reason::VisitExpired),
            State::Deferred => self.deferred().and_then(|deferred| deferred.reason.parse().ok()),
            _ => self
                .failure()
                .map_or(Some(Reason::Internal), |failure| failure.reason.parse().ok()),
        };
        by_gateway.filter(|_| !self.is_full())
    }

    /// What the certificate was good for, once it was read.
    #[must_use]
    pub fn certificate_outcome(&self) -> Option<CertificateOutcome> {
        let check = self.check_in.certificate_check.as_ref()?;
        wire::certificate_outcome(check.outcome)
    }

    /// The items that the patient granted, by their stable names.
    #[must_use]
    pub fn consents(&self) -> Vec<&'static str> {
        let decisions = self
            .check_in
            .consent_receipt
            .iter()
            .flat_map(|receipt| &receipt.decisions);
        let granted = decisions.filter(|decision| decision.granted);
        granted
            .filter_map(|decision| wire::item(decision.item))
            .map(|item| item.as_str())
            .collect()
    }

    /// Whether the patient is insured, once the eligibility service answered.
    #[must_use]
    pub fn eligibility(&self) -> Option<&'static str> {
        let answer = self.check_in.eligibility_answer.as_ref()?;
        wire::validity(answer.validity).map(|validity| validity.as_str())
    }

    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self.check_in.state() {
            State::Completed => Exit::Completed,
            State::Deferred => Exit::Deferred,
            State::Expired => Exit::Expired,
            State::Cancelled => self.gave_up.map_or(Exit::Cancelled, Exit::from),
            _ => self.reason().map_or(Exit::Internal, Exit::from),
        }
    }

    /// What to tell the people at the counter: plain English with the Japanese sentence of the reason.
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut text = match (self.check_in.state(), self.eligibility()) {
            (State::Completed, Some(validity)) if self.is_full() => {
                format!(
                    "Checked in. Insurance: {}. {}",
                    validity.replace('_', " "),
                    self.received()
                )
            }
            (State::Completed, _) => "Checked in for eligibility only (資格情報のみ).".to_owned(),
            (State::Deferred, _) => {
                "The person is known; whether they are insured is asked later (後日確認).".to_owned()
            }
            (State::Cancelled, _) => "The visit was cancelled.".to_owned(),
            (State::Expired, _) => "The visit's time was up.".to_owned(),
            _ => "Not checked in.".to_owned(),
        };
        if let Some(reason) = self.reason() {
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                " {} ({})\n  {}",
                reason.message(),
                reason.code(),
                reason.message_ja()
            );
        }
        for step in self.next_steps() {
            let _ = write!(text, "\n  - {step}");
        }
        text
    }

    fn is_full(&self) -> bool {
        let completed = match self
            .check_in
            .outcome
            .as_ref()
            .and_then(|outcome| outcome.outcome.as_ref())
        {
            Some(Outcome::Completed(completed)) => wire::certificate_outcome(completed.certificate_outcome),
            _ => None,
        };
        completed == Some(CertificateOutcome::Full)
    }

    /// Which kinds of medical information came along; never what they say.
    fn received(&self) -> String {
        let Some(answer) = &self.check_in.eligibility_answer else {
            return String::new();
        };
        let kinds = [
            ("past treatment", answer.diagnoses.is_some()),
            ("medication", answer.medications.is_some()),
            ("surgery", answer.surgeries.is_some()),
            ("check-ups", answer.health_checkups.is_some()),
        ];
        let came: Vec<_> = kinds
            .iter()
            .filter(|(_, came)| *came)
            .map(|(kind, _)| *kind)
            .collect();
        if came.is_empty() {
            "No medical information: there was no consent to any.".to_owned()
        } else {
            format!("With consent came: {}.", came.join(", "))
        }
    }

    fn failure(&self) -> Option<&madoguchi_proto::auth::v1::Failure> {
        match self.check_in.outcome.as_ref()?.outcome.as_ref()? {
            Outcome::Failed(failure) => Some(failure),
            _ => None,
        }
    }

    fn deferred(&self) -> Option<&madoguchi_proto::checkin::v1::Deferred> {
        match self.check_in.outcome.as_ref()?.outcome.as_ref()? {
            Outcome::Deferred(deferred) => Some(deferred),
            _ => None,
        }
    }

    fn next_steps(&self) -> impl Iterator<Item = &'static str> {
        let steps = match (self.failure(), self.deferred()) {
            (Some(failure), _) => failure.next_steps.as_slice(),
            (None, Some(deferred)) => deferred.next_steps.as_slice(),
            (None, None) => &[],
        };
        steps
            .iter()
            .filter_map(|step| wire::next_step(NextStep::try_from(*step).ok()?))
    }

    fn check_reason(&self) -> Option<Reason> {
        self.check_in.certificate_check.as_ref()?.reason.parse().ok()
    }
}

#[cfg(test)]
mod tests;
