//! A reader, for one thread.

use std::sync::Arc;

use madoguchi_driver_api::{Atr, Call, Error, Reader};
use madoguchi_transport::pcsc::Link;

use crate::registry::Registry;

/// An open reader. Its PC/SC name is looked up at each power-up, so that it survives its re-plugging.
pub(crate) struct PcscReader {
    registry: Arc<Registry>,
    selector: String,
    link: Link,
}

impl PcscReader {
    pub(crate) fn new(registry: Arc<Registry>, selector: String) -> Self {
        Self {
            registry,
            selector,
            link: Link::new(),
        }
    }
}

impl Reader for PcscReader {
    fn power_on(&mut self, call: &Call) -> Result<Atr, Error> {
        self.power_off();
        let (name, hold) = self.registry.find(&self.selector)?;
        self.link.power_on(&name, &hold, call).map(Atr)
    }

    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>, call: &Call) -> Result<(), Error> {
        self.link.transmit(command, response, call)
    }

    fn power_off(&mut self) {
        self.link.power_off();
    }
}
