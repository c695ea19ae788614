//! The card is presented again: what the patient is told, what has to happen to the card first, and how often.

use std::time::Duration;

use madoguchi_core::authentication::State;
use madoguchi_core::check_in::Guidance;
use madoguchi_core::reader::Capability;
use madoguchi_core::screen::Page;
use madoguchi_core::{Medium, ReaderId, Reason};

use super::Walk;
use crate::misfit::Misfit;
use crate::steps::{self, Step};

/// PC/SC looks for cards every 400 ms.
const REMOVAL_SEEN: Duration = Duration::from_secs(2);

impl Walk<'_> {
    /// Runs a step with the card; where the card, not the reader or the patient's certificate, was the trouble, the
    /// patient presents it again.
    pub(super) async fn or_again(
        &mut self,
        step: impl AsyncFnOnce(&mut Self) -> Result<Step, Reason>,
    ) -> Result<Step, Reason> {
        let reason = match step(self).await {
            Ok(next) => return Ok(next),
            Err(reason) => reason,
        };
        // What nobody was told yet weighs more than that the card was not there at the next look either, or silent.
        let untold = matches!(
            reason,
            Reason::CardRemoved | Reason::CardUnresponsive | Reason::DriverTimeout
        ) && self.again_because == Some(Reason::PinOutcomeUnknown);
        let ends_with = if untold { Reason::PinOutcomeUnknown } else { reason };
        let Some(guidance) = guidance_for(reason) else {
            return Err(ends_with);
        };
        self.attempts += 1;
        if self.attempts >= self.workflow.options.max_read_attempts {
            return Err(ends_with);
        }
        if !untold {
            self.trouble = Some(reason);
            if self.pin_asked {
                self.again_because = Some(reason);
            }
        }
        self.certificate = None;
        self.close_card().await;
        self.view.guidance = Some(guidance);
        if reason == Reason::MediumMismatch && self.may_choose_again() {
            // What lies there stays: it may be what the patient chooses now.
            self.notice = Some(guidance);
            self.pin = None;
            self.station.let_card_go();
            self.station.come_back().await;
            return Ok(Step::ChooseMedium);
        }
        self.view.state = State::WaitingForCard;
        self.desk.show(&self.view).await?;
        // The first time the card may stay where it is; then it has to be lifted, or nothing would change.
        let has_to_leave =
            self.attempts > 1 || matches!(guidance, Guidance::OtherMedium | Guidance::ArmWallet);
        if self.station.stands_aside() {
            // The patient can be told only when the reader beside the screen is given back.
            self.station.let_card_go();
            self.station.show(Page::Guide { guidance }).await;
            if let Some(reader_id) = self.view.reader_id.clone() {
                if reason == Reason::CardRemoved {
                    let left = steps::card_leaves(&*self.workflow.readers, &reader_id);
                    let _ = tokio::time::timeout(REMOVAL_SEEN, left).await;
                } else if has_to_leave {
                    self.until_empty(&reader_id).await?;
                    self.misfit = None;
                }
            }
        } else {
            self.station.show(Page::Guide { guidance }).await;
            if reason == Reason::CardRemoved {
                self.wait_until_removal_is_seen().await;
            } else if has_to_leave {
                self.wait_for_removal().await?;
                self.misfit = None;
            }
            self.station.let_card_go();
        }
        // A phone's PIN that was sent with the lost tap is spent, and with it perhaps a try: it is typed again.
        if self.view.medium == Some(Medium::Android) && self.pin.is_none() {
            self.tries_left = None;
            return Ok(Step::EnterPin);
        }
        Ok(Step::WaitForCard)
    }

    /// What did not fit is out of the way, or is what was chosen now: nothing is to be said of it any more.
    pub(crate) fn forget_misfit_that_left(&mut self) {
        if self.misfit.as_ref().is_some_and(Misfit::lies_there) {
            return;
        }
        self.misfit = None;
        if self.trouble == Some(Reason::MediumMismatch) {
            self.trouble = None;
            self.view.guidance = None;
        }
    }

    /// Whether the patient can choose another medium on the reader's screen.
    pub(crate) fn may_choose_again(&self) -> bool {
        self.plan.medium.is_none()
            && (self.station.panel_can(Capability::Screen) || self.station.stands_aside())
    }

    /// The card is gone, but pcscd tells it up to half a second later; who looked meanwhile would find it still there.
    /// One that was back so soon that nobody saw it leave is read again.
    async fn wait_until_removal_is_seen(&mut self) {
        if let Ok(lease) = self.station.card() {
            let _ = tokio::time::timeout(REMOVAL_SEEN, lease.wait_for_removal()).await;
        }
    }

    async fn wait_for_removal(&mut self) -> Result<(), Reason> {
        let wait = self.workflow.options.card_wait();
        let trouble = self.trouble;
        let Ok(lease) = self.station.card() else {
            return Ok(());
        };
        let removal = tokio::time::timeout(wait, lease.wait_for_removal()).await;
        removal.map_err(|_elapsed| trouble.unwrap_or(Reason::CardWaitTimeout))
    }

    /// As [`Walk::wait_for_removal`], on a reader that was given back.
    async fn until_empty(&mut self, reader_id: &ReaderId) -> Result<(), Reason> {
        let wait = self.workflow.options.card_wait();
        let trouble = self.trouble.unwrap_or(Reason::CardWaitTimeout);
        let left = steps::card_leaves(&*self.workflow.readers, reader_id);
        tokio::time::timeout(wait, left).await.map_err(|_elapsed| trouble)
    }
}

/// What to tell the patient where presenting the card again may help; `None` where it cannot.
fn guidance_for(reason: Reason) -> Option<Guidance> {
    match reason {
        Reason::CardRemoved => Some(Guidance::KeepStill),
        Reason::CardUnresponsive
        | Reason::CardProtocolError
        | Reason::CertificateUnreadable
        | Reason::PinOutcomeUnknown => Some(Guidance::TryAgain),
        Reason::MediumMismatch | Reason::CardNotRecognized => Some(Guidance::OtherMedium),
        Reason::PhoneNotArmed => Some(Guidance::ArmWallet),
        _ => None,
    }
}
