//! The course of a visit: look, act, look again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::hands::Hands;
use super::{End, Patient, PhoneReader, Quirk, Visit};
use crate::Error;
use crate::device::{Act, Acts, PageKind, State};

/// How long he looks without looking up: somebody may call him off.
const LOOK: Duration = Duration::from_millis(100);
/// A device that refused is not asked again at once.
const AFTER_REFUSAL: Duration = Duration::from_millis(20);

pub(super) struct Course<A> {
    pub(super) patient: Patient,
    pub(super) stage: A,
    pub(super) hands: Hands,
    called_off: Arc<AtomicBool>,
    /// The screen that he acted on already.
    done_shown: Option<u64>,
    /// When he takes his card, once that is decided.
    pub(super) take_at: Option<Instant>,
    pub(super) finished: Option<End>,
    pub(super) pages: Vec<PageKind>,
    pub(super) methods_chosen: usize,
    pub(super) pins_typed: u32,
    /// For each PIN that he typed before the last one, and how many that makes.
    pins_sent: Vec<u32>,
    pins_noted: u32,
    pub(super) touched: bool,
    pub(super) language_asked: bool,
}

/// Whether a visit that is over shows this.
pub(super) const fn is_farewell(page: PageKind) -> bool {
    matches!(page, PageKind::Completed | PageKind::Failed | PageKind::TakeCard)
}

impl<A: Acts> Course<A> {
    pub(super) fn new(
        patient: Patient,
        stage: A,
        phone: Option<Box<dyn PhoneReader>>,
        called_off: Arc<AtomicBool>,
    ) -> Result<Self, Error> {
        Ok(Self {
            hands: Hands::new(&patient, phone)?,
            patient,
            stage,
            called_off,
            done_shown: None,
            take_at: None,
            finished: None,
            pages: Vec::new(),
            methods_chosen: 0,
            pins_typed: 0,
            pins_sent: Vec::new(),
            pins_noted: 0,
            touched: false,
            language_asked: false,
        })
    }

    pub(super) fn run(mut self, until: Instant) -> Visit {
        let end = match self.go(until) {
            Ok(end) => end,
            Err(error) => {
                tracing::debug!(%error, "the device is gone");
                End::DeviceGone
            }
        };
        if end != End::WalkedAway && !self.patient.quirks.contains(&Quirk::NeverTakesCard) {
            // A device that is gone has nothing of his any more.
            let _gone = self.hands.take(&mut self.stage);
        }
        if let Ok(state) = self.stage.act(Act::Look) {
            let sent = self.hands.pins_sent(&state);
            if self.pins_typed > 0 || sent > 0 {
                self.note_pins_sent(sent);
            }
        }
        Visit {
            end,
            pages: self.pages,
            pins_typed: self.pins_typed,
            pins_sent: self.pins_sent,
            taps: self.hands.taps,
            card_left: self.hands.hold_anything(),
        }
    }

    /// Notes what reached what he holds up since the last time.
    pub(super) fn note_pins_sent(&mut self, all: u32) {
        self.pins_sent.push(all.saturating_sub(self.pins_noted));
        self.pins_noted = all;
    }

    fn go(&mut self, until: Instant) -> Result<End, A::Error> {
        let mut state = self.stage.act(Act::Face(self.patient.face.clone()))?;
        // That is for the patient before him, and so is the next one of these that follows it.
        let mut for_the_last = state.page().is_some_and(is_farewell);
        if self.patient.quirks.contains(&Quirk::EarlyTap) {
            let main = self.hands.put(0, &mut self.stage);
            self.unless_refused(main)?;
            state = self.stage.act(Act::Look)?;
        }
        loop {
            if self.called_off.load(Ordering::Acquire) {
                return Ok(End::CalledOff);
            }
            let now = Instant::now();
            if now >= until {
                return Ok(self.finished.unwrap_or(End::TimedOut));
            }
            if self.take_at.is_some_and(|at| at <= now) {
                self.take_at = None;
                let taken = self.hands.take(&mut self.stage);
                self.unless_refused(taken)?;
            }
            if !state.card_present {
                self.hands.notice_empty_slot();
            }
            if self.done_shown != Some(state.shown)
                && state.place.is_some()
                && let Some(page) = state.page()
            {
                for_the_last &= is_farewell(page);
                if for_the_last {
                    self.done_shown = Some(state.shown);
                    continue;
                }
                if let Some(end) = self.turn_to(page, &state)? {
                    return Ok(end);
                }
                state = self.stage.act(Act::Look)?;
                continue;
            }
            if let Some(end) = self.finished.filter(|_| self.take_at.is_none()) {
                return Ok(end);
            }
            let wait = self.take_at.map_or(LOOK, |at| at.saturating_duration_since(now));
            state = self.stage.watch(state.sequence, wait.min(LOOK))?;
        }
    }

    /// Reads a page and acts on it.
    fn turn_to(&mut self, page: PageKind, state: &State) -> Result<Option<End>, A::Error> {
        std::thread::sleep(Duration::from_millis(u64::from(self.patient.pace_ms)));
        self.pages.push(page);
        self.done_shown = Some(state.shown);
        for quirk in &self.patient.quirks {
            match quirk {
                Quirk::WalksAway { at } if *at == page => return Ok(Some(End::WalkedAway)),
                Quirk::Quits { at } if *at == page => {
                    let quit = self.stage.act(Act::Quit);
                    self.unless_refused(quit.map(drop))?;
                    return Ok(Some(End::Quit));
                }
                _ => {}
            }
        }
        let reacted = self.react(page, state);
        if !self.unless_refused(reacted)? {
            // Something else is shown by now, or the device does not react: he looks again.
            self.done_shown = None;
            self.pages.pop();
            std::thread::sleep(AFTER_REFUSAL);
        }
        Ok(None)
    }

    /// False where it was refused.
    fn unless_refused(&self, done: Result<(), A::Error>) -> Result<bool, A::Error> {
        match done {
            Ok(()) => Ok(true),
            Err(error) if A::is_refusal(&error) => {
                tracing::debug!(%error, "an act came to nothing");
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}
