//! Power and APDUs for what is in the field.

use std::time::Duration;

use ciborium::Value;

use super::message::{Params, Status};
use super::operations::{DONE, Outcome, Pending};
use super::{Canon, Sink};
use crate::device::{Body, CardReply, Generation};

/// What the first generation carries.
pub(super) const SHORT_APDU: usize = 261;
/// What the second one does.
pub(super) const LONG_APDU: usize = 4096;

/// After so long a chip that says nothing is said to be mute.
const MUTE: Duration = Duration::from_secs(1);

impl Canon {
    pub(super) fn activate(&mut self, params: &Params, body: &mut Body) -> Outcome {
        self.field.check(params.number(1))?;
        self.field.power_off(body);
        let atr = self.field.power_on(body).ok_or(Status::Mute)?;
        Ok(Some(vec![(1, Value::Bytes(atr))]))
    }

    pub(super) fn exchange(&mut self, id: u16, params: &Params, body: &mut Body) -> Outcome {
        self.field.check(params.number(1))?;
        if !self.field.is_active() {
            return Err(Status::NotActive);
        }
        let apdu = params.bytes(2).ok_or(Status::Malformed)?;
        let extended = apdu.len() > 5 && apdu[4] == 0;
        let fits = match self.generation {
            Generation::Old => apdu.len() <= SHORT_APDU && !extended,
            Generation::New => apdu.len() <= LONG_APDU,
        };
        if !fits {
            return Err(Status::TooLong);
        }
        match body.slot().transmit(apdu) {
            CardReply::Answer(answer) if answer.len() > LONG_APDU => Err(Status::Trouble),
            CardReply::Answer(answer) => Ok(Some(vec![(1, Value::Bytes(answer))])),
            CardReply::Removed => Err(Status::MovedOff),
            CardReply::Lost | CardReply::Unpowered => {
                self.field.power_off(body);
                Err(Status::NotActive)
            }
            CardReply::Silent => {
                self.pending = Some((id, Pending::Mute));
                body.wake_in(MUTE);
                Ok(None)
            }
        }
    }

    pub(super) fn deactivate(&mut self, params: &Params, body: &mut Body) -> Outcome {
        self.field.check(params.number(1))?;
        self.field.power_off(body);
        DONE
    }

    /// What was waited for is not there any more.
    pub(super) fn target_lost(&mut self, body: &mut Body, out: Sink<'_>) {
        if let Some((id, _)) = self
            .pending
            .take_if(|(_, pending)| matches!(pending, Pending::Mute))
        {
            body.sleep_on();
            self.respond(id, Status::MovedOff, vec![], out);
        }
    }

    pub(super) fn stayed_mute(&mut self, out: Sink<'_>) {
        if let Some((id, _)) = self
            .pending
            .take_if(|(_, pending)| matches!(pending, Pending::Mute))
        {
            self.respond(id, Status::Mute, vec![], out);
        }
    }
}
