//! On, frozen or without power; plugged in and pulled.

use std::time::{Duration, Instant};

use super::worker::Worker;
use crate::device::link::{Inbox, LinkError};

/// A port that is not free yet is tried again after this.
const RETRY: Duration = Duration::from_millis(50);

/// How a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Power {
    On,
    /// It has power and does nothing; until then, where it thaws.
    Frozen {
        until: Option<Instant>,
    },
    /// Its plug is pulled, or it starts; until then, where it comes back.
    Off {
        back_at: Option<Instant>,
    },
}

impl Power {
    pub(super) const fn is_on(self) -> bool {
        matches!(self, Self::On)
    }

    pub(super) const fn is_frozen(self) -> bool {
        matches!(self, Self::Frozen { .. })
    }

    pub(super) const fn next_due(self) -> Option<Instant> {
        match self {
            Self::On => None,
            Self::Frozen { until } => until,
            Self::Off { back_at } => back_at,
        }
    }
}

impl Worker {
    /// Plugs the device in and starts it.
    pub(super) fn plug(&mut self) -> Result<(), LinkError> {
        self.ending.retain(|thread| !thread.is_finished());
        self.plug += 1;
        let inbox = Inbox {
            inputs: self.inputs.clone(),
            plug: self.plug,
        };
        let serial = self.body.identity().serial.clone();
        self.plugged = Some(self.link.plug(&serial, inbox)?);
        self.power = Power::On;
        self.body.reset();
        self.front.reboot();
        self.body.start_up();
        Ok(())
    }

    /// Pulls the plug; it comes back after that, where it does.
    pub(super) fn unplug(&mut self, back_after: Option<Duration>) {
        if let Some((_, mut line)) = self.line.take() {
            line.close();
        }
        if let Some(plugged) = self.plugged.take() {
            self.ending.extend(plugged.unplug());
        }
        self.outbox.clear();
        self.power = Power::Off {
            back_at: back_after.map(|after| Instant::now() + after),
        };
        self.body.reset();
        // What the front knew is gone with the power, digits first of all.
        self.front.reboot();
    }

    pub(super) fn freeze(&mut self, lasts: Option<Duration>) {
        if self.power.is_on() {
            self.power = Power::Frozen {
                until: lasts.map(|lasts| Instant::now() + lasts),
            };
            self.outbox.clear();
            self.body.change();
        }
    }

    pub(super) fn switch_on_when_due(&mut self) {
        if self.power.next_due().is_none_or(|due| due > Instant::now()) {
            return;
        }
        if self.power.is_frozen() {
            self.power = Power::On;
            self.body.change();
        } else if let Err(error) = self.plug() {
            tracing::warn!(%error, "the device cannot be plugged in yet");
            self.power = Power::Off {
                back_at: Some(Instant::now() + RETRY),
            };
        }
    }
}
