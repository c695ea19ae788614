//! Frames on their way out, in order, each not before its time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::device::fault::{Action, Plan};

/// A front that writes more in one go than anybody reads is cut off.
const MAX_FRAMES: usize = 1_024;

struct Frame {
    bytes: Zeroizing<Vec<u8>>,
    spoil: bool,
    due: Instant,
}

#[derive(Default)]
pub(super) struct Outbox {
    frames: VecDeque<Frame>,
    /// Pushed since the last look at the card's delay.
    fresh: usize,
    action: Option<Action>,
    clock_jump: Option<time::Duration>,
    sent: u64,
}

impl Outbox {
    /// Takes a frame of the front; the plan says what becomes of it.
    pub(super) fn push(&mut self, bytes: &[u8], plan: &mut Plan) {
        // Whatever happens to the device happens before this frame.
        if self.action.is_some() || self.frames.len() >= MAX_FRAMES {
            return;
        }
        let treated = plan.sent(bytes);
        self.clock_jump = self.clock_jump.or(treated.clock_jump);
        if treated.action.is_some() {
            self.action = treated.action;
            return;
        }
        let now = Instant::now();
        let before = self.frames.back().map_or(now, |frame| frame.due.max(now));
        for _ in 0..treated.copies {
            self.frames.push_back(Frame {
                bytes: treated.bytes.clone(),
                spoil: treated.spoil,
                due: before + treated.delay,
            });
            self.fresh += 1;
        }
    }

    /// The frames since the last call followed a slow card: they come so much later.
    pub(super) fn delay_fresh(&mut self, delay: Duration) {
        let fresh = std::mem::take(&mut self.fresh);
        for frame in self.frames.iter_mut().rev().take(fresh) {
            frame.due += delay;
        }
    }

    /// The next frame whose time has come, and whether its checksum is to be spoilt.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<(Zeroizing<Vec<u8>>, bool)> {
        let frame = self.frames.pop_front_if(|frame| frame.due <= now)?;
        self.sent += 1;
        Some((frame.bytes, frame.spoil))
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.frames.front().map(|frame| frame.due)
    }

    pub(super) const fn take_action(&mut self) -> Option<Action> {
        self.action.take()
    }

    pub(super) const fn take_clock_jump(&mut self) -> Option<time::Duration> {
        self.clock_jump.take()
    }

    pub(super) fn clear(&mut self) {
        self.frames.clear();
        self.fresh = 0;
        self.action = None;
    }

    pub(super) const fn sent(&self) -> u64 {
        self.sent
    }
}
