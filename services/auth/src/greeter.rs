//! Before a visit: who touches a reader's screen, or lays a card on it and waits, is told that staff are coming. What
//! lies there stays where it is: the visit that the reception starts finds it.
//!
//! What an earlier process left on a screen is wiped off when the reader is seen first, and what this one leaves when
//! everything ends.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use madoguchi_core::ReaderId;
use madoguchi_core::check_in::Guidance;
use madoguchi_core::reader::{Capability, Reader, Readers, Snapshot, State};
use madoguchi_core::screen::{Page, Screen};
use tokio::time::{Instant, timeout};

use crate::station::Marks;

/// A reception that is about to start the visit needs no greeting before.
const NOTICED_AFTER: Duration = Duration::from_secs(1);
/// How long showing a page may take.
const SHOWING: Duration = Duration::from_secs(2);
/// How long the greeting stays.
const STAYS: Duration = Duration::from_secs(10);
/// How long the last page may take, with the wait for a reader that is given back just now.
const LAST: Duration = Duration::from_secs(1);
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
    /// Its screen shows what is to be there, by this process.
    clean: bool,
}

/// What is to be done at a reader.
#[derive(Debug, PartialEq, Eq)]
enum Due {
    Nothing,
    /// To look again.
    At(Instant),
    /// Somebody is to be greeted.
    Greeting,
    /// An earlier process may have left its page.
    Welcome,
}

/// Greets for as long as the readers are told of. Cancel by dropping the future.
///
/// `aside` are the screens of visits that have given them back for a moment.
pub(crate) async fn run(readers: Arc<dyn Readers>, aside: Marks) {
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
            match state.look(reader, aside.has(&reader.id), first_seen, now) {
                Due::Nothing => {}
                Due::At(due) => wake = wake.min(due),
                Due::Greeting => {
                    if present(&*readers, &reader.id, GREETING).await {
                        leave_at.insert(reader.id.clone(), Instant::now() + STAYS);
                    }
                }
                Due::Welcome => {
                    present(&*readers, &reader.id, Page::Idle).await;
                }
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
            if !aside.has(&id) {
                present(&*readers, &id, Page::Idle).await;
            }
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

/// Wipes the greetings and farewells off the screens, for nobody does it later.
pub(crate) async fn wipe(readers: &dyn Readers) {
    let snapshot = readers.snapshot();
    let usable = |reader: &&Reader| can_greet(reader) && reader.obstacle().is_none();
    let wiping = snapshot
        .readers
        .iter()
        .filter(usable)
        .map(|reader| timeout(LAST, present_within(readers, &reader.id, Page::Idle, LAST)));
    join_all(wiping).await;
}

impl Known {
    /// What is to be done now. `aside`: it is a visit's screen, though nobody holds it.
    fn look(&mut self, reader: &Reader, aside: bool, first_seen: bool, now: Instant) -> Due {
        let touched = !first_seen && reader.touch_count > self.touches;
        self.touches = reader.touch_count;
        if !reader.card_present {
            self.lies_since = None;
            self.greeted = false;
        }
        if aside || reader.state != State::Ready || reader.obstacle().is_some() {
            // A visit's own pages guide the patient, and the visit wipes them off.
            self.lies_since = None;
            self.clean |= aside || reader.state == State::Leased;
            return Due::Nothing;
        }
        if touched {
            (self.greeted, self.clean) = (true, true);
            return Due::Greeting;
        }
        if !reader.card_present {
            let clean = std::mem::replace(&mut self.clean, true);
            return if clean { Due::Nothing } else { Due::Welcome };
        }
        if self.greeted {
            return Due::Nothing;
        }
        let due = *self.lies_since.get_or_insert(now) + NOTICED_AFTER;
        if now < due {
            return Due::At(due);
        }
        (self.greeted, self.clean) = (true, true);
        Due::Greeting
    }
}

/// A maker's program that leads visits welcomes patients itself.
fn can_greet(reader: &Reader) -> bool {
    reader.capabilities.contains(&Capability::Screen) && !reader.capabilities.contains(&Capability::Delegated)
}

/// Shows a page where nobody holds the reader, and gives it back at once: no visit has to wait.
async fn present(readers: &dyn Readers, id: &ReaderId, page: Page) -> bool {
    present_within(readers, id, page, Duration::ZERO).await
}

async fn present_within(readers: &dyn Readers, id: &ReaderId, page: Page, wait: Duration) -> bool {
    let Ok(mut lease) = readers.lease(id, wait).await else {
        return false;
    };
    let screen = Screen {
        page,
        language: LANGUAGE.to_owned(),
    };
    lease.present(&screen, SHOWING).await.is_ok()
}
