//! One open device: its line and what it says of itself.

use std::net::SocketAddr;

use madoguchi_driver_api::{Call, Error};
use madoguchi_driver_kit::{About, Device, News};

use crate::codec::Notice;
use crate::commands::Command;
use crate::commands::hello::{Hello, Identity};
use crate::error::Failure;
use crate::factory::{DISPLAY_NAME, Losses};
use crate::quirks::Quirks;
use crate::transport::Line;

/// An open device.
#[derive(Debug)]
pub struct FaceOne {
    line: Line,
    identity: Identity,
    quirks: Quirks,
    losses: Losses,
}

impl FaceOne {
    /// Connects and asks the device who it is.
    ///
    /// # Errors
    /// [`Error::ReaderRemoved`] where nobody answers, [`Error::ReaderUnavailable`] where the device speaks another
    /// version of the protocol, …
    pub(crate) fn connect(
        address: SocketAddr,
        losses: Losses,
        news: News,
        call: &Call,
    ) -> Result<Self, Error> {
        let ear = Box::new(move |notice| match notice {
            Notice::CardIn => news.card_in(),
            Notice::CardOut => news.card_out(),
            Notice::Touched => news.touched(),
        });
        let mut line = Line::connect(address, ear, call)?;
        let identity = line.run(&Hello, call)?;
        Ok(Self {
            line,
            quirks: Quirks::of(&identity),
            identity,
            losses,
        })
    }

    /// What this unit can do.
    pub(crate) const fn quirks(&self) -> &Quirks {
        &self.quirks
    }

    /// Has the device run a command.
    ///
    /// # Errors
    /// What the device says instead, or why the call ended.
    pub(crate) fn run<C: Command>(&mut self, command: &C, call: &Call) -> Result<C::Answer, Failure> {
        self.line.run(command, call)
    }
}

impl Drop for FaceOne {
    fn drop(&mut self) {
        self.losses.add();
    }
}

impl Device for FaceOne {
    fn about(&self) -> About {
        About {
            selector: self.identity.serial.clone(),
            display_name: DISPLAY_NAME.to_owned(),
            model: self.identity.model.clone(),
            firmware: self.identity.firmware.clone(),
            capabilities: self.quirks.capabilities().to_vec(),
            card_present: self.identity.card_present,
        }
    }

    fn pump(&mut self, call: &Call) -> Result<(), Error> {
        match self.line.listen(call) {
            Err(Error::Timeout | Error::Cancelled) => Ok(()),
            result => result,
        }
    }
}
