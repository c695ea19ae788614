//! The reader that phones are held to, where it stands beside the face reader.

use std::time::Duration;

use crate::vpcd::VpcdCard;
use crate::{Faults, VirtualCard};

/// The reader that phones are held to, where it stands beside the face reader. A reader that is gone does nothing.
pub trait PhoneReader: Send {
    /// This is what is held up from now on.
    fn bring(&mut self, phone: VirtualCard);

    /// Holds it there, with what goes wrong.
    fn hold(&mut self, faults: Faults);

    /// Takes it away.
    fn take_away(&mut self);

    /// How many PINs reached what is held up, since it was brought.
    fn pins_sent(&self) -> u32;

    /// How long a phone has to be away for the reader to notice.
    fn gap(&self) -> Duration {
        Duration::from_millis(600)
    }
}

impl PhoneReader for VpcdCard {
    fn bring(&mut self, phone: VirtualCard) {
        if let Err(error) = self.replace(phone) {
            tracing::warn!(%error, "no phone can be held up");
        }
    }

    fn hold(&mut self, faults: Faults) {
        if let Err(error) = self.set_faults(faults).and_then(|_| self.insert()) {
            tracing::warn!(%error, "the phone cannot be held up");
        }
    }

    fn pins_sent(&self) -> u32 {
        self.sum().pins_sent
    }

    fn take_away(&mut self) {
        if let Err(error) = self.remove() {
            tracing::warn!(%error, "the phone cannot be taken away");
        }
    }
}
