//! One measured visit: four calls, as an EMR makes them.

use std::time::{Duration, Instant};

use madoguchi_core::{Reason, RequestId};
use madoguchi_proto::certificate::v1::Medium;
use madoguchi_proto::checkin::v1::check_in::State;
use madoguchi_proto::checkin::v1::check_in_service_client::CheckInServiceClient;
use madoguchi_proto::checkin::v1::pending_action::Action;
use madoguchi_proto::checkin::v1::{
    CheckIn, StartCheckInRequest, SubmitConsentsRequest, SubmitPinRequest, WatchCheckInRequest,
    WatchCheckInResponse,
};
use madoguchi_proto::consent::v1::ConsentDecision;
use tonic::Streaming;
use tonic::transport::Channel;

use crate::bench::Error;
use crate::cli::error::reason_of;
use crate::cli::visit::End;
use crate::cli::wire;

/// Start, watch, PIN, consents.
pub(super) const CALLS: u32 = 4;

/// Where a visit's time went, as its caller saw it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) start: Duration,
    pub(super) read: Duration,
    pub(super) pin_and_sign: Duration,
    pub(super) consent: Duration,
    pub(super) eligibility: Duration,
    pub(super) apdus: u32,
}

impl Times {
    pub(super) fn whole(&self) -> Duration {
        self.start + self.read + self.pin_and_sign + self.consent + self.eligibility
    }
}

/// Plays one visit.
pub(super) async fn play(
    client: &mut CheckInServiceClient<Channel>,
    counter: &str,
    pin: &str,
) -> Result<Times, Error> {
    let mut clock = Instant::now();
    let mut lap = || std::mem::replace(&mut clock, Instant::now()).elapsed();
    let started = start(client, counter).await?;
    let start = lap();

    let request = WatchCheckInRequest {
        check_in_id: started.check_in_id.clone(),
        after_sequence: 0,
    };
    let mut changes = client.watch_check_in(request).await?.into_inner();
    let check_in_id = started.check_in_id;
    let asked = until(&mut changes, "", "the PIN", |action| {
        matches!(action, Action::EnterPin(_))
    })
    .await?;
    let read = lap();

    let (action_id, _) = pending(&asked)?;
    let request = SubmitPinRequest {
        check_in_id: check_in_id.clone(),
        action_id: action_id.clone(),
        pin: pin.to_owned(),
        confirm_last_try: false,
        typed_by_guardian: false,
        last_try_agreed_by: String::new(),
    };
    client.submit_pin(request).await?;
    let asked = until(&mut changes, &action_id, "the consents", |action| {
        matches!(action, Action::DecideConsents(_))
    })
    .await?;
    let pin_and_sign = lap();

    let (action_id, action) = pending(&asked)?;
    let Action::DecideConsents(question) = action else {
        return Err(Error::Ended("the visit"));
    };
    let grant = |item| ConsentDecision {
        item,
        granted: true,
        ..ConsentDecision::default()
    };
    let decisions = question.items.iter().map(|asked| grant(asked.item)).collect();
    let wording_version = question.wording_version;
    client
        .submit_consents(SubmitConsentsRequest {
            check_in_id,
            action_id: action_id.clone(),
            decisions,
            wording_version,
        })
        .await?;
    let consent = lap();

    let ended = until(&mut changes, &action_id, "nothing", |_| false).await?;
    let eligibility = lap();
    if ended.state() != State::Completed {
        return Err(Error::Visit(
            End {
                check_in: ended,
                gave_up: None,
                elapsed: Duration::ZERO,
            }
            .reason(),
        ));
    }
    Ok(Times {
        start,
        read,
        pin_and_sign,
        consent,
        eligibility,
        apdus: ended.apdu_count,
    })
}

/// The counter is given free a moment after the last visit's end was told.
async fn start(client: &mut CheckInServiceClient<Channel>, counter: &str) -> Result<CheckIn, Error> {
    let request = StartCheckInRequest {
        request_id: RequestId::generate().to_string(),
        counter_id: counter.to_owned(),
        medium: Medium::Card.into(),
        ..StartCheckInRequest::default()
    };
    loop {
        match client.start_check_in(request.clone()).await {
            Ok(started) => return started.into_inner().check_in.ok_or(Error::Ended("the visit")),
            Err(status) if reason_of(&status) == Some(Reason::CounterBusy) => tokio::task::yield_now().await,
            Err(status) => return Err(status.into()),
        }
    }
}

/// Waits for that action, or for the end. Being asked anything else than what was answered last is an error: nobody
/// would answer it.
async fn until(
    changes: &mut Streaming<WatchCheckInResponse>,
    answered: &str,
    what: &'static str,
    wanted: impl Fn(&Action) -> bool,
) -> Result<CheckIn, Error> {
    while let Some(change) = changes.message().await? {
        let Some(check_in) = change.check_in else { continue };
        if wire::is_terminal(check_in.state()) {
            return Ok(check_in);
        }
        let Some(pending) = &check_in.pending_action else {
            continue;
        };
        if pending.action.as_ref().is_some_and(&wanted) {
            return Ok(check_in);
        }
        if pending.action_id != answered {
            return Err(Error::Asked { wanted: what });
        }
    }
    Err(Error::Ended("the watch"))
}

fn pending(check_in: &CheckIn) -> Result<(String, Action), Error> {
    let pending = check_in.pending_action.clone();
    let found = pending.and_then(|pending| Some((pending.action_id, pending.action?)));
    found.ok_or_else(|| {
        Error::Visit(
            End {
                check_in: check_in.clone(),
                gave_up: None,
                elapsed: Duration::ZERO,
            }
            .reason(),
        )
    })
}
