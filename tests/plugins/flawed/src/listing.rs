//! Readers that are listed when they are gone.

#[expect(
    clippy::disallowed_types,
    reason = "whoever lists and whoever waits for events are two threads"
)]
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use madoguchi_driver_api::ReaderInfo;

/// So long they are listed still.
const STAYS: Duration = Duration::from_secs(1);

#[derive(Default)]
struct State {
    last: Vec<ReaderInfo>,
    went: Option<Instant>,
}

/// What was listed last, and when a reader went.
#[derive(Default)]
#[expect(clippy::disallowed_types, reason = "as above")]
pub(crate) struct Listing(Mutex<State>);

impl Listing {
    pub(crate) fn one_went(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).went = Some(Instant::now());
    }

    pub(crate) fn with_those_that_went(&self, readers: &mut Vec<ReaderInfo>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !readers.is_empty() {
            state.last.clone_from(readers);
        } else if state.went.is_some_and(|went| went.elapsed() < STAYS) {
            readers.clone_from(&state.last);
        }
    }
}
