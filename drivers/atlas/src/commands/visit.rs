//! `visit`: the service leads it; it is given a plan and comes to one outcome.

use madoguchi_core::consent::QuestionItem;
use madoguchi_driver_api::visit::{Outcome, Plan, Progress};
use madoguchi_driver_api::{Call, Decision, Error, Medium, Method};
use serde::{Deserialize, Serialize};

use super::{Note, wait_ms};
use crate::codec::{Bytes, decode};
use crate::error::{Code, protocol};
use crate::transport::{Line, Reply};

#[derive(Serialize)]
struct Request<'a> {
    media: &'a [Medium],
    consents: &'a [QuestionItem],
    language: &'a str,
    challenge: Bytes<'a>,
    wait_ms: u64,
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum Ended<'a> {
    Verified {
        medium: Medium,
        method: Method,
        certificate: &'a str,
        signature: &'a str,
        decisions: Vec<Decision>,
    },
    HandedOver {
        medium: Medium,
    },
    Quit,
    Failed {
        code: u32,
    },
}

/// Has the service lead the visit, with these media of the plan.
///
/// # Errors
/// [`Error::Protocol`] also for an outcome that does not fit the plan, …
pub(crate) fn visit(
    line: &Line,
    plan: &Plan,
    media: &[Medium],
    progress: &mut dyn FnMut(Progress),
    call: &Call,
) -> Result<Outcome, Error> {
    let request = Request {
        media,
        consents: &plan.consents,
        language: &plan.language,
        challenge: Bytes(&plan.challenge),
        wait_ms: wait_ms(call),
    };
    let mut each = |note| match note {
        Note::Progress(stage) => {
            progress(stage);
            Ok(())
        }
        _ => Err(protocol("a note that belongs to no visit")),
    };
    let reply = line.request("visit", &request, call, &mut each)?;
    outcome(&reply, plan, media)
}

fn outcome(reply: &Reply, plan: &Plan, media: &[Medium]) -> Result<Outcome, Error> {
    match reply.read::<Ended<'_>>()? {
        Ended::Verified {
            medium,
            method,
            certificate,
            signature,
            decisions,
        } => {
            if !media.contains(&medium) {
                return Err(protocol("a medium that was not in the plan"));
            }
            if !fits(&decisions, &plan.consents) {
                return Err(protocol("answers to something else than was asked"));
            }
            Ok(Outcome::Verified {
                medium,
                method,
                certificate: bytes(certificate)?,
                signature: bytes(signature)?,
                decisions,
            })
        }
        Ended::HandedOver { medium } if medium.is_phone() && media.contains(&medium) => {
            Ok(Outcome::HandedOver { medium })
        }
        Ended::HandedOver { .. } => Err(protocol("a medium that cannot be handed over")),
        Ended::Quit => Ok(Outcome::Quit),
        Ended::Failed { code } => Ok(Outcome::Failed {
            reason: Code(code).reason(),
        }),
    }
}

/// Either nothing was asked yet, or each item once, in order.
fn fits(decisions: &[Decision], asked: &[QuestionItem]) -> bool {
    decisions.is_empty()
        || decisions
            .iter()
            .map(|decision| decision.item)
            .eq(asked.iter().map(|question| question.item))
}

fn bytes(text: &str) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    if decode(text, &mut bytes) && !bytes.is_empty() {
        Ok(bytes)
    } else {
        Err(protocol("bytes that are none"))
    }
}
