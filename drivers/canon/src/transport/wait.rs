//! The wait for a response, and what is done where it does not come or cannot be read.

use std::time::{Duration, Instant};

use madoguchi_driver_api::Call;
use zeroize::Zeroizing;

use super::{HALF_FRAME, Line, QUICK, Response, bounded};
use crate::codec::Damage;
use crate::commands::{Command, Hello, Patience, Recall};
use crate::error::{Error, Status};

/// How long it may take for what needs a chip: one that says nothing is reported long before.
const CHIP: Duration = Duration::from_secs(5);

/// How often a wait looks whether it was called off. Shorter than a call's own slice, because a socket's clock is coarse.
const LOOK: Duration = Duration::from_millis(4);

/// So often an answer is asked for once more. A device that answers none of it is not there any more.
const MAX_RECALLS: u32 = 2;

/// Where a request stands.
#[derive(Default)]
pub(super) struct Progress {
    /// Its response.
    pub(super) response: Option<(u16, Zeroizing<Vec<u8>>, usize)>,
    /// The status of the recall's own response.
    pub(super) recalled: Option<u16>,
    /// What could not be read since it was sent.
    pub(super) damage: Option<Damage>,
    /// The device began anew.
    pub(super) began: bool,
}

impl Line {
    /// Waits for the response to the request of that id.
    pub(super) fn wait<C: Command>(&mut self, id: u16, call: &Call) -> Result<Response, Error> {
        let operation = C::OPERATION;
        let soon = || Instant::now() + QUICK;
        // When it was silent for too long: a device that can is asked then where the request stands.
        let mut until = match C::PATIENCE {
            Patience::Chip if !self.can_recall => Some(Instant::now() + CHIP),
            Patience::Person if !self.can_recall => None,
            _ => Some(soon()),
        };
        let (mut recall, mut recalls, mut damaged) = (None, 0, None);
        loop {
            let mut progress = Progress::default();
            let look = Instant::now() + LOOK;
            self.listen(
                &bounded(call, Some(until.map_or(look, |until| until.min(look)))),
                id,
                recall.unwrap_or_default(),
                &mut progress,
            )?;
            if progress.began && operation != Hello::OPERATION {
                return Err(Error::Restarted);
            }
            if let Some((status, message, at)) = progress.response {
                let response = Response {
                    operation,
                    message,
                    at,
                };
                return match Status::from(status) {
                    Status::Done => Ok(response),
                    status => Err(Error::refused(operation, status, &response)),
                };
            }
            if damaged.is_none() && progress.damage.is_some() && !self.can_recall {
                // The answer may be right behind it.
                let grace = Instant::now() + HALF_FRAME;
                until = Some(until.map_or(grace, |until| until.min(grace)));
            }
            damaged = damaged.or(progress.damage);
            let late = until.is_some_and(|until| Instant::now() >= until);
            match progress.recalled.map(Status::from) {
                // The answer is still to come: what was damaged was something else.
                Some(Status::Pending) => (recall, recalls, damaged, until) = (None, 0, None, Some(soon())),
                Some(_) => return Err(Error::Lost { operation }),
                // Damage after damage: the answer may be behind it.
                None if !late && (damaged.is_none() || recall.is_some() || !self.can_recall) => {}
                // A recall that is lost itself is sent again: it executes nothing.
                None if self.can_recall && recalls < MAX_RECALLS => {
                    recall = Some(self.send(&Recall { id })?);
                    recalls += 1;
                    until = Some(soon());
                }
                None => {
                    return Err(match damaged {
                        Some(damage) => Error::Damaged { operation, damage },
                        None => Error::Silent { operation },
                    });
                }
            }
            call.check().map_err(Error::Ended)?;
        }
    }
}
