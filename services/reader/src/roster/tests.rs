use super::*;

use madoguchi_core::StaffId;
use madoguchi_twin::TwinReaders;
use time::macros::datetime;

use crate::MemoryService;

const WAIT: Duration = Duration::from_secs(5);

fn word() -> OutOfService {
    OutOfService {
        since: datetime!(2026-11-22 09:00 UTC),
        staff_id: StaffId::new("nurse-7").unwrap(),
        note: "cracked glass".to_owned(),
    }
}

async fn roster() -> (TwinReaders, Arc<MemoryService>, Arc<Roster>, ReaderId) {
    let readers = TwinReaders::new(1).unwrap();
    let id = readers.id(1).unwrap();
    let store = Arc::new(MemoryService::default());
    let roster = Roster::open(Arc::new(readers.clone()), store.clone())
        .await
        .unwrap();
    (readers, store, Arc::new(roster), id)
}

#[tokio::test]
async fn a_reader_out_of_service_is_listed_as_it_is_and_not_given_out() {
    let (_readers, store, roster, id) = roster().await;
    let before = roster.snapshot();
    let taken = roster.take_out(&id, word()).await.unwrap().unwrap();
    assert_eq!(taken.state, before.readers[0].state, "how it is stays apart");
    assert_eq!(taken.out_of_service, Some(word()));
    assert_eq!(taken.obstacle(), Some(Reason::ReaderOutOfService));
    assert!(roster.snapshot().sequence > before.sequence);
    assert_eq!(
        roster.lease(&id, WAIT).await.err(),
        Some(Reason::ReaderOutOfService)
    );
    assert_eq!(store.out_of_service().await.unwrap().len(), 1);

    let back = roster.put_back(&id).await.unwrap().unwrap();
    assert_eq!((back.out_of_service.clone(), back.obstacle()), (None, None));
    assert!(roster.lease(&id, WAIT).await.is_ok());
    assert!(roster.put_back(&id).await.is_ok(), "twice is once");
}

#[tokio::test]
async fn who_stands_in_line_is_told_and_who_holds_it_is_left_alone() {
    let (_readers, _, roster, id) = roster().await;
    let held = roster.lease(&id, WAIT).await.unwrap();
    let in_line = tokio::spawn({
        let (roster, id) = (Arc::clone(&roster), id.clone());
        async move { roster.lease(&id, Duration::from_secs(60)).await.err() }
    });
    tokio::task::yield_now().await;
    roster.take_out(&id, word()).await.unwrap();
    assert_eq!(in_line.await.unwrap(), Some(Reason::ReaderOutOfService));
    assert_eq!(held.reader_id(), &id);
}

#[tokio::test]
async fn watchers_see_both_kinds_of_change_in_rising_order() {
    let (readers, _, roster, id) = roster().await;
    let mut seen = roster.watch();
    let mut next = async || tokio::time::timeout(WAIT, seen.next()).await.unwrap().unwrap();
    let first = next().await;
    assert_eq!(first.readers[0].out_of_service, None);
    roster.take_out(&id, word()).await.unwrap();
    let second = next().await;
    assert!(second.readers[0].out_of_service.is_some() && second.sequence > first.sequence);
    readers.change(&id, |reader| reader.display_name = "Another port".to_owned());
    let third = next().await;
    assert!(third.readers[0].out_of_service.is_some() && third.sequence > second.sequence);
    assert_eq!(third.readers[0].display_name, "Another port");
}

#[tokio::test]
async fn the_word_outlives_the_process_and_the_plug() {
    let (readers, store, roster, id) = roster().await;
    roster.take_out(&id, word()).await.unwrap();
    drop(roster);
    readers.set(Vec::new());
    let next = Roster::open(Arc::new(readers.clone()), store).await.unwrap();
    assert_eq!(next.snapshot().readers, []);
    assert_eq!(next.out_of_service(), [(id.clone(), word())]);
    assert_eq!(next.put_back(&id).await, Ok(None), "it may be away");
    assert_eq!(next.put_back(&id).await, Err(Reason::ReaderNotFound));
    assert_eq!(next.take_out(&id, word()).await, Err(Reason::ReaderNotFound));
}

#[tokio::test]
async fn a_reader_whose_return_was_kept_and_not_told_is_in_service_when_it_is_said_again() {
    let (_readers, store, roster, id) = roster().await;
    roster.take_out(&id, word()).await.unwrap();
    // The disk had it, and its answer came too late.
    store.put_back(&id).await.unwrap();
    let back = roster.put_back(&id).await.unwrap().unwrap();
    assert_eq!((back.out_of_service.clone(), back.obstacle()), (None, None));
    assert!(roster.lease(&id, WAIT).await.is_ok());
}
