//! The calls of a card conversation, from core's words to the wire's and back. What makes no sense on the way back
//! is [`Reason::DriverProtocolError`].

use std::time::Duration;

use madoguchi_core::certificate::CertificateDer;
use madoguchi_core::reader::{OpenCard, PinStatus, PinVerdict};
use madoguchi_core::{Pin, Reason};
use madoguchi_proto::driverhost::v1 as pb;

use super::HeldReader;
use crate::connection::{Connection, Failure};
use crate::wire;

pub(super) async fn open(lease: &mut HeldReader) -> Result<OpenCard, Reason> {
    let claim = lease.claim.as_ref().ok_or(Reason::Internal)?;
    let connection = claim.link.borrow().clone().ok_or(Reason::DriverFailed)?;
    let timeout_ms = lease.options.calls.open_card_timeout_ms;
    let request = pb::OpenCardRequest {
        selector: claim.selector.clone(),
        idle_timeout_ms: lease.options.calls.card_idle_timeout_ms,
        timeout_ms,
    };
    lease.opened_at_count = lease.view.borrow().card_counts.get(&lease.id).copied();
    lease.open_on = Some(connection.clone());
    let mut client = connection.client();
    let call = connection.call(Duration::from_millis(timeout_ms), client.open_card(request));
    let opened = call.await.map_err(Failure::reason)?;
    let medium = wire::medium(&opened.medium).ok_or(Reason::DriverProtocolError)?;
    lease.session_id = Some(opened.session_id);
    Ok(OpenCard { medium })
}

/// Powers the card off and says how many APDUs were spent since it was asked last.
pub(super) async fn close(
    connection: &Connection,
    selector: String,
    timeout: Duration,
) -> Result<u32, Failure> {
    let mut client = connection.client();
    let call = client.close_card(pb::CloseCardRequest { selector });
    Ok(connection.call(timeout, call).await?.apdu_count)
}

/// The conversation that is open; without one the card counts as gone.
fn session(lease: &HeldReader) -> Result<(&Connection, u64), Reason> {
    lease
        .open_on
        .as_ref()
        .zip(lease.session_id)
        .ok_or(Reason::CardRemoved)
}

pub(super) async fn read_certificate(lease: &HeldReader) -> Result<CertificateDer, Reason> {
    let (connection, session_id) = session(lease)?;
    let timeout_ms = lease.options.calls.read_certificate_timeout_ms;
    let mut client = connection.client();
    let call = client.read_certificate(pb::ReadCertificateRequest {
        session_id,
        timeout_ms,
    });
    let read = connection
        .call(Duration::from_millis(timeout_ms), call)
        .await
        .map_err(Failure::reason)?;
    Ok(CertificateDer::new(read.certificate))
}

pub(super) async fn pin_status(lease: &HeldReader) -> Result<PinStatus, Reason> {
    let (connection, session_id) = session(lease)?;
    let timeout_ms = lease.options.calls.pin_status_timeout_ms;
    let mut client = connection.client();
    let call = client.get_pin_status(pb::GetPinStatusRequest {
        session_id,
        timeout_ms,
    });
    let status = connection
        .call(Duration::from_millis(timeout_ms), call)
        .await
        .map_err(Failure::reason)?;
    match status.state() {
        pb::PinState::TriesLeft => Ok(PinStatus::TriesLeft(tries(status.tries_left_count)?)),
        pb::PinState::Locked => Ok(PinStatus::Locked),
        pb::PinState::NotSet => Ok(PinStatus::NotSet),
        pb::PinState::Unspecified => Err(Reason::DriverProtocolError),
    }
}

pub(super) async fn verify_pin(
    lease: &HeldReader,
    pin: Pin,
    last_try_confirmed: bool,
) -> Result<PinVerdict, Reason> {
    let (connection, session_id) = session(lease)?;
    let timeout_ms = lease.options.calls.verify_pin_timeout_ms;
    // The message zeroizes its PIN when tonic drops it behind the encoding; no `..` as it has a `Drop`.
    let mut request = pb::VerifyPinRequest::default();
    request.session_id = session_id;
    request.pin = pin.expose().to_vec();
    request.last_try_confirmed = last_try_confirmed;
    request.timeout_ms = timeout_ms;
    drop(pin);
    let mut client = connection.client();
    let call = connection.call(Duration::from_millis(timeout_ms), client.verify_pin(request));
    let verified = call.await.map_err(Failure::pin_reason)?;
    match verified.verdict() {
        pb::PinVerdict::Verified => Ok(PinVerdict::Verified),
        pb::PinVerdict::Wrong => {
            // Something was sent, so no other reason may say that nothing was.
            let tries_left = tries(verified.tries_left_count).map_err(|_| Reason::PinOutcomeUnknown)?;
            Ok(PinVerdict::Wrong { tries_left })
        }
        pb::PinVerdict::Locked => Ok(PinVerdict::Locked),
        pb::PinVerdict::LastTryNotConfirmed => Ok(PinVerdict::LastTryNotConfirmed),
        pb::PinVerdict::Unspecified => Err(Reason::PinOutcomeUnknown),
    }
}

pub(super) async fn sign(lease: &HeldReader, message: &[u8]) -> Result<Vec<u8>, Reason> {
    let (connection, session_id) = session(lease)?;
    let timeout_ms = lease.options.calls.sign_timeout_ms;
    let mut client = connection.client();
    let call = client.sign(pb::SignRequest {
        session_id,
        message: message.to_vec(),
        timeout_ms,
    });
    let signed = connection
        .call(Duration::from_millis(timeout_ms), call)
        .await
        .map_err(Failure::reason)?;
    if signed.signature.is_empty() {
        Err(Reason::DriverProtocolError)
    } else {
        Ok(signed.signature)
    }
}

/// Tries of a PIN fit a card's status word, which has four bits for them.
fn tries(count: u32) -> Result<u8, Reason> {
    u8::try_from(count)
        .ok()
        .filter(|count| *count < 16)
        .ok_or(Reason::DriverProtocolError)
}
