//! What every face reader is made of, and what state it is in.

mod acts;
mod look;
mod screen;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use super::{BodyEvent, Digits, FaceScript, Identity, PageKind, Panel, PinPad, Signal, Slot};
use screen::Screen;

/// So many pages are remembered, the latest ones.
const MAX_PAGES: usize = 512;
/// Events that the front was not told yet. Nobody acts so fast; more are dropped, as a real device would.
const MAX_PENDING: usize = 64;

/// The state of one device: a screen that shows one thing at a time, a camera, a slot, lights and a beeper.
///
/// It never waits. What takes time ends with a [`BodyEvent`].
pub struct Body {
    identity: Identity,
    screen: Screen,
    /// Rises with whatever is shown: one who answers says what he saw.
    shown: u64,
    pages: VecDeque<PageKind>,
    face: FaceScript,
    slot: Slot,
    light: Option<super::Colour>,
    beeps: u32,
    alive_digits: Arc<AtomicUsize>,
    wake_at: Option<Instant>,
    clock_offset: time::Duration,
    pending: VecDeque<BodyEvent>,
    /// Rises with each change that somebody outside can see.
    sequence: u64,
}

impl Body {
    /// A body with an empty slot of its own and nothing on its screen. A twin makes one itself; this is for the unit
    /// tests of fronts, which take the events by [`Body::take_event`].
    #[must_use]
    pub fn new(identity: Identity) -> Self {
        Self::with_slot(identity, Slot::own(), FaceScript::default())
    }

    pub(super) fn with_slot(identity: Identity, slot: Slot, face: FaceScript) -> Self {
        Self {
            identity,
            screen: Screen::Blank,
            shown: 0,
            pages: VecDeque::new(),
            face,
            slot,
            light: None,
            beeps: 0,
            alive_digits: Arc::default(),
            wake_at: None,
            clock_offset: time::Duration::ZERO,
            pending: VecDeque::new(),
            sequence: 1,
        }
    }

    /// Who this unit is.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Shows a page in place of whatever was shown: an open PIN pad is wiped and the camera stops, both silently.
    pub fn show(&mut self, panel: Panel) {
        let page = panel.page;
        self.set_screen(Screen::Panel(panel), Some(page));
    }

    /// Blanks the screen: page, PIN pad and camera are gone, silently.
    pub fn clear(&mut self) {
        if !matches!(self.screen, Screen::Blank) {
            self.set_screen(Screen::Blank, None);
        }
    }

    /// The page that is shown, where it is one.
    #[must_use]
    pub const fn panel(&self) -> Option<&Panel> {
        match &self.screen {
            Screen::Panel(panel) => Some(panel),
            _ => None,
        }
    }

    /// Shows a PIN pad. Ends with [`BodyEvent::Pin`], [`BodyEvent::PinCancelled`] or [`BodyEvent::Quit`], unless the
    /// front shows something else or clears the screen first.
    pub fn ask_pin(&mut self, pad: PinPad) {
        let typed = Digits::new(&self.alive_digits);
        self.set_screen(Screen::Pin { pad, typed }, Some(PageKind::Pin));
    }

    /// Whether the PIN pad is open.
    #[must_use]
    pub const fn is_asking_pin(&self) -> bool {
        matches!(self.screen, Screen::Pin { .. })
    }

    /// Starts the camera on the powered card. Ends with [`BodyEvent::Face`], [`BodyEvent::FaceNoCard`] or
    /// [`BodyEvent::Quit`], unless the front shows something else or clears the screen first. False where no powered
    /// card lies there: then nothing was started.
    #[must_use]
    pub fn ask_face(&mut self) -> bool {
        if !self.slot.is_powered() {
            return false;
        }
        let due = self.face.somebody().then(|| Instant::now() + self.face.think());
        self.set_screen(Screen::Face { due }, Some(PageKind::Face));
        true
    }

    /// Whether the camera runs.
    #[must_use]
    pub const fn is_asking_face(&self) -> bool {
        matches!(self.screen, Screen::Face { .. })
    }

    /// The maker's operation after staff said yes: the powered card signs without a PIN until it loses its power. False
    /// where no such card lies there.
    #[must_use]
    pub fn accept_visual(&mut self) -> bool {
        self.slot.authorize()
    }

    /// The card slot.
    pub const fn slot(&mut self) -> &mut Slot {
        &mut self.slot
    }

    /// Whether something lies in the slot.
    #[must_use]
    pub fn card_present(&self) -> bool {
        self.slot.card_present()
    }

    /// Lights and beeps.
    pub fn signal(&mut self, signal: Signal) {
        match signal {
            Signal::Light(colour) => self.light = Some(colour),
            Signal::LightOff => self.light = None,
            Signal::Beep(times) => self.beeps += u32::from(times),
        }
        self.sequence += 1;
    }

    /// Asks for [`BodyEvent::Woke`] after that time, in place of what was asked for before.
    pub fn wake_in(&mut self, after: Duration) {
        self.wake_at = Some(Instant::now() + after);
    }

    /// Asks for no [`BodyEvent::Woke`] any more.
    pub const fn sleep_on(&mut self) {
        self.wake_at = None;
    }

    /// The device's own clock, which a fault may have set wrong.
    #[must_use]
    pub fn clock(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
            .checked_add(self.clock_offset)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// The next thing that happened and that the front was not told. A twin takes these itself; for unit tests.
    pub fn take_event(&mut self) -> Option<BodyEvent> {
        self.settle(Instant::now());
        self.pending.pop_front()
    }

    /// How many PIN buffers are alive, on the pad and in the front.
    #[must_use]
    pub fn pins_held(&self) -> usize {
        self.alive_digits.load(Ordering::Acquire)
    }

    fn set_screen(&mut self, screen: Screen, page: Option<PageKind>) {
        self.screen = screen;
        self.shown += 1;
        self.sequence += 1;
        if let Some(page) = page {
            if self.pages.len() >= MAX_PAGES {
                self.pages.pop_front();
            }
            self.pages.push_back(page);
        }
    }

    fn push(&mut self, event: BodyEvent) {
        self.sequence += 1;
        if self.pending.len() < MAX_PENDING {
            self.pending.push_back(event);
        }
    }
}

#[cfg(test)]
mod tests;
