use madoguchi_core::audit::{Action, Entry};
use madoguchi_core::clock::FixedClock;
use time::macros::datetime;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{MemoryEntries, verify_chain};

const NOW: OffsetDateTime = datetime!(2026-11-22 09:00:00.123456789 UTC);

struct House {
    store: Arc<MemoryEntries>,
    log: Log,
    ending: CancellationToken,
    keeping: tokio::task::JoinHandle<()>,
}

impl House {
    fn new(when_full: WhenFull, max_waiting: u32) -> Self {
        let store = Arc::new(MemoryEntries::default());
        let options = Options {
            when_full,
            max_waiting,
            retry: Duration::from_millis(10),
        };
        let (log, keeper) = Log::with_keeper(store.clone(), Arc::new(FixedClock(NOW)), &options);
        let ending = CancellationToken::new();
        let keeping = tokio::spawn(keeper.run(ending.clone()));
        Self {
            store,
            log,
            ending,
            keeping,
        }
    }

    /// Waits until the log is well and has that many entries.
    async fn entries(&self, count: usize) -> Vec<Entry> {
        let until = async {
            loop {
                let entries = self.store.entries(0, 1_000).await.unwrap();
                if entries.len() >= count && self.log.is_well() {
                    return entries;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let entries = tokio::time::timeout(Duration::from_secs(10), until)
            .await
            .unwrap();
        assert!(verify_chain(None, &entries).is_ok());
        assert_eq!(entries.len(), count, "{entries:?}");
        entries
    }
}

fn actions(entries: &[Entry]) -> Vec<Action> {
    entries.iter().map(|entry| entry.event.action).collect()
}

#[tokio::test]
async fn the_store_in_memory_keeps_the_contract() {
    crate::contract::entry_store(&MemoryEntries::default()).await;
    crate::contract::chain_store(&MemoryEntries::default()).await;
    crate::contract::seals_below_the_head(&MemoryEntries::default()).await;
}

#[tokio::test]
async fn events_become_a_chain() {
    let store = Arc::new(MemoryEntries::default());
    let log = Log::new(
        Arc::clone(&store) as Arc<dyn EntryStore>,
        Arc::new(FixedClock(NOW)),
    );
    let told = [Action::CheckInStarted, Action::PinVerified, Action::CheckInEnded];
    for action in told {
        log.append(Event::new(action)).await.unwrap();
    }
    let entries = store.entries(0, 10).await.unwrap();
    assert_eq!(actions(&entries), told);
    assert_eq!(entries[0].recorded_at, datetime!(2026-11-22 09:00:00.123456 UTC));
    assert!(verify_chain(None, &entries).is_ok());
}

#[tokio::test]
async fn what_nobody_waits_for_is_written_too_also_at_the_end() {
    let house = House::new(WhenFull::FailClosed, 100);
    house
        .log
        .append_soon(Event::new(Action::RpcCalled))
        .await
        .unwrap();
    house.entries(1).await;
    for _ in 0..40 {
        house.log.note(Event::new(Action::RpcCalled));
    }
    house.ending.cancel();
    house.keeping.await.unwrap();
    assert_eq!(house.store.entries(0, 100).await.unwrap().len(), 41);
}

#[tokio::test]
async fn fail_closed_refuses_and_says_how_much() {
    let house = House::new(WhenFull::FailClosed, 100);
    house.store.set_full(true);
    let event = || Event::new(Action::PinSubmitted);
    assert_eq!(house.log.append(event()).await, Err(Reason::StoreUnavailable));
    // From now on who only reads has to wait too.
    assert_eq!(
        house.log.append_soon(event()).await,
        Err(Reason::StoreUnavailable)
    );
    let health = house.log.health();
    assert_eq!((health.failing_since.is_some(), health.lost), (true, 2));
    house.store.set_full(false);
    let entries = house.entries(1).await;
    let interruption = entries[0].event.interruption.clone().unwrap();
    assert_eq!(actions(&entries), [Action::LogInterrupted]);
    assert_eq!((interruption.late, interruption.lost), (0, 2));
    assert_eq!(house.log.append(event()).await, Ok(()));
    assert_eq!(house.log.health().lost, 0);
}

#[tokio::test]
async fn going_on_keeps_what_it_can_and_says_what_it_could_not() {
    let house = House::new(WhenFull::GoOn, 3);
    house.store.set_full(true);
    for _ in 0..10 {
        assert_eq!(house.log.append(Event::new(Action::CheckInStarted)).await, Ok(()));
    }
    assert!(!house.log.is_well());
    house.store.set_full(false);
    // One of them may have been taken out of the queue already and be tried.
    let until = async {
        while !house.log.is_well() || house.log.health().waiting > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), until)
        .await
        .unwrap();
    let entries = house.store.entries(0, 100).await.unwrap();
    let interruption = entries[0].event.interruption.clone().unwrap();
    assert_eq!(interruption.late + interruption.lost, 10);
    assert!((3..=4).contains(&interruption.late), "{interruption:?}");
    assert_eq!(u64::try_from(entries.len()).unwrap(), interruption.late + 1);
    assert!(verify_chain(None, &entries).is_ok());
}

/// The disk takes it, and says so too late: the event is told again, and written once.
#[tokio::test]
async fn what_was_written_and_not_acknowledged_is_written_once() {
    for when_full in [WhenFull::GoOn, WhenFull::FailClosed] {
        let house = House::new(when_full, 10);
        house.store.set_mute(true);
        house.log.note(Event::new(Action::CheckInEnded));
        let begun = async {
            while house.log.is_well() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), begun)
            .await
            .unwrap();
        if when_full == WhenFull::GoOn {
            house
                .log
                .append(Event::new(Action::CheckInStarted))
                .await
                .unwrap();
        }
        house.store.set_mute(false);
        let until = async {
            while !house.log.is_well() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), until)
            .await
            .unwrap();
        let entries = house.store.entries(0, 1_000).await.unwrap();
        let of = |action| {
            entries
                .iter()
                .filter(|entry| entry.event.action == action)
                .count()
        };
        assert_eq!(of(Action::CheckInEnded), 1, "{entries:?}");
        assert_eq!(of(Action::LogInterrupted), 1, "{entries:?}");
        assert_eq!(
            of(Action::CheckInStarted),
            usize::from(when_full == WhenFull::GoOn)
        );
        house.ending.cancel();
        house.keeping.await.unwrap();
    }
}
