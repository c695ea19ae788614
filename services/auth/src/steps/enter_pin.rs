//! The PIN is typed, at the caller or on the reader: a card's while it lies on the reader, an Android phone's before the
//! tap. From here to the card it is in one buffer, which is wiped when the tap does not come in time.

use madoguchi_core::authentication::State;
use madoguchi_core::check_in::{Action, Guidance, PinPrompt};
use madoguchi_core::reader::Capability;
use madoguchi_core::screen::{Page, PinHolder, PinRequest};
use madoguchi_core::{Medium, Pin, Reason};

use super::{Step, ask};
use crate::Submission;
use crate::station::{PATIENCE, Station, Tries, loses_panel};
use crate::workflow::{HeldPin, Walk};

/// Digits of the PIN of the user-authentication certificate on every card and phone of today.
const DIGITS: u8 = 4;
/// Whoever may spend the last try only together with staff.
const TO_STAFF: Guidance = Guidance::WaitForStaff;

pub(crate) async fn run(walk: &mut Walk<'_>) -> Result<Step, Reason> {
    walk.station.come_back().await;
    let on_the_reader = walk.station.has_card();
    walk.view.state = State::WaitingForPin;
    walk.view.guidance = if walk.tries_left == Some(1) && walk.station.has_screen() {
        Some(TO_STAFF)
    } else {
        on_the_reader.then_some(Guidance::TypePin)
    };
    let prompt = PinPrompt {
        tries_left: walk.tries_left,
        last_try: walk.tries_left == Some(1),
        again_because: walk.again_because.take(),
    };
    walk.pin_asked = true;
    let request = PinRequest {
        medium: walk.view.medium.unwrap_or(Medium::Card),
        digits: DIGITS,
        tries_left: walk.tries_left,
        holder: walk.holder,
        again_because: prompt.again_because,
        language: walk.station.language().to_owned(),
    };
    let leaving = match walk.station.card() {
        Ok(lease) => Some(lease.reader_id().clone()),
        Err(_) => None,
    };
    let readers = walk.workflow.readers.clone();
    let left = async {
        match &leaving {
            // The card is powered and exclusively ours, but no transaction is held while a human thinks.
            Some(reader_id) => ask::card_is_lost(&*readers, reader_id).await,
            None => std::future::pending().await,
        }
    };
    let asked = walk.desk.ask(&walk.view, Action::EnterPin(prompt));
    let typed = tokio::select! {
        biased;
        submission = asked => held(submission?)?,
        typed = on_pad(&mut walk.station, &request) => match typed? {
            Some(pin) => HeldPin { pin, confirm_last_try: false, agreed_by: None, holder: request.holder },
            // Forgotten: the other ways are still there, if any.
            None => {
                walk.ladder.pin = false;
                let because = walk.trouble.unwrap_or(Reason::PatientQuit);
                return if on_the_reader { walk.fall(because) } else { Err(Reason::PatientQuit) };
            }
        },
        () = left => return Err(Reason::CardRemoved),
    };
    walk.holder = typed.holder;
    walk.pin = Some(typed);
    Ok(if walk.view.medium == Some(Medium::Android) {
        Step::WaitForCard
    } else {
        Step::VerifyPin
    })
}

fn held(submission: Submission) -> Result<HeldPin, Reason> {
    match submission {
        Submission::Pin {
            pin,
            confirm_last_try,
            agreed_by,
            holder,
        } => Ok(HeldPin {
            pin,
            confirm_last_try,
            agreed_by,
            holder,
        }),
        _ => Err(Reason::Internal),
    }
}

/// The PIN from the reader's own pad, which is asked again where it comes back or was not ready; waits for ever where
/// there is none, or where patient and staff have to agree first that the last try is spent.
async fn on_pad(station: &mut Station, request: &PinRequest) -> Result<Option<Pin>, Reason> {
    let mut tries = Tries::default();
    while request.tries_left == Some(1) {
        station
            .keep_standing(&Page::Guide { guidance: TO_STAFF }, &mut tries)
            .await;
    }
    loop {
        if !station.has_panel() {
            station.panel_comes().await;
        }
        if !station.panel_can(Capability::PinPad) {
            return std::future::pending().await;
        }
        let Some(panel) = station.panel() else { continue };
        match panel.enter_pin(request, PATIENCE).await {
            // The card that lay on it has lost its power.
            Err(reason) if loses_panel(reason) && station.card_is_on_panel() => {
                station.lose_panel();
                return Err(Reason::CardRemoved);
            }
            Err(reason) if loses_panel(reason) || reason == Reason::ReaderUnavailable => {
                station.ask_again_after(reason, &mut tries).await;
            }
            typed => return typed,
        }
    }
}

/// Whose PIN a verification was.
pub(crate) const fn method(holder: PinHolder) -> madoguchi_core::Method {
    match holder {
        PinHolder::Patient => madoguchi_core::Method::Pin,
        PinHolder::Guardian => madoguchi_core::Method::GuardianPin,
    }
}
