//! Events that are not told yet, in order and never more than so many.

use std::collections::VecDeque;

use madoguchi_driver_api::Event;

use super::Plug;
use crate::diff::{self, Seen};

/// More events than this do not wait. The host takes them as they come; one that does not is stuck.
pub(super) const MAX_WAITING: usize = 256;

/// The queue. When it overflows, what waited is forgotten and worked out anew: what leads from the list that was told
/// to the list as it is.
#[derive(Default)]
pub(super) struct Queue {
    waiting: VecDeque<Waiting>,
    /// The readers as whoever asks for events knows them.
    told: Vec<Seen<Plug>>,
    overflowed: bool,
}

struct Waiting {
    event: Event,
    /// The reader after it; none where it is gone.
    after: Option<Seen<Plug>>,
}

impl Queue {
    /// Adds what happened, given the readers after it.
    pub(super) fn extend(&mut self, events: Vec<Event>, readers: &[Seen<Plug>]) {
        if self.overflowed {
            return;
        }
        if self.waiting.len() + events.len() > MAX_WAITING {
            self.waiting.clear();
            self.overflowed = true;
            return;
        }
        self.put(events, readers);
    }

    /// Takes the next one, given the readers now.
    pub(super) fn pop(&mut self, readers: &[Seen<Plug>]) -> Option<Event> {
        if self.overflowed {
            self.overflowed = false;
            self.put(diff::events(&self.told, readers), readers);
        }
        let Waiting { event, after } = self.waiting.pop_front()?;
        let selector = selector(&event);
        self.told.retain(|seen| seen.info.selector != selector);
        self.told.extend(after);
        Some(event)
    }

    fn put(&mut self, events: Vec<Event>, readers: &[Seen<Plug>]) {
        self.waiting.extend(events.into_iter().map(|event| {
            let selector = selector(&event);
            let after = readers.iter().find(|seen| seen.info.selector == selector);
            Waiting {
                after: after.cloned(),
                event,
            }
        }));
    }
}

fn selector(event: &Event) -> String {
    match event {
        Event::ReaderChanged(info) => info.selector.clone(),
        Event::ReaderGone { selector }
        | Event::CardInserted { selector }
        | Event::CardGone { selector }
        | Event::Touched { selector } => selector.clone(),
        _ => String::new(),
    }
}
