//! What every [`EntryStore`] keeps to. The store in memory and each database run the same suite.
#![expect(clippy::unwrap_used, reason = "a suite of assertions")]

use madoguchi_core::audit::{Action, Call, Event, Interruption, Word};
use madoguchi_core::check_in::{VisualCause, VisualCheck};
use madoguchi_core::{
    CallerId, CaseId, CheckInId, CounterId, DeferralId, DriverId, InstanceId, Medium, Method, ReaderId,
    Reason, StaffId,
};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::{ChainStore, Checkpoint, EntryStore, Head, Segment, Statement, Told, verify_chain};

/// Runs the whole suite on an empty store.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn entry_store(store: &dyn EntryStore) {
    assert_eq!(store.entries(0, 10).await, Ok(vec![]));
    assert_eq!(store.head().await, Ok(None));
    let full = Event {
        action: Action::Authenticated,
        caller: Some(CallerId::new("spiffe://clinic/emr").unwrap()),
        counter_id: Some(CounterId::new("counter-1").unwrap()),
        authentication_id: None,
        check_in_id: Some(CheckInId::generate()),
        medium: Some(Medium::IPhone),
        method: Some(Method::Device),
        reason: Some(Reason::SignatureInvalid),
        visual_check: Some(VisualCheck {
            confirmed: true,
            staff_id: StaffId::new("staff-7").unwrap(),
            cause: Some(VisualCause::CannotUseReader),
        }),
        reader_id: Some(ReaderId::new("canon:C-1").unwrap()),
        driver_id: Some(DriverId::new("canon").unwrap()),
        staff_id: Some(StaffId::new("staff-8").unwrap()),
        deferral_id: Some(DeferralId::generate()),
        call: Some(Call {
            method: Word::new("/madoguchi.checkin.v1.CheckInService/SubmitPin"),
            roles: vec![Word::new("emr"), Word::new("staff")],
            code: Word::new("OK"),
        }),
        interruption: Some(Interruption {
            from_microseconds: 1,
            to_microseconds: 2,
            late: 3,
            lost: 4,
        }),
        case_id: Some(CaseId::generate()),
    };
    let at = datetime!(2026-11-22 09:00:00.123456 UTC);
    let first = store.append(at, full.clone()).await.unwrap();
    assert_eq!((first.sequence, first.recorded_at, &first.event), (1, at, &full));
    // A clock that was set back changes nothing about the order.
    let second = store
        .append(datetime!(2020-01-01 0:00 UTC), Event::new(Action::CheckInEnded))
        .await
        .unwrap();
    let third = store.append(at, full).await.unwrap();

    // What goes in comes out, and hangs together.
    let all = store.entries(0, 10).await.unwrap();
    assert_eq!(all, [first.clone(), second.clone(), third.clone()]);
    assert_eq!(verify_chain(None, &all), Ok(Some(Head::of(&third))));
    assert_eq!(store.entries(0, 2).await, Ok(vec![first.clone(), second.clone()]));
    assert_eq!(store.entries(1, 1).await, Ok(vec![second]));
    assert_eq!(store.entries(3, 10).await, Ok(vec![]));

    // Several at once go in as they are given.
    let later = [Action::PinSubmitted, Action::PinVerified].map(|action| Told::new(at, Event::new(action)));
    store.append_once(later.to_vec()).await.unwrap();
    store.append_once(Vec::new()).await.unwrap();
    let all = store.entries(0, 10).await.unwrap();
    assert_eq!(
        all[3..]
            .iter()
            .map(|entry| entry.event.action)
            .collect::<Vec<_>>(),
        [Action::PinSubmitted, Action::PinVerified]
    );
    assert_eq!(verify_chain(None, &all).unwrap(), store.head().await.unwrap());

    // Told again, they are passed over, and what came with them is not; the same event of another name is another one.
    let [first, second] = later;
    let same = Told::new(at, second.event.clone());
    let again = vec![second, same.clone(), same, first];
    store.append_once(again).await.unwrap();
    let all = store.entries(0, 10).await.unwrap();
    assert_eq!(all.len(), 6);
    assert_eq!(all[5].event.action, Action::PinVerified);
    assert_eq!(verify_chain(None, &all).unwrap(), store.head().await.unwrap());
}

const AT: OffsetDateTime = datetime!(2026-11-22 09:00:00 UTC);

fn checkpoint(gateway: &InstanceId, head: &Head, segment: u64, count: u64) -> Checkpoint {
    Checkpoint {
        statement: Statement {
            count,
            gateway: gateway.clone(),
            hash: head.hash.clone(),
            segment,
            sequence: head.sequence,
            time: AT,
        },
        jws: format!("a.b.{}", head.sequence),
    }
}

