//! The client: gone in the middle of a visit.

use std::time::{Duration, Instant};

use madoguchi_proto::certificate::v1::Medium;
use madoguchi_proto::checkin::v1::check_in::State;
use madoguchi_proto::checkin::v1::{CancelCheckInRequest, WatchCheckInRequest};
use madoguchi_tests::{Clinic, Setup, Visit, ending, refused, request, run};

/// A client that starts a visit, sees the PIN being asked, and is never heard of again.
async fn gone_while_the_pin_is_pending(clinic: &Clinic, seconds: i64) -> String {
    let card = clinic.card("adult");
    clinic.put_on(&card).await;
    let mut request = request("1", Medium::Card);
    request.visit_timeout = Some(prost_types::Duration { seconds, nanos: 0 });
    let mut visit = Visit::start_with(clinic.gateway.channel().await, request)
        .await
        .unwrap();
    visit.until_state(State::WaitingForPin).await;
    let id = visit.id();
    drop(visit);
    // The patient goes as well.
    drop(card);
    id
}

#[test]
fn a_client_that_is_gone_leaves_a_visit_that_another_can_cancel() {
    run(async {
        let clinic = Setup::default().open().await;
        let id = gone_while_the_pin_is_pending(&clinic, 300).await;
        let busy = Visit::start_with(clinic.gateway.channel().await, request("1", Medium::Card)).await;
        let busy = refused(&busy.unwrap_err());
        assert_eq!(busy.reason, "COUNTER_BUSY");
        let named = busy.metadata.values().any(|value| *value == id);
        assert!(named, "it names the visit under way: {busy:?}");
        let mut client = clinic.gateway.check_ins().await;
        let cancel = CancelCheckInRequest { check_in_id: id };
        let cancelled = client
            .cancel_check_in(cancel.clone())
            .await
            .unwrap()
            .into_inner()
            .check_in
            .unwrap();
        assert_eq!(ending(&cancelled), "cancelled by caller");
        let again = client
            .cancel_check_in(cancel)
            .await
            .unwrap()
            .into_inner()
            .check_in
            .unwrap();
        assert_eq!(again, cancelled, "cancelled twice is cancelled once");
        clinic.empty().await;
        clinic.next_visit_works().await;
    });
}

#[test]
fn a_client_that_is_gone_leaves_a_visit_that_expires() {
    run(async {
        let clinic = Setup::default().open().await;
        let began = Instant::now();
        let id = gone_while_the_pin_is_pending(&clinic, 10).await;
        let mut client = clinic.gateway.check_ins().await;
        let watch = WatchCheckInRequest {
            check_in_id: id,
            after_sequence: 0,
        };
        let mut updates = client.watch_check_in(watch).await.unwrap().into_inner();
        let mut last = None;
        while let Some(update) = updates.message().await.unwrap() {
            last = update.check_in;
        }
        assert_eq!(ending(&last.unwrap()), "expired");
        let took = began.elapsed();
        assert!(
            (Duration::from_secs(9)..Duration::from_secs(20)).contains(&took),
            "{took:?}"
        );
        clinic.empty().await;
        clinic.next_visit_works().await;
    });
}
