//! What the reader does with a person, from core's words to the wire's and back. What makes no sense on the way back is
//! [`Reason::DriverProtocolError`].

use std::time::Duration;

use madoguchi_core::screen::{Answer, FaceOutcome, FaceRequest, PinRequest, Screen};
use madoguchi_core::visit::{Outcome, Plan, Progress};
use madoguchi_core::{Pin, Reason};
use madoguchi_proto::driverhost::v1 as pb;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroize as _;

use super::HeldReader;
use crate::connection::{Connection, Failure};

/// The process that serves the reader now, and the reader's name there. Where a card is open it is the process that
/// opened it: another one would know nothing of it.
fn line(lease: &HeldReader) -> Result<(Connection, String), Reason> {
    let claim = lease.claim.as_ref().ok_or(Reason::Internal)?;
    let connection = match &lease.open_on {
        Some(connection) => connection.clone(),
        None => claim.link.borrow().clone().ok_or(Reason::DriverFailed)?,
    };
    Ok((connection, claim.selector.clone()))
}

pub(super) async fn present(
    lease: &HeldReader,
    screen: &Screen,
    timeout: Duration,
) -> Result<Answer, Reason> {
    let (connection, selector) = line(lease)?;
    let mut client = connection.client();
    let call = client.present_screen(pb::PresentScreenRequest {
        selector,
        screen: written(screen)?,
        timeout_ms: millis(timeout),
    });
    let shown = connection.call(timeout, call).await.map_err(Failure::reason)?;
    parsed(&shown.answer)
}

pub(super) async fn enter_pin(
    lease: &HeldReader,
    request: &PinRequest,
    timeout: Duration,
) -> Result<Option<Pin>, Reason> {
    let (connection, selector) = line(lease)?;
    let mut client = connection.client();
    let call = client.enter_pin(pb::EnterPinRequest {
        selector,
        request: written(request)?,
        timeout_ms: millis(timeout),
    });
    let mut typed = connection.call(timeout, call).await.map_err(Failure::reason)?;
    let digits = std::mem::take(&mut typed.pin);
    if digits.is_empty() {
        return Ok(None);
    }
    Pin::new(digits)
        .map(Some)
        .map_err(|_| Reason::DriverProtocolError)
}

pub(super) async fn verify_face(
    lease: &HeldReader,
    request: &FaceRequest,
    timeout: Duration,
) -> Result<FaceOutcome, Reason> {
    let (connection, selector) = line(lease)?;
    let mut client = connection.client();
    let call = client.verify_face(pb::VerifyFaceRequest {
        selector,
        request: written(request)?,
        timeout_ms: millis(timeout),
    });
    let verified = connection.call(timeout, call).await.map_err(Failure::reason)?;
    parsed(&verified.outcome)
}

pub(super) async fn accept_visual(lease: &HeldReader) -> Result<(), Reason> {
    let (connection, selector) = line(lease)?;
    let timeout_ms = lease.options.calls.accept_visual_timeout_ms;
    let mut client = connection.client();
    let call = client.accept_visual(pb::AcceptVisualRequest { selector, timeout_ms });
    let accepted = connection.call(Duration::from_millis(timeout_ms), call).await;
    accepted.map(drop).map_err(|failure| match failure.reason() {
        // Nobody stands at a screen here: it is the driver that is late.
        Reason::PatientTimeout => Reason::DriverTimeout,
        reason => reason,
    })
}

pub(super) async fn run_visit(
    lease: &HeldReader,
    plan: &Plan,
    progress: &mut (dyn FnMut(Progress) + Send),
    timeout: Duration,
) -> Result<Outcome, Reason> {
    use pb::run_visit_response::News;
    let (connection, selector) = line(lease)?;
    let mut client = connection.client();
    let request = pb::RunVisitRequest {
        selector,
        plan: written(plan)?,
        timeout_ms: millis(timeout),
    };
    let visit = async {
        let mut news = client.run_visit(request).await?.into_inner();
        while let Some(message) = news.message().await? {
            match message.news {
                // A step that this version does not know is not shown; the outcome counts.
                Some(News::Progress(step)) => drop(parsed(&step).map(&mut *progress)),
                Some(News::Outcome(mut outcome)) => {
                    let result = parsed(&outcome);
                    outcome.zeroize();
                    return Ok(tonic::Response::new(result));
                }
                None => {}
            }
        }
        Ok(tonic::Response::new(Err(Reason::DriverProtocolError)))
    };
    connection.call(timeout, visit).await.map_err(Failure::reason)?
}

fn millis(timeout: Duration) -> u64 {
    u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX)
}

fn written<T: Serialize>(value: &T) -> Result<Vec<u8>, Reason> {
    serde_json::to_vec(value).map_err(|_| Reason::Internal)
}

fn parsed<T: DeserializeOwned>(json: &[u8]) -> Result<T, Reason> {
    serde_json::from_slice(json).map_err(|_| Reason::DriverProtocolError)
}