/// The head is stated before the segment below it is sealed, and an end is stated twice: the order is that of the chain.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn seals_below_the_head(store: &dyn ChainStore) {
    let name = InstanceId::generate();
    let mut heads = Vec::new();
    for _ in 0..4 {
        let entry = store.append(AT, Event::new(Action::CheckInEnded)).await.unwrap();
        heads.push(Head::of(&entry));
    }
    let head = checkpoint(&name, &heads[3], 1, 4);
    store.keep_checkpoint(head.clone()).await.unwrap();
    let end = checkpoint(&name, &heads[1], 1, 2);
    let seal = Checkpoint {
        jws: "a.b.seal".to_owned(),
        ..end.clone()
    };
    store.keep_checkpoint(end.clone()).await.unwrap();
    let segment = Segment {
        number: 1,
        previous: None,
        newest_at: AT,
        seal: seal.clone(),
        file_sha256: None,
        forgotten: false,
    };
    store.seal(segment).await.unwrap();
    assert_eq!(store.last_checkpoint().await, Ok(Some(head.clone())));
    assert_eq!(
        store.checkpoints(0, 9).await,
        Ok(vec![end.clone(), seal.clone(), head.clone()])
    );
    // A page ends between entries, and an export behind the segment finds its end.
    assert_eq!(store.checkpoints(0, 1).await, Ok(vec![end, seal]));
    assert_eq!(store.checkpoints(2, 1).await, Ok(vec![head]));
    assert_eq!(store.checkpoints(4, 1).await, Ok(vec![]));
}

/// Runs the suite for what is known about the chain on an empty store.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn chain_store(store: &dyn ChainStore) {
    let name = InstanceId::generate();
    assert_eq!(store.instance(name.clone()).await, Ok(name.clone()));
    assert_eq!(store.instance(InstanceId::generate()).await, Ok(name.clone()));
    assert_eq!(store.last_checkpoint().await, Ok(None));
    assert_eq!(store.last_segment().await, Ok(None));
    let mut heads = Vec::new();
    for _ in 0..6 {
        let entry = store.append(AT, Event::new(Action::CheckInEnded)).await.unwrap();
        heads.push(Head::of(&entry));
    }

    // The order is that of the chain, whatever was stated first.
    let first = checkpoint(&name, &heads[1], 1, 2);
    store.keep_checkpoint(first.clone()).await.unwrap();
    assert_eq!(store.last_checkpoint().await, Ok(Some(first.clone())));
    let segment = |number: u64, previous: Option<&Head>, end: &Head| Segment {
        number,
        previous: previous.cloned(),
        newest_at: AT,
        seal: checkpoint(
            &name,
            end,
            number,
            end.sequence - previous.map_or(0, |head| head.sequence),
        ),
        file_sha256: None,
        forgotten: false,
    };

    // Segments follow each other, and a seal is a checkpoint.
    let one = segment(1, None, &heads[2]);
    let two = segment(2, Some(&heads[2]), &heads[5]);
    assert_eq!(store.seal(two.clone()).await, Err(Reason::Internal));
    store.seal(one.clone()).await.unwrap();
    assert_eq!(store.seal(one.clone()).await, Err(Reason::Internal));
    store.seal(two.clone()).await.unwrap();
    assert_eq!(store.last_segment().await, Ok(Some(two.clone())));
    assert_eq!(store.segments(0, 10).await, Ok(vec![one.clone(), two.clone()]));
    assert_eq!(store.segments(1, 10).await, Ok(vec![two.clone()]));
    assert_eq!(store.last_checkpoint().await, Ok(Some(two.seal.clone())));
    assert_eq!(
        store.checkpoints(0, 2).await,
        Ok(vec![first.clone(), one.seal.clone()])
    );
    assert_eq!(store.checkpoints(3, 9).await, Ok(vec![two.seal.clone()]));

    // Nothing leaves without a file.
    assert_eq!(store.forget(1).await, Ok(0));
    assert_eq!(store.entries(0, 10).await.unwrap().len(), 6);
    store.note_file(1, "aa".to_owned()).await.unwrap();
    store.note_file(1, "bb".to_owned()).await.unwrap();
    assert_eq!(store.forget(1).await, Ok(3));
    let left = store.entries(0, 10).await.unwrap();
    assert_eq!(
        verify_chain(Some(heads[2].clone()), &left),
        Ok(Some(heads[5].clone()))
    );
    let forgotten = Segment {
        file_sha256: Some("aa".to_owned()),
        forgotten: true,
        ..one
    };
    assert_eq!(store.segments(0, 1).await, Ok(vec![forgotten]));

    // The chain goes on, also where no entry is left.
    store.note_file(2, "cc".to_owned()).await.unwrap();
    assert_eq!(store.forget(2).await, Ok(3));
    assert_eq!(store.head().await, Ok(Some(heads[5].clone())));
    let next = store
        .append(AT, Event::new(Action::CheckInStarted))
        .await
        .unwrap();
    assert_eq!(
        verify_chain(Some(heads[5].clone()), [&next]),
        Ok(Some(Head::of(&next)))
    );
    assert_eq!(next.sequence, 7);
}
