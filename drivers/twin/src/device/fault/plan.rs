//! Counts frames and says what becomes of each.

use std::time::Duration;

use zeroize::Zeroizing;

use super::{At, DeviceFaults, What};
use crate::device::random::Random;

/// What happens to the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::device) enum Action {
    Unplug { back_after: Option<Duration> },
    Freeze { lasts: Option<Duration> },
    Reboot { takes: Duration },
}

/// What is left of a frame.
pub(in crate::device) struct Treated {
    pub(in crate::device) bytes: Zeroizing<Vec<u8>>,
    /// How often it goes on; none where it is lost.
    pub(in crate::device) copies: u8,
    /// Whether the front is to spoil its checksum.
    pub(in crate::device) spoil: bool,
    /// How much later than the one before.
    pub(in crate::device) delay: Duration,
    pub(in crate::device) clock_jump: Option<time::Duration>,
    /// What happens to the device in place of the frame and all that follow in one go.
    pub(in crate::device) action: Option<Action>,
}

pub(in crate::device) struct Plan {
    faults: DeviceFaults,
    random: Random,
    /// HID: a cut report keeps its length.
    whole_reports: bool,
    sent: u32,
    received: u32,
    met: u32,
    slow: Duration,
    slow_frames: u32,
}

impl Plan {
    pub(in crate::device) fn new(faults: DeviceFaults, whole_reports: bool) -> Self {
        Self {
            random: Random::new(faults.seed),
            faults,
            whole_reports,
            sent: 0,
            received: 0,
            met: 0,
            slow: Duration::ZERO,
            slow_frames: 0,
        }
    }

    pub(in crate::device) fn set(&mut self, faults: DeviceFaults) {
        *self = Self::new(faults, self.whole_reports);
    }

    /// How many faults happened.
    pub(in crate::device) const fn met(&self) -> u32 {
        self.met
    }

    pub(in crate::device) fn sent(&mut self, frame: &[u8]) -> Treated {
        self.sent = self.sent.saturating_add(1);
        let mut treated = self.treat(At::Sent(self.sent), frame);
        if self.slow_frames > 0 {
            self.slow_frames -= 1;
            treated.delay = self.slow;
        }
        treated
    }

    pub(in crate::device) fn received(&mut self, frame: &[u8]) -> Treated {
        self.received = self.received.saturating_add(1);
        self.treat(At::Received(self.received), frame)
    }

    fn treat(&mut self, at: At, frame: &[u8]) -> Treated {
        let mut treated = Treated {
            bytes: Zeroizing::new(frame.to_vec()),
            copies: 1,
            spoil: false,
            delay: Duration::ZERO,
            clock_jump: None,
            action: None,
        };
        for index in 0..self.faults.faults.len() {
            if let Some(fault) = self.faults.faults.get(index).copied()
                && fault.at == at
            {
                tracing::info!(?at, what = ?fault.what, "fault");
                self.met = self.met.saturating_add(1);
                self.apply(fault.what, &mut treated);
            }
        }
        treated
    }

    fn apply(&mut self, what: What, treated: &mut Treated) {
        let millis = |millis: u32| Duration::from_millis(u64::from(millis));
        match what {
            What::Garbage => self.random.fill(&mut treated.bytes),
            What::Half if self.whole_reports => {
                let half = treated.bytes.len() / 2;
                treated.bytes.iter_mut().skip(half).for_each(|byte| *byte = 0);
            }
            What::Half => {
                let half = treated.bytes.len() / 2;
                treated.bytes.truncate(half);
            }
            What::Lost => treated.copies = 0,
            What::WrongChecksum => treated.spoil = true,
            What::Duplicate => treated.copies = treated.copies.saturating_mul(2),
            What::Slow { delay_ms, frames } => {
                self.slow = millis(delay_ms);
                self.slow_frames = frames;
            }
            What::Unplug { back_after_ms } => {
                treated.action = Some(Action::Unplug {
                    back_after: back_after_ms.map(millis),
                });
            }
            What::Freeze { for_ms } => {
                treated.action = Some(Action::Freeze {
                    lasts: for_ms.map(millis),
                });
            }
            What::Reboot { takes_ms } => {
                treated.action = Some(Action::Reboot {
                    takes: millis(takes_ms),
                });
            }
            What::ClockJump { by_s } => treated.clock_jump = Some(time::Duration::seconds(by_s)),
        }
    }
}
