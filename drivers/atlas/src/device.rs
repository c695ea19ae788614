//! One open device behind the service.

use std::sync::Arc;

use madoguchi_driver_api::{Call, Error};
use madoguchi_driver_kit::{About, Device, News};

use crate::commands::Note;
use crate::commands::open::Unit;
use crate::quirks::Quirks;
use crate::service::Service;
use crate::transport::Line;

/// An open device.
pub struct AtlasDevice {
    service: Arc<Service>,
    line: Line,
    /// Another one after each reconnection.
    epoch: Epoch,
    unit: Unit,
    quirks: Quirks,
    news: News,
}

/// One connection's time: what is powered lasts no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Epoch(u32);

impl AtlasDevice {
    /// Opens the device of that handle.
    ///
    /// # Errors
    /// [`Error::ServiceUnavailable`], [`Error::ReaderRemoved`], …
    pub(crate) fn connect(
        service: Arc<Service>,
        handle: u32,
        news: News,
        call: &Call,
    ) -> Result<Self, Error> {
        let (line, unit) = Line::new(service.session(call)?, handle)?;
        Ok(Self {
            service,
            line,
            epoch: Epoch(0),
            quirks: unit.quirks(),
            unit,
            news,
        })
    }

    /// What this one can do.
    pub(crate) const fn quirks(&self) -> &Quirks {
        &self.quirks
    }

    /// The time that it is now.
    pub(crate) const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The line over which a card was powered at that time.
    ///
    /// # Errors
    /// [`Error::CardReset`] where it is another line by now: the card lost its power with the old one.
    pub(crate) fn line(&self, powered: Epoch) -> Result<&Line, Error> {
        if self.line.session().is_lost() || self.epoch != powered {
            Err(Error::CardReset)
        } else {
            Ok(&self.line)
        }
    }

    /// The line, made anew where the last one came to its end: for what needs nothing of before.
    ///
    /// # Errors
    /// As [`AtlasDevice::connect`].
    pub(crate) fn fresh_line(&mut self, call: &Call) -> Result<&Line, Error> {
        if self.line.session().is_lost() {
            let session = self.service.session(call)?;
            // Another start of the service counts its devices anew.
            if session.hello().instance != self.line.session().hello().instance {
                return Err(Error::ReaderRemoved);
            }
            let (line, unit) = Line::new(session, self.unit.handle)?;
            self.line = line;
            self.epoch = Epoch(self.epoch.0.wrapping_add(1));
            self.card(unit.card);
        }
        Ok(&self.line)
    }

    /// Ends the connection: the service stops what runs and powers the card off.
    pub(crate) fn close(&self) {
        self.line.session().close();
    }

    /// Tells what was noted meanwhile.
    pub(crate) fn tell(&mut self) {
        while let Some(note) = self.line.take_note() {
            match note {
                Note::Card { present } => self.card(present),
                Note::Touched => self.news.touched(),
                // Belongs to no device.
                _ => {}
            }
        }
    }

    fn card(&mut self, present: bool) {
        self.unit.card = present;
        if present {
            self.news.card_in();
        } else {
            self.news.card_out();
        }
    }
}

impl Device for AtlasDevice {
    fn about(&self) -> About {
        About {
            selector: self.unit.selector().to_owned(),
            display_name: self.unit.name.clone(),
            model: self.unit.model.clone(),
            firmware: self.unit.firmware.clone(),
            capabilities: self.quirks.capabilities().to_vec(),
            card_present: self.unit.card,
        }
    }

    fn pump(&mut self, call: &Call) -> Result<(), Error> {
        let result = self.fresh_line(call).and_then(|line| line.listen(call));
        self.tell();
        match result {
            Err(Error::Timeout | Error::Cancelled) => Ok(()),
            result => result,
        }
    }
}

impl std::fmt::Debug for AtlasDevice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AtlasDevice")
            .field("unit", &self.unit)
            .finish_non_exhaustive()
    }
}
