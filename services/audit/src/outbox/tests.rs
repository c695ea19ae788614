use std::sync::PoisonError;

use madoguchi_core::audit::{Action, Event};
use time::OffsetDateTime;

use super::*;
use crate::MemoryEntries;

/// Events that wait; the oldest is removed as often as the test lets it be.
#[derive(Default)]
struct Waiting {
    #[expect(
        clippy::disallowed_types,
        reason = "a fake, locked for one step and never across an await"
    )]
    kept: std::sync::Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    rows: Vec<Told>,
    removed: u64,
    stuck: bool,
}

impl Waiting {
    fn with<T>(&self, work: impl FnOnce(&mut Kept) -> T) -> T {
        work(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Outbox for Waiting {
    async fn next(&self) -> Result<Option<(u64, Told)>, Reason> {
        Ok(self.with(|kept| {
            let first = kept.rows.first().cloned()?;
            Some((kept.removed, first))
        }))
    }

    async fn remove(&self, number: u64) -> Result<(), Reason> {
        self.with(|kept| {
            if kept.stuck {
                return Err(Reason::StoreUnavailable);
            }
            assert_eq!(number, kept.removed, "it is the oldest");
            kept.rows.remove(0);
            kept.removed += 1;
            Ok(())
        })
    }
}

/// Three events, two of which say the same.
fn waiting() -> Arc<Waiting> {
    let waiting = Waiting::default();
    let actions = [
        Action::ConsentExpired,
        Action::ConsentExpired,
        Action::CheckInEnded,
    ];
    let at = OffsetDateTime::UNIX_EPOCH;
    waiting.with(|kept| kept.rows = actions.map(|action| Told::new(at, Event::new(action))).to_vec());
    Arc::new(waiting)
}

async fn carried(log: &MemoryEntries) -> Vec<Action> {
    let entries = log.entries(0, 100).await.unwrap();
    entries.iter().map(|entry| entry.event.action).collect()
}

const ALL: [Action; 3] = [
    Action::ConsentExpired,
    Action::ConsentExpired,
    Action::CheckInEnded,
];

#[tokio::test]
async fn what_was_carried_and_not_removed_is_not_carried_again() {
    let (outbox, log) = (waiting(), Arc::<MemoryEntries>::default());
    outbox.with(|kept| kept.stuck = true);
    for _ in 0..3 {
        // In one process after the other, and several times in one.
        let opened = Carrier::open(outbox.clone(), log.clone()).await;
        assert_eq!(opened.err(), Some(Reason::StoreUnavailable));
    }
    assert_eq!(carried(&log).await, ALL[..1]);
    outbox.with(|kept| kept.stuck = false);
    let carrier = Carrier::open(outbox.clone(), log.clone()).await.unwrap();
    carrier.carry().await.unwrap();
    assert_eq!(carried(&log).await, ALL);
}

#[tokio::test]
async fn what_was_written_and_not_acknowledged_is_not_written_again() {
    let (outbox, log) = (waiting(), Arc::<MemoryEntries>::default());
    let carrier = Carrier {
        outbox: outbox.clone(),
        log: log.clone(),
    };
    log.set_mute(true);
    for _ in 0..2 {
        assert_eq!(carrier.carry().await, Err(Reason::StoreUnavailable));
    }
    log.set_mute(false);
    carrier.carry().await.unwrap();
    assert_eq!(carried(&log).await, ALL);
    assert!(outbox.with(|kept| kept.rows.is_empty()));
}
