//! The PIN goes to the card: one VERIFY per PIN typed, whatever fails.

use std::sync::Arc;

use madoguchi_core::audit::Action as AuditAction;
use madoguchi_core::authentication::State;
use madoguchi_core::certificate::CertificateDer;
use madoguchi_core::pin_budget::{Leave, PinBudget, Reservation, Settlement};
use madoguchi_core::reader::{Capability, PinStatus, PinVerdict};
use madoguchi_core::screen::PinHolder;
use madoguchi_core::{Medium, Reason};

use super::{Step, enter_pin};
use crate::ladder::Rung;
use crate::workflow::{HeldPin, Walk};

pub(crate) async fn run(walk: &mut Walk<'_>) -> Result<Step, Reason> {
    let Some(HeldPin {
        pin,
        confirm_last_try,
        agreed_by,
        holder,
    }) = walk.pin.take()
    else {
        return Err(Reason::Internal);
    };
    walk.view.state = State::Signing;
    walk.view.guidance = None;
    walk.desk.show(&walk.view).await?;
    let budget = Arc::clone(&walk.workflow.budget);
    let reservation = match reserve(&*budget, walk.certificate.as_ref(), confirm_last_try).await? {
        None => None,
        Some(Leave::Granted(reservation)) => Some(reservation),
        Some(Leave::LastTryNotConfirmed) => return refused(walk, PinVerdict::LastTryNotConfirmed).await,
        Some(Leave::Locked) => return refused(walk, PinVerdict::Locked).await,
    };
    // Told before it happens: whatever ends this visit from here on, the try is accounted for.
    let mut event = walk.event(AuditAction::PinSubmitted);
    event.staff_id = agreed_by.filter(|_| confirm_last_try);
    walk.workflow.audit.append(event).await?;
    let verdict = walk.lease()?.verify_pin(pin, confirm_last_try).await;
    let mut event = walk.event(AuditAction::PinVerified);
    event.reason = match &verdict {
        Ok(verdict) => said_no(*verdict),
        Err(reason) => Some(*reason),
    };
    walk.workflow.audit.append(event).await?;
    // Where nobody knows what came of it, the try stays spent until the card says otherwise.
    let verdict = verdict?;
    if let Some(reservation) = reservation {
        settle(&*budget, walk.certificate.as_ref(), reservation, verdict).await?;
    }
    go_on(walk, holder, verdict).await
}

/// Takes a try off the budget, where the card is known: an Android phone shows its certificate only after VERIFY.
async fn reserve(
    budget: &dyn PinBudget,
    certificate: Option<&CertificateDer>,
    confirm_last_try: bool,
) -> Result<Option<Leave>, Reason> {
    match certificate {
        Some(certificate) => budget.reserve(certificate, confirm_last_try).await.map(Some),
        None => Ok(None),
    }
}

/// The budget said no: nothing was sent to the card.
async fn refused(walk: &mut Walk<'_>, verdict: PinVerdict) -> Result<Step, Reason> {
    let mut event = walk.event(AuditAction::PinVerified);
    event.reason = said_no(verdict);
    walk.workflow.audit.append(event).await?;
    go_on(walk, walk.holder, verdict).await
}

const fn said_no(verdict: PinVerdict) -> Option<Reason> {
    match verdict {
        PinVerdict::Verified => None,
        PinVerdict::Wrong { .. } => Some(Reason::PinWrong),
        PinVerdict::Locked => Some(Reason::PinLocked),
        PinVerdict::LastTryNotConfirmed => Some(Reason::PinLastTryNotConfirmed),
    }
}

async fn settle(
    budget: &dyn PinBudget,
    certificate: Option<&CertificateDer>,
    reservation: Reservation,
    verdict: PinVerdict,
) -> Result<(), Reason> {
    let Some(certificate) = certificate else {
        return Ok(());
    };
    let settlement = match verdict {
        PinVerdict::Verified => Settlement::Verified,
        PinVerdict::Wrong { tries_left } => Settlement::Wrong { tries_left },
        PinVerdict::Locked => Settlement::Wrong { tries_left: 0 },
        // The card was asked once more and has fewer tries than was thought; nothing was sent.
        PinVerdict::LastTryNotConfirmed => return budget.learn(certificate, PinStatus::TriesLeft(1)).await,
    };
    budget.settle(certificate, reservation, settlement).await
}

async fn go_on(walk: &mut Walk<'_>, holder: PinHolder, verdict: PinVerdict) -> Result<Step, Reason> {
    match verdict {
        PinVerdict::Verified => {
            walk.view.method = Some(enter_pin::method(holder));
            Ok(if walk.view.medium == Some(Medium::Android) {
                Step::ReadPhone
            } else {
                Step::Sign
            })
        }
        PinVerdict::Wrong { tries_left } => ask_again(walk, Reason::PinWrong, tries_left).await,
        PinVerdict::LastTryNotConfirmed => ask_again(walk, Reason::PinLastTryNotConfirmed, 1).await,
        PinVerdict::Locked => {
            walk.ladder.pin = false;
            walk.tries_left = Some(0);
            walk.fall(Reason::PinLocked)
        }
    }
}

async fn ask_again(walk: &mut Walk<'_>, because: Reason, tries_left: u8) -> Result<Step, Reason> {
    walk.again_because = Some(because);
    walk.tries_left = Some(tries_left);
    if walk.view.medium == Some(Medium::Android) {
        // The phone is taken back to think; it will be held up again.
        walk.close_card().await;
        walk.station.let_card_go();
        return Ok(Step::EnterPin);
    }
    // The last try is spent only where nothing else is left, or where patient and staff say so at the caller.
    match walk.ladder.next(tries_left == 1) {
        Some(Rung::Visual) if because == Reason::PinWrong && walk.station.panel_can(Capability::PinPad) => {
            walk.fall(because)
        }
        _ => Ok(Step::EnterPin),
    }
}
