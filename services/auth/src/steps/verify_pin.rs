//! The PIN goes to the card: one VERIFY per PIN typed, whatever fails.

use madoguchi_core::audit::Action as AuditAction;
use madoguchi_core::authentication::State;
use madoguchi_core::reader::{Capability, PinVerdict};
use madoguchi_core::{Medium, Reason};

use super::{Step, enter_pin};
use crate::ladder::Rung;
use crate::workflow::{HeldPin, Walk};

pub(crate) async fn run(walk: &mut Walk<'_>) -> Result<Step, Reason> {
    let Some(HeldPin {
        pin,
        confirm_last_try,
        holder,
    }) = walk.pin.take()
    else {
        return Err(Reason::Internal);
    };
    walk.view.state = State::Signing;
    walk.view.guidance = None;
    walk.desk.show(&walk.view).await?;
    // Told before it happens: whatever ends this visit from here on, the try is accounted for.
    walk.workflow
        .audit
        .append(walk.event(AuditAction::PinSubmitted))
        .await?;
    let verdict = walk.lease()?.verify_pin(pin, confirm_last_try).await;
    let reason = match &verdict {
        Ok(PinVerdict::Verified) => None,
        Ok(PinVerdict::Wrong { .. }) => Some(Reason::PinWrong),
        Ok(PinVerdict::Locked) => Some(Reason::PinLocked),
        Ok(PinVerdict::LastTryNotConfirmed) => Some(Reason::PinLastTryNotConfirmed),
        Err(reason) => Some(*reason),
    };
    let mut event = walk.event(AuditAction::PinVerified);
    event.reason = reason;
    walk.workflow.audit.append(event).await?;
    match verdict? {
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
