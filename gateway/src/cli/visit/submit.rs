//! Answers on their way to the gateway. Each names its action, so that one that is sent twice counts once.

use std::time::Duration;

use madoguchi_core::{Medium, Method};
use madoguchi_proto::checkin::v1::check_in_service_client::CheckInServiceClient;
use madoguchi_proto::checkin::v1::{
    SubmitConsentsRequest, SubmitMediumRequest, SubmitMethodRequest, SubmitPinRequest,
    SubmitRegistrationRequest, SubmitVisualCheckRequest,
};
use madoguchi_proto::consent::v1::ConsentDecision;
use tonic::transport::Channel;

use crate::cli::error::Error;
use crate::cli::resume::is_broken_line;
use crate::cli::visit::{Looked, TypedPin, timed};
use crate::cli::wire;

const MAX_TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(200);

/// What the desk answered.
pub(super) enum Answer {
    Medium(Medium),
    Pin(TypedPin),
    Method(Method),
    VisualCheck(Looked),
    Registration(bool),
    /// The decisions and the version of the wording that they answer.
    Consents(Vec<ConsentDecision>, String),
}

/// Submits an answer.
pub(super) async fn submit(
    client: &CheckInServiceClient<Channel>,
    check_in_id: String,
    action_id: String,
    answer: Answer,
) -> Result<(), Error> {
    match answer {
        Answer::Medium(medium) => {
            let medium = wire::medium_to_wire(medium).into();
            let request = SubmitMediumRequest {
                check_in_id,
                action_id,
                medium,
            };
            patiently(client, async |mut client| {
                client.submit_medium(timed(request.clone())).await
            })
            .await?;
        }
        Answer::Pin(pin) => {
            // The request's own copy ends in the transport's buffers, which belong to tonic; this one is zeroized.
            let request = || SubmitPinRequest {
                check_in_id: check_in_id.clone(),
                action_id: action_id.clone(),
                pin: pin.digits.as_str().to_owned(),
                confirm_last_try: pin.confirm_last_try,
                typed_by_guardian: false,
                last_try_agreed_by: String::new(),
            };
            patiently(client, async |mut client| {
                client.submit_pin(timed(request())).await
            })
            .await?;
        }
        Answer::Method(method) => {
            let request = SubmitMethodRequest {
                check_in_id,
                action_id,
                method: wire::method_to_wire(method).into(),
            };
            patiently(client, async |mut client| {
                client.submit_method(timed(request.clone())).await
            })
            .await?;
        }
        Answer::VisualCheck(looked) => {
            let request = SubmitVisualCheckRequest {
                check_in_id,
                action_id,
                confirmed: looked.confirmed,
                staff_id: looked.staff_id,
                cause: looked.cause.into(),
            };
            patiently(client, async |mut client| {
                client.submit_visual_check(timed(request.clone())).await
            })
            .await?;
        }
        Answer::Registration(register) => {
            let request = SubmitRegistrationRequest {
                check_in_id,
                action_id,
                register,
            };
            patiently(client, async |mut client| {
                client.submit_registration(timed(request.clone())).await
            })
            .await?;
        }
        Answer::Consents(decisions, wording_version) => {
            let request = SubmitConsentsRequest {
                check_in_id,
                action_id,
                decisions,
                wording_version,
            };
            patiently(client, async |mut client| {
                client.submit_consents(timed(request.clone())).await
            })
            .await?;
        }
    }
    Ok(())
}

/// Calls again where the line broke: every call that is made this way is idempotent by its id.
pub(super) async fn patiently<T>(
    client: &CheckInServiceClient<Channel>,
    call: impl AsyncFn(CheckInServiceClient<Channel>) -> Result<tonic::Response<T>, tonic::Status>,
) -> Result<T, Error> {
    let mut tries = 0;
    loop {
        tries += 1;
        match call(client.clone()).await {
            Ok(answer) => return Ok(answer.into_inner()),
            Err(status) if tries < MAX_TRIES && is_broken_line(&status) => tokio::time::sleep(PAUSE).await,
            Err(status) => return Err(status.into()),
        }
    }
}
