//! A reader, for one thread.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use madoguchi_driver_api::{Atr, Call, Error, Reader};
use madoguchi_transport::pcsc::Link;

use crate::registry::{Ours, Registry};

/// An open reader. Its PC/SC name is looked up at each power-up, so that it survives its re-plugging.
pub(crate) struct PcscReader {
    registry: Arc<Registry>,
    selector: String,
    link: Link,
    /// Raised from before the card is connected until after it is let go.
    ours: Ours,
}

impl PcscReader {
    pub(crate) fn new(registry: Arc<Registry>, selector: String) -> Self {
        Self {
            registry,
            selector,
            link: Link::new(),
            ours: Ours::default(),
        }
    }
}

impl Reader for PcscReader {
    fn power_on(&mut self, call: &Call) -> Result<Atr, Error> {
        self.power_off();
        let (name, ours) = self.registry.find(&self.selector)?;
        self.ours = ours;
        self.ours.store(true, Ordering::Release);
        let result = self.link.power_on(&name, call).map(Atr);
        if result.is_err() {
            self.power_off();
        }
        result
    }

    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>, call: &Call) -> Result<(), Error> {
        self.link.transmit(command, response, call)
    }

    fn power_off(&mut self) {
        self.link.power_off();
        self.ours.store(false, Ordering::Release);
    }
}

impl Drop for PcscReader {
    fn drop(&mut self) {
        self.power_off();
    }
}
