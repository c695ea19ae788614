//! The clients' books against the gateway's.

use std::collections::BTreeMap;
use std::time::Duration;

use madoguchi_audit::{EntryStore as _, verify_chain};
use madoguchi_core::audit::{Action, Entry, Event};
use madoguchi_proto::checkin::v1::CheckIn;
use madoguchi_proto::checkin::v1::check_in::State;
use madoguchi_proto::checkin::v1::check_in_outcome::Outcome;
use madoguchi_proto::consent::v1::{ConsentDecision, ConsentReceipt};
use madoguchi_store::Store;

use crate::house::House;
use crate::ledger::{Known, Ledger};
use crate::line::Line;

/// So many entries are read at once.
const PAGE: u32 = 5_000;
/// Within that, all checks that were put off are settled.
const SETTLED: Duration = Duration::from_secs(60);

/// A visit as its client knows it, and as the gateway says it is: what was acknowledged is there, once.
pub(crate) fn compare(id: &str, known: &Known, now: &CheckIn, receipts: &[ConsentReceipt]) {
    if let Some(end) = &known.end {
        let (mut now, mut end) = (now.clone(), end.clone());
        if end.state() != State::Completed {
            // Its check may have been put off before the kill: what the service said of the consent when it was back stands
            // in the receipt as well.
            for receipt in [&mut now.consent_receipt, &mut end.consent_receipt]
                .into_iter()
                .flatten()
            {
                receipt.confirmation = None;
                receipt.effective_items.clear();
                for decision in &mut receipt.decisions {
                    decision.meaning = 0;
                }
            }
        }
        let differ = differences(&now, &end);
        assert!(
            differ.is_empty(),
            "{id} has not ended as its client was told: {differ:?}"
        );
    }
    assert!(receipts.len() <= 1, "{id} has {} receipts", receipts.len());
    match (receipts.first(), &known.submitted) {
        (None, _) => assert!(!known.acknowledged, "the receipt of {id} is lost"),
        (Some(_), None) => panic!("{id} has a receipt of answers that nobody gave"),
        (Some(receipt), Some(submitted)) => {
            assert_eq!(receipt.check_in_id, id);
            assert_eq!(
                sorted(&receipt.decisions),
                sorted(submitted),
                "{id}: other answers"
            );
        }
    }
}

/// The fields that differ; what is in them is nobody's to read.
fn differences(now: &CheckIn, end: &CheckIn) -> Vec<&'static str> {
    let fields = [
        ("sequence", now.sequence != end.sequence),
        ("state", now.state != end.state),
        (
            "certificate_check",
            now.certificate_check != end.certificate_check,
        ),
        ("consent_receipt", now.consent_receipt != end.consent_receipt),
        (
            "eligibility_answer",
            now.eligibility_answer != end.eligibility_answer,
        ),
        ("outcome", now.outcome != end.outcome),
        ("evidence", now.evidence != end.evidence),
        ("another one", now != end),
    ];
    let differ = fields.iter().filter(|(_, differs)| *differs);
    differ.map(|(field, _)| *field).collect()
}

fn sorted(decisions: &[ConsentDecision]) -> BTreeMap<i32, bool> {
    decisions.iter().map(|one| (one.item, one.granted)).collect()
}

/// Holds all of them against each other, while the gateway runs and when it has ended.
pub(crate) async fn agree(house: &mut House, ledger: &Ledger) {
    let line = Line::wait(&house.endpoint()).await;
    let visits = ledger.visits.borrow().clone();
    let mut receipts = BTreeMap::new();
    for (id, known) in &visits {
        let (now, kept) = (line.check_in(id).await.unwrap(), line.receipts(id).await.unwrap());
        assert!(now.outcome.is_some(), "{id} has not ended");
        compare(id, known, &now, &kept);
        // Whose identity is known has evidence, the one that the client was given; nobody else has any.
        let vouched = line.evidence(id).await.unwrap();
        assert_eq!(vouched.unwrap_or_default(), now.evidence, "{id}: other evidence");
        let is_known = matches!(now.state(), State::Completed | State::Deferred);
        assert_eq!(is_known, !now.evidence.is_empty(), "{id}");
        receipts.insert(id.as_str(), kept.len());
    }
    queue(&line, &visits).await;
    house.close().await;

    let store = Store::open(&house.database()).unwrap();
    let mut entries: Vec<Entry> = Vec::new();
    loop {
        let after = entries.last().map_or(0, |entry| entry.sequence);
        let more = store.entries(after, PAGE).await.unwrap();
        if more.is_empty() {
            break;
        }
        entries.extend(more);
    }
    store.close().await.unwrap();
    let head = verify_chain(None, &entries).unwrap().unwrap();
    assert_eq!(head.sequence, u64::try_from(entries.len()).unwrap());
    println!(
        "{} entries in the audit chain, from the first to the last",
        entries.len()
    );
    audited(&entries, &visits, &receipts);
}

