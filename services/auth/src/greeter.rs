//! Before a visit: who touches a reader's screen, or lays a card on it and waits, is told that staff are coming. What
//! lies there stays where it is: the visit that the reception starts finds it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use madoguchi_core::ReaderId;
use madoguchi_core::check_in::Guidance;
use madoguchi_core::reader::{Capability, Reader, Readers, Snapshot, State};
use madoguchi_core::screen::{Page, Screen};
use tokio::time::Instant;

/// A reception that is about to start the visit needs no greeting before.
const NOTICED_AFTER: Duration = Duration::from_secs(1);
/// How long showing a page may take.
const SHOWING: Duration = Duration::from_secs(2);
/// How long the greeting stays.
const STAYS: Duration = Duration::from_secs(10);
/// Nobody has said yet which language the patient reads.
const LANGUAGE: &str = "ja";
const GREETING: Page = Page::Guide {
    guidance: Guidance::WaitForStaff,
};

/// What is known of a reader.
#[derive(Debug, Default)]
struct Known {
    touches: u64,
    /// Since when something lies there.
    lies_since: Option<Instant>,
    /// Whoever laid it there was greeted.
    greeted: bool,
}

/// Greets for as long as the readers are told of. Cancel by dropping the future.
pub(crate) async fn run(readers: Arc<dyn Readers>) {
    let mut snapshots = readers.watch();
    let mut known: HashMap<ReaderId, Known> = HashMap::new();
    let mut snapshot = Snapshot::default();
    let mut leave_at: HashMap<ReaderId, Instant> = HashMap::new();
    loop {
        let now = Instant::now();
        let mut wake = now + STAYS;
        for reader in snapshot.readers.iter().filter(|reader| can_greet(reader)) {
            let first_seen = !known.contains_key(&reader.id);
            let state = known.entry(reader.id.clone()).or_default();
            let (greet, due) = state.look(reader, first_seen, now);
            wake = due.map_or(wake, |due| wake.min(due));
            if greet && present(&*readers, &reader.id, GREETING).await {
                leave_at.insert(reader.id.clone(), Instant::now() + STAYS);
            }
        }
        let over: Vec<_> = leave_at
            .iter()
            .filter(|(_, at)| **at <= now)
            .map(|(id, _)| id.clone())
            .collect();
        for id in over {
            leave_at.remove(&id);
            // Where a visit has begun its pages stay.
            present(&*readers, &id, Page::Idle).await;
        }
        wake = leave_at.values().copied().fold(wake, Instant::min);
        tokio::select! {
            biased;
            next = snapshots.next() => match next {
                Some(next) => snapshot = next,
                None => return,
            },
            () = tokio::time::sleep_until(wake) => {}
        }
    }
}

impl Known {
    /// Whether somebody is to be greeted now, else when to look again.
    fn look(&mut self, reader: &Reader, first_seen: bool, now: Instant) -> (bool, Option<Instant>) {
        let touched = !first_seen && reader.touch_count > self.touches;
        self.touches = reader.touch_count;
        if !reader.card_present {
            self.lies_since = None;
            self.greeted = false;
        }
        if reader.state != State::Ready || reader.obstacle().is_some() {
            // A visit's own pages guide the patient.
            self.lies_since = None;
            return (false, None);
        }
        if touched {
            self.greeted = true;
            return (true, None);
        }
        if !reader.card_present || self.greeted {
            return (false, None);
        }
        let due = *self.lies_since.get_or_insert(now) + NOTICED_AFTER;
        if now < due {
            return (false, Some(due));
        }
        self.greeted = true;
        (true, None)
    }
}

/// A maker's program that leads visits welcomes patients itself.
fn can_greet(reader: &Reader) -> bool {
    reader.capabilities.contains(&Capability::Screen) && !reader.capabilities.contains(&Capability::Delegated)
}

/// Shows a page where nobody holds the reader, and gives it back at once: no visit has to wait.
async fn present(readers: &dyn Readers, id: &ReaderId, page: Page) -> bool {
    let Ok(mut lease) = readers.lease(id, Duration::ZERO).await else {
        return false;
    };
    let screen = Screen {
        page,
        language: LANGUAGE.to_owned(),
    };
    lease.present(&screen, SHOWING).await.is_ok()
}
