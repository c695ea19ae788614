//! An authentication and a table for it.

use std::sync::Arc;

use futures_util::StreamExt;
use madoguchi_core::authentication::{Authentication, State};
use madoguchi_core::check_in::Failure;
use madoguchi_core::clock::FixedClock;
use madoguchi_core::{AuthenticationId, CallerId, CounterId, Reason, RequestId};
use madoguchi_session::{
    MemoryResources, Options, Publisher, Request, ResourceStore, Started, Table, Updates,
};
use time::OffsetDateTime;
use time::macros::datetime;

pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-22 09:00 UTC);

pub(crate) fn authentication() -> Authentication {
    let long_ago = datetime!(2000-01-01 0:00 UTC);
    Authentication {
        id: AuthenticationId::generate(),
        caller: CallerId::new("emr").unwrap(),
        counter_id: CounterId::new("counter-1").unwrap(),
        sequence: 99,
        state: State::ChoosingMedium,
        pending: None,
        guidance: None,
        medium: None,
        method: None,
        visual_check: None,
        reader_id: None,
        check: None,
        proof: None,
        failure: None,
        cancelled_by: None,
        apdu_count: 0,
        started_at: long_ago,
        updated_at: long_ago,
        expires_at: long_ago,
    }
}

pub(crate) fn in_state(authentication: &Authentication, state: State) -> Authentication {
    Authentication {
        state,
        ..authentication.clone()
    }
}

pub(crate) fn request(request_id: &str, fingerprint: &str) -> Request {
    Request {
        caller: CallerId::new("emr").unwrap(),
        request_id: RequestId::new(request_id).unwrap(),
        fingerprint: fingerprint.to_owned(),
    }
}

fn restarted(left_open: Authentication) -> Authentication {
    let failure = Failure {
        reason: Reason::GatewayRestarted,
        next_steps: vec![],
    };
    Authentication {
        state: State::Failed,
        failure: Some(failure),
        ..left_open
    }
}

pub(crate) async fn table(store: &Arc<MemoryResources>, max_live: u32) -> Table<Authentication> {
    let store = Arc::clone(store) as Arc<dyn ResourceStore>;
    Table::open(&Options { max_live }, store, Arc::new(FixedClock(NOW)), restarted)
        .await
        .unwrap()
}

pub(crate) async fn started(table: &Table<Authentication>, request_id: &str) -> Publisher<Authentication> {
    match table
        .start(request(request_id, "x"), authentication())
        .await
        .unwrap()
    {
        Started::New(publisher) => publisher,
        Started::Existing(_) => panic!("it is new"),
    }
}

/// The next state of a watcher: its number and what it is.
pub(crate) async fn next(updates: &mut Updates<Authentication>) -> Option<(u64, State)> {
    updates.next().await.map(|state| (state.sequence, state.state))
}
