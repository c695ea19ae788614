//! The folder bridge against something that plays the terminal software: slow, half-written, in cp932 and UTF-8, twice,
//! gone again, and about more than one patient.
#![expect(clippy::unwrap_used, clippy::panic, reason = "assertions")]

mod questions;
mod terminal;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use madoguchi_core::clock::SystemClock;
use madoguchi_core::eligibility::{
    Answer, Availability, Basis, BatchState, Booking, BookingOutcome, Eligibility, NumberQuery, Why,
};
use madoguchi_core::{CallerId, CheckInId, Reason, RequestId};
use madoguchi_eligibility::folder::Folder;
use madoguchi_eligibility::{BatchOptions, Batches, MemoryBatches};
use terminal::{Bench, Terminal, born, patient};
use time::macros::date;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

pub(crate) fn query(number: &str) -> NumberQuery {
    NumberQuery {
        request_id: RequestId::new(format!("r-{number}")).unwrap(),
        insurer_number: "06139999".to_owned(),
        symbol: Some("見本１２".to_owned()),
        number: number.to_owned(),
        branch_number: None,
        birth_date: born(),
        on: Some(date!(2026 - 11 - 27)),
    }
}

async fn visit(bench: &Bench, id: &CheckInId) -> Result<Answer, Reason> {
    let request = bench.request(Some(id.clone())).await;
    bench.folder.check(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_gets_the_result_that_arrives_meanwhile() {
    let bench = Bench::new().await;
    let id = CheckInId::generate();
    let (answer, ()) = tokio::join!(visit(&bench, &id), async {
        sleep(Duration::from_millis(80)).await;
        bench.face("one", &patient("3456")).await;
    });
    let answer = answer.unwrap();
    assert_eq!(
        (answer.basis, answer.insurances[0].number.as_str()),
        (Basis::TerminalResult, "3456")
    );
    assert!(bench.folder.unmatched().await.unwrap().is_empty());
    assert_eq!(bench.names("face").len(), 1, "it is left where it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_visits_and_one_result_are_a_matter_for_staff() {
    let bench = Bench::new().await;
    let (one, other) = (CheckInId::generate(), CheckInId::generate());
    let staff = async {
        sleep(Duration::from_millis(80)).await;
        bench.face("x", &patient("3456")).await;
        let listed = bench.listed(1).await;
        assert_eq!(
            (listed[0].why, listed[0].candidates.len()),
            (Why::SeveralVisits, 2)
        );
        assert_eq!(listed[0].insurances[0].name, "見本　●子");
        let given = bench.folder.assign(&listed[0].id, &other, None).await.unwrap();
        assert_eq!(given.insurances[0].number, "3456");
        // It is that visit's now, and no other's.
        assert_eq!(
            bench.folder.assign(&listed[0].id, &one, None).await,
            Err(Reason::ResultNotFound)
        );
        assert!(bench.folder.assign(&listed[0].id, &other, None).await.is_ok());
    };
    let (first, second, ()) = tokio::join!(visit(&bench, &one), visit(&bench, &other), staff);
    assert_eq!(
        first,
        Err(Reason::EligibilityUnavailable),
        "nothing that came could have been its"
    );
    assert_eq!(second.unwrap().insurances[0].number, "3456");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_visit_and_two_results_are_never_guessed() {
    let bench = Bench::new().await;
    let id = CheckInId::generate();
    let (answer, ()) = tokio::join!(visit(&bench, &id), async {
        sleep(Duration::from_millis(40)).await;
        bench.face("a", &patient("1")).await;
        bench.face("b", &patient("2")).await;
    });
    assert_eq!(answer, Err(Reason::EligibilityAmbiguous));
    let listed = bench.listed(2).await;
    // A visit that is over can still be given its result.
    let given = bench.folder.assign(&listed[1].id, &id, None).await.unwrap();
    assert_eq!(given.insurances[0].number, listed[1].insurances[0].number);
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_the_caller_expects_settles_what_time_cannot() {
    let bench = Bench::new().await;
    let of = async |number: &str| {
        let mut request = bench.request(Some(CheckInId::generate())).await;
        request.expected = Some(madoguchi_core::eligibility::Person {
            insurer_number: Some("06139999".to_owned()),
            number: Some(number.to_owned()),
            branch_number: Some("00".to_owned()),
            birth_date: Some(born()),
            ..Default::default()
        });
        bench.folder.check(request).await.unwrap().insurances[0]
            .number
            .clone()
    };
    let (one, two, ()) = tokio::join!(of("1"), of("2"), async {
        sleep(Duration::from_millis(80)).await;
        bench.face("b", &patient("2")).await;
        bench.face("a", &patient("1")).await;
    });
    assert_eq!((one.as_str(), two.as_str()), ("1", "2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_content_is_one_result_under_any_name_and_after_a_restart() {
    let bench = Bench::new().await;
    bench.face("a", &patient("1")).await;
    assert_eq!(bench.listed(1).await[0].why, Why::NoVisit);
    std::fs::copy(
        bench.path("face", "OQSsiquc01res_face_a_20261126120000.xml"),
        bench.path("face", "oqssiquc01RES_face_copy_1.XML"),
    )
    .unwrap();
    sleep(Duration::from_millis(200)).await;
    assert_eq!(bench.listed(1).await.len(), 1);
    let again = bench.again().await;
    sleep(Duration::from_millis(200)).await;
    assert_eq!(again.unmatched().await.unwrap().len(), 1, "found again, once");
}

/// What comes after a restart may be of a visit that only the last process knew.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_a_result_goes_to_a_proven_person_or_to_staff() {
    let mut bench = Bench::new().await;
    bench.restart().await;
    let id = CheckInId::generate();
    let (answer, ()) = tokio::join!(visit(&bench, &id), async {
        sleep(Duration::from_millis(80)).await;
        bench.face("a", &patient("1")).await;
    });
    assert_eq!(answer, Err(Reason::EligibilityAmbiguous));
    assert_eq!(bench.listed(1).await[0].why, Why::SeveralVisits);
    let mut request = bench.request(Some(CheckInId::generate())).await;
    request.expected = Some(madoguchi_core::eligibility::Person {
        insurer_number: Some("06139999".to_owned()),
        number: Some("2".to_owned()),
        branch_number: Some("00".to_owned()),
        birth_date: Some(born()),
        ..Default::default()
    });
    let (proven, ()) = tokio::join!(bench.folder.check(request), async {
        sleep(Duration::from_millis(80)).await;
        bench.face("b", &patient("2")).await;
    });
    assert_eq!(proven.unwrap().insurances[0].number, "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_half_written_vanishes_or_is_no_result_hurts_nobody() {
    let bench = Bench::new().await;
    let whole = bench.document(&patient("1"));
    let path = bench.path("face", "OQSsiquc01res_face_h_20261126120000.xml");
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    std::fs::write(bench.path("face", "OQSsiquc01res_face_n_1.xml"), "no XML at all").unwrap();
    std::fs::write(bench.path("face", "OQSsiquc01res_face_v_1.xml"), "").unwrap();
    std::fs::write(bench.path("face", "another.xml"), &whole).unwrap();
    let old = bench.path("face", "OQSsiquc01res_face_old_1.xml");
    std::fs::write(&old, bench.document(&patient("7"))).unwrap();
    let file = std::fs::File::options().write(true).open(&old).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(90_000))
        .unwrap();
    sleep(Duration::from_millis(200)).await;
    assert!(bench.folder.unmatched().await.unwrap().is_empty());
    std::fs::remove_file(bench.path("face", "OQSsiquc01res_face_v_1.xml")).unwrap();
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(bench.listed(1).await[0].insurances[0].number, "1");
    // Gone from the folder, kept here: results delete themselves.
    std::fs::remove_file(&path).unwrap();
    sleep(Duration::from_millis(100)).await;
    assert_eq!(bench.folder.unmatched().await.unwrap().len(), 1);
}

async fn until(bench: &Bench, wanted: Availability) {
    for _ in 0..500 {
        if bench.folder.status().availability == wanted {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("it never is {wanted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_away_is_said() {
    let bench = Bench::new().await;
    until(&bench, Availability::Available).await;
    std::fs::remove_dir_all(bench.path("face", "")).unwrap();
    until(&bench, Availability::Away).await;
    std::fs::create_dir(bench.path("face", "")).unwrap();
    until(&bench, Availability::Available).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_that_is_dead_behind_a_live_share_stays_away_and_a_patient_who_stays_away_is_no_outage() {
    let bench = Bench::new().await;
    until(&bench, Availability::Available).await;
    let nobody = visit(&bench, &CheckInId::generate()).await;
    assert_eq!(nobody, Err(Reason::EligibilityUnavailable));
    assert_eq!(bench.folder.status().availability, Availability::Available);
    let dead = bench.folder.check_by_number(&query("1")).await;
    assert_eq!(dead, Err(Reason::EligibilityUnavailable));
    // Many looks later.
    sleep(Duration::from_millis(200)).await;
    assert_eq!(bench.folder.status().availability, Availability::Away);
    let _terminal = Terminal::start(&bench, Duration::from_millis(5));
    bench.folder.check_by_number(&query("1")).await.unwrap();
    assert_eq!(bench.folder.status().availability, Availability::Available);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_is_older_than_the_visit_is_a_matter_for_staff() {
    let bench = Bench::new().await;
    let id = CheckInId::generate();
    let (answer, ()) = tokio::join!(visit(&bench, &id), async {
        sleep(Duration::from_millis(80)).await;
        let old = bench.document_of(&patient("1"), time::Duration::minutes(10));
        std::fs::write(bench.path("face", "OQSsiquc01res_face_o_1.xml"), old).unwrap();
    });
    assert_eq!(answer, Err(Reason::EligibilityUnavailable));
    assert_eq!(bench.listed(1).await[0].why, Why::NoVisit);
}

fn bookings() -> Vec<Booking> {
    ["31", "refused", "32"]
        .into_iter()
        .map(|number| Booking {
            reference: format!("P{number}"),
            query: query(number),
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn tomorrows_bookings_are_checked_in_one_batch_and_outlive_a_restart() {
    let bench = Bench::new().await;
    let kept = Arc::new(MemoryBatches::default());
    let open = |folder: &Folder, ending: CancellationToken| {
        let options = BatchOptions {
            poll: Duration::from_millis(30),
            deadline: Duration::from_secs(60),
        };
        Batches::open(
            kept.clone(),
            Arc::new(folder.clone()),
            Arc::new(SystemClock),
            options,
            ending,
        )
    };
    let caller = CallerId::new("emr").unwrap();
    let first = CancellationToken::new();
    let batches = open(&bench.folder, first.clone());
    let request = RequestId::new("tomorrow").unwrap();
    let batch = batches
        .create(caller.clone(), request.clone(), bookings())
        .await
        .unwrap();
    // Sent again it is the same; with other bookings it is refused.
    let again = batches
        .create(caller.clone(), request.clone(), bookings())
        .await
        .unwrap();
    assert_eq!(again.id, batch.id);
    let other = batches
        .create(caller.clone(), request, bookings()[1..].to_vec())
        .await;
    assert_eq!(other.unwrap_err(), Reason::RequestIdReused);
    // The first process dies with the request on its way.
    while bench.names("req").is_empty() {
        sleep(Duration::from_millis(10)).await;
    }
    first.cancel();
    let _terminal = Terminal::start(&bench, Duration::from_millis(20));
    let batches = open(&bench.again().await, CancellationToken::new());
    let mut rounds = 0;
    let done = loop {
        let now = batches.get(&caller, &batch.id).await.unwrap();
        if now.state.is_over() {
            break now;
        }
        rounds += 1;
        assert!(rounds < 500, "it does not end");
        sleep(Duration::from_millis(20)).await;
    };
    assert_eq!((done.state, done.reason), (BatchState::Done, None));
    let outcomes: Vec<_> = done
        .results
        .iter()
        .map(|result| match &result.outcome {
            BookingOutcome::Answered(answer) => (
                result.reference.as_str(),
                Ok(answer.insurances[0].number.as_str()),
            ),
            BookingOutcome::Failed(reason) => (result.reference.as_str(), Err(*reason)),
        })
        .collect();
    assert_eq!(
        outcomes,
        [
            ("P31", Ok("31")),
            ("Prefused", Err(Reason::EligibilityRefused)),
            ("P32", Ok("32"))
        ]
    );
    let accepted = bench
        .names("req")
        .into_iter()
        .filter(|name| name.starts_with("OQSmuquc01"))
        .count();
    assert_eq!(accepted, 1, "the request was found again and not written twice");
    let stranger = CallerId::new("stranger").unwrap();
    assert_eq!(
        batches.get(&stranger, &batch.id).await.unwrap_err(),
        Reason::BatchCheckNotFound
    );
}