/// What auditors were told of each visit.
fn audited(entries: &[Entry], visits: &BTreeMap<String, Known>, receipts: &BTreeMap<&str, usize>) {
    let mut told: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for Entry { event, .. } in entries {
        if event.action == Action::RpcCalled {
            continue;
        }
        if let Some(id) = &event.check_in_id {
            told.entry(id.as_str()).or_default().push(event);
        }
    }
    let (known, heard): (Vec<_>, Vec<_>) = (visits.keys().collect(), told.keys().collect());
    assert_eq!(
        known, heard,
        "auditors know the visits that the clients know, and no others"
    );
    for (id, known) in visits {
        let events = &told[id.as_str()];
        let of = |action: Action| events.iter().filter(move |event| event.action == action);
        assert_eq!(
            of(Action::CheckInStarted).count(),
            1,
            "{id} began once: {events:?}"
        );
        assert_eq!(events[0].action, Action::CheckInStarted, "{id}: {events:?}");
        assert_eq!(
            of(Action::ConsentRecorded).count(),
            receipts[id.as_str()],
            "{id}: {events:?}"
        );
        assert!(
            known.pins <= of(Action::PinSubmitted).count(),
            "{id}: an untold PIN: {events:?}"
        );
        assert!(of(Action::PinSubmitted).count() <= 1, "{id}: {events:?}");
        let ends: Vec<_> = of(Action::CheckInEnded).collect();
        let [end] = &ends[..] else {
            panic!("{id} ended {} times: {events:?}", ends.len())
        };
        let reason = end.reason.map(|reason| reason.code().to_owned());
        assert_eq!(reason, why(known), "{id}: {events:?}");
        if known.end.as_ref().is_some_and(|end| deferral(end).is_some()) {
            assert_eq!(of(Action::EligibilityDeferred).count(), 1, "{id}: {events:?}");
            assert_eq!(of(Action::EligibilityReconciled).count(), 1, "{id}: {events:?}");
        }
    }
}

/// Why the visit ended so, as its client was told.
fn why(known: &Known) -> Option<String> {
    match known.end.clone()?.outcome?.outcome? {
        Outcome::Failed(failure) => Some(failure.reason),
        Outcome::Deferred(deferred) => Some(deferred.reason),
        _ => None,
    }
}

fn deferral(end: &CheckIn) -> Option<&str> {
    match end.outcome.as_ref()?.outcome.as_ref()? {
        Outcome::Deferred(deferred) => Some(&deferred.deferral_id),
        _ => None,
    }
}

/// The queue of checks that were put off agrees with the audit chain, holds each that a client was told of, and each is
/// settled once the service is there; then every check counts once.
async fn queue(line: &Line, visits: &BTreeMap<String, Known>) {
    let until = tokio::time::Instant::now() + SETTLED;
    let report = loop {
        let report = line.deferral_report().await.unwrap();
        assert!(report.holds, "queue and audit chain disagree: {report:?}");
        if report.open_count == 0 {
            break report;
        }
        assert!(
            tokio::time::Instant::now() < until,
            "{} are open still",
            report.open_count
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let put_off = u64::try_from(report.deferrals.len()).unwrap();
    assert_eq!(report.answered_count, put_off, "{report:?}");
    for known in visits.values() {
        if let Some(id) = known.end.as_ref().and_then(deferral) {
            let kept = report
                .deferrals
                .iter()
                .filter(|kept| kept.deferral_id == id)
                .count();
            assert_eq!(kept, 1, "the queue holds {id} once");
        }
    }
    let completed = visits.values().filter(|known| {
        let end = known.end.as_ref();
        end.is_some_and(|end| end.state() == State::Completed)
    });
    let answered = u64::try_from(completed.count()).unwrap() + put_off;
    assert_eq!(
        line.check_count().await.unwrap(),
        answered,
        "each check counts once"
    );
    println!("{put_off} checks put off, each settled once");
}
