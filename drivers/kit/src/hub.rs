//! The readers as they are listed, and what happened to them and is not told yet.

mod queue;

use std::sync::Arc;
use std::sync::Condvar;
#[expect(
    clippy::disallowed_types,
    reason = "devices' threads tell, the event thread asks; held for a list's change, never while waiting"
)]
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use madoguchi_driver_api::{Error, Event, ReaderInfo};

use crate::About;
use crate::diff::{self, Seen};
use queue::Queue;

/// One connection of a device; never used twice.
pub(crate) type Plug = u64;

/// The list and the queue. Shared by all threads of a driver.
#[derive(Default)]
#[expect(clippy::disallowed_types, reason = "as above")]
pub(crate) struct Hub {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    readers: Vec<Seen<Plug>>,
    queue: Queue,
    interrupted: bool,
    last_plug: Plug,
}

/// As what a reader is listed.
pub(crate) struct Listed {
    pub(crate) selector: String,
    /// Whether another has the selector that it asked for.
    pub(crate) is_numbered: bool,
}

/// Why a wait for the next event ended without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nothing {
    /// Its time was up.
    Late,
    /// Somebody wants the waiting thread back.
    Interrupted,
}

impl Hub {
    pub(crate) fn new_plug(&self) -> Plug {
        let mut state = self.lock();
        state.last_plug += 1;
        state.last_plug
    }

    /// Lists a reader under the selector it asks for, or the next that is free. What the plug was listed as before is
    /// replaced.
    pub(crate) fn list(&self, plug: Plug, about: About, unavailable: Option<Error>) -> Listed {
        let asked = fit(&about.selector);
        let mut given = asked.clone();
        self.update(|readers| {
            readers.retain(|seen| seen.plug != plug);
            given = free(readers, &asked);
            readers.push(Seen {
                info: info(given.clone(), about, unavailable),
                plug,
                card_moves: 0,
            });
        });
        Listed {
            is_numbered: given != asked,
            selector: given,
        }
    }

    /// Takes a reader off the list.
    pub(crate) fn unlist(&self, plug: Plug) {
        self.update(|readers| readers.retain(|seen| seen.plug != plug));
    }

    /// The readers now, in the order of their selectors.
    pub(crate) fn readers(&self) -> Vec<ReaderInfo> {
        let mut readers: Vec<_> = self.lock().readers.iter().map(|seen| seen.info.clone()).collect();
        readers.sort_by(|one, other| one.selector.cmp(&other.selector));
        readers
    }

    /// Which connection a selector stands for now, or why it cannot be used.
    pub(crate) fn plug(&self, selector: &str) -> Result<Plug, Error> {
        let state = self.lock();
        let seen = state.readers.iter().find(|seen| seen.info.selector == selector);
        let seen = seen.ok_or(Error::ReaderRemoved)?;
        match &seen.info.unavailable {
            Some(error) => Err(error.clone()),
            None => Ok(seen.plug),
        }
    }

    /// Waits for the next event.
    pub(crate) fn next(&self, until: Instant) -> Result<Event, Nothing> {
        let mut state = self.lock();
        loop {
            let State { readers, queue, .. } = &mut *state;
            if let Some(event) = queue.pop(readers) {
                return Ok(event);
            }
            if std::mem::take(&mut state.interrupted) {
                return Err(Nothing::Interrupted);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Nothing::Late);
            }
            state = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    pub(crate) fn interrupt(&self) {
        self.lock().interrupted = true;
        self.changed.notify_all();
    }

    fn update(&self, change: impl FnOnce(&mut Vec<Seen<Plug>>)) {
        let mut state = self.lock();
        let before = state.readers.clone();
        change(&mut state.readers);
        let State { readers, queue, .. } = &mut *state;
        queue.extend(diff::events(&before, readers), readers);
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here is left half done by a panic of another thread.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a device tells what happens to it. Cheap to clone; may be used from any thread, at any time: what is told of a
/// device that is not listed yet, or not any more, goes nowhere.
#[derive(Clone)]
pub struct News {
    hub: Arc<Hub>,
    plug: Plug,
}

impl News {
    pub(crate) fn new(hub: Arc<Hub>, plug: Plug) -> Self {
        Self { hub, plug }
    }

    /// A card was put on, or a phone held to the device. Told twice it counts once.
    pub fn card_in(&self) {
        self.card(true);
    }

    /// It was taken away. Told twice it counts once.
    pub fn card_out(&self) {
        self.card(false);
    }

    /// The patient touched the screen while it showed nothing that asks.
    pub fn touched(&self) {
        let mut state = self.hub.lock();
        let State { readers, queue, .. } = &mut *state;
        if let Some(seen) = readers.iter().find(|seen| seen.plug == self.plug) {
            let selector = seen.info.selector.clone();
            queue.extend(vec![Event::Touched { selector }], readers);
            self.hub.changed.notify_all();
        }
    }

    /// What the device says of itself changed; its selector stays.
    pub fn changed(&self, about: About) {
        self.with(|seen| {
            let selector = seen.info.selector.clone();
            if about.card_present != seen.info.card_present {
                seen.card_moves = seen.card_moves.wrapping_add(1);
            }
            seen.info = info(selector, about, None);
        });
    }

    fn card(&self, present: bool) {
        self.with(|seen| {
            if seen.info.card_present != present {
                seen.info.card_present = present;
                seen.card_moves = seen.card_moves.wrapping_add(1);
            }
        });
    }

    fn with(&self, change: impl FnOnce(&mut Seen<Plug>)) {
        self.hub.update(|readers| {
            if let Some(seen) = readers.iter_mut().find(|seen| seen.plug == self.plug) {
                change(seen);
            }
        });
    }
}

impl std::fmt::Debug for News {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("News").field(&self.plug).finish()
    }
}

fn info(selector: String, about: About, unavailable: Option<Error>) -> ReaderInfo {
    let About {
        selector: _,
        display_name,
        model,
        firmware,
        capabilities,
        card_present,
    } = about;
    ReaderInfo {
        selector,
        display_name,
        model,
        firmware,
        capabilities,
        card_present,
        unavailable,
    }
}

/// The longest selector that a device gets; a reader's id has room for it and the driver's id.
const MAX_SELECTOR: usize = 64;

/// The selector without what none may hold. `#` is for telling equal ones apart.
fn fit(selector: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.:/@".contains(c);
    let selector: String = selector
        .trim()
        .chars()
        .take(MAX_SELECTOR)
        .map(|c| if fits(c) { c } else { '-' })
        .collect();
    if selector.is_empty() {
        "device".to_owned()
    } else {
        selector
    }
}

/// The selector, or the first of its numbered ones that no reader has.
fn free(readers: &[Seen<Plug>], selector: &str) -> String {
    let taken = |wanted: &str| readers.iter().any(|seen| seen.info.selector == wanted);
    if !taken(selector) {
        return selector.to_owned();
    }
    (1..)
        .map(|ordinal: usize| format!("{selector}#{ordinal}"))
        .find(|selector| !taken(selector))
        .unwrap_or_default()
}
