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
/// How long after a page of ours the reader may still be told as held: by us, as its hub has not heard yet.
const GIVEN_BACK: Duration = Duration::from_millis(500);
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
    /// Until when a hold may be that of our own page: who touches it then comes to no visit.
    ours_until: Option<Instant>,
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
            let state = known.entry(reader.id.clone()).or_default();
            match state.look(reader, aside.has(&reader.id), now) {
                Due::Nothing => {}
                Due::At(due) => wake = wake.min(due),
                Due::Greeting => {
                    if present(&*readers, &reader.id, GREETING).await {
                        leave_at.insert(reader.id.clone(), Instant::now() + STAYS);
                    }
                    state.showed();
                }
                Due::Welcome => {
                    present(&*readers, &reader.id, Page::Idle).await;
                    state.showed();
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
                known.entry(id).or_default().showed();
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
    fn showed(&mut self) {
        self.ours_until = Some(Instant::now() + GIVEN_BACK);
    }

    /// What is to be done now. `aside`: it is a visit's screen, though nobody holds it.
    fn look(&mut self, reader: &Reader, aside: bool, now: Instant) -> Due {
        let held = reader.state == State::Leased;
        if held && !aside && self.ours_until.is_some_and(|until| now < until) {
            return Due::Nothing;
        }
        let touched = reader.touch_count > self.touches;
        self.touches = reader.touch_count;
        if !reader.card_present {
            self.lies_since = None;
            self.greeted = false;
        }
        if aside || reader.state != State::Ready || reader.obstacle().is_some() {
            // A visit's own pages guide the patient, and the visit wipes them off.
            self.lies_since = None;
            self.clean |= aside || held;
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

#[cfg(test)]
mod tests {
    use madoguchi_core::DriverId;

    use super::*;

    fn reader(state: State, touch_count: u64) -> Reader {
        Reader {
            id: ReaderId::new("caora:1").unwrap(),
            driver_id: DriverId::new("caora").unwrap(),
            display_name: String::new(),
            model: String::new(),
            firmware: String::new(),
            capabilities: vec![Capability::Screen],
            state,
            card_present: false,
            touch_count,
            reason: None,
            out_of_service: None,
        }
    }

    #[test]
    fn a_touch_while_our_own_page_is_being_shown_is_greeted() {
        let (mut known, now) = (Known::default(), Instant::now());
        assert_eq!(known.look(&reader(State::Ready, 0), false, now), Due::Welcome);
        known.showed();
        assert_eq!(
            known.look(&reader(State::Leased, 1), false, now),
            Due::Nothing,
            "the hub has not heard yet that it was given back"
        );
        assert_eq!(known.look(&reader(State::Ready, 1), false, now), Due::Greeting);
    }

    #[test]
    fn a_touch_before_the_reader_was_looked_at_is_greeted() {
        let mut known = Known::default();
        assert_eq!(
            known.look(&reader(State::Ready, 1), false, Instant::now()),
            Due::Greeting
        );
    }

    #[test]
    fn a_touch_in_a_visit_is_the_visit_s() {
        let (mut known, begun) = (Known::default(), Instant::now());
        assert_eq!(known.look(&reader(State::Ready, 0), false, begun), Due::Welcome);
        known.showed();
        for (at, touches) in [(begun, 1), (begun + GIVEN_BACK * 2, 2)] {
            assert_eq!(
                known.look(&reader(State::Leased, touches), false, at),
                Due::Nothing
            );
        }
        let after = begun + GIVEN_BACK * 3;
        assert_eq!(known.look(&reader(State::Ready, 2), false, after), Due::Nothing);
    }
}
