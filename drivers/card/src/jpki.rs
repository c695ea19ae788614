//! The JPKI application: select it, then label, certificate, PIN and signature, a file each.

mod certificate;
mod label;
mod pin;
mod sign;

pub use certificate::MAX_CERTIFICATE_LEN;

use madoguchi_apdu::{Command, Le, Status};
use madoguchi_core::Medium;
use madoguchi_core::reader::PinStatus;

use crate::channel::Channel;
use crate::{CardSession, Error};

/// The application's name (AID). Cards are told by it, never by their ATR.
const AID: [u8; 10] = [0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01];

/// Whether extended length works with this reader and its driver. Whoever keeps the reader keeps this beside it, so
/// that the next card costs no probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExtendedLength {
    /// Nobody tried: try it.
    #[default]
    Unknown,
    /// It was seen to work.
    Yes,
    /// It was seen to fail: do without.
    No,
}

/// The JPKI application of the card behind a session. Short-lived: it knows what is selected on the card, which holds
/// only until the card's power goes.
pub struct Jpki<'s, S: CardSession + ?Sized> {
    channel: Channel<'s, S>,
    extended: ExtendedLength,
    selected: Option<u16>,
    pin: Option<PinStatus>,
    /// What the label said.
    medium: Option<Medium>,
}

impl<'s, S: CardSession + ?Sized> Jpki<'s, S> {
    /// Begins; nothing is sent yet.
    #[must_use]
    pub const fn new(session: &'s mut S, extended: ExtendedLength) -> Self {
        Self {
            channel: Channel::new(session),
            extended,
            selected: None,
            pin: None,
            medium: None,
        }
    }

    /// APDUs sent so far, every repetition included.
    #[must_use]
    pub const fn apdu_count(&self) -> u32 {
        self.channel.sent()
    }

    /// What is known of extended length now.
    #[must_use]
    pub const fn extended_length(&self) -> ExtendedLength {
        self.extended
    }

    /// Selects the application. After a reset or a new power-up it has to be selected again.
    ///
    /// # Errors
    /// [`Error::NotJpki`] where the card does not have it.
    pub fn select(&mut self) -> Result<(), Error> {
        self.selected = None;
        self.pin = None;
        let command = Command::new([0x00, 0xA4, 0x04, 0x0C], &AID, Le::None)?;
        let first = self.channel.sent() == 0;
        let mut status = self.channel.send_once(&command)?.status();
        if first && status.status() == Status::NoDiagnosis {
            // Cards were seen to answer the very first command after power-up like this.
            status = self.channel.send_once(&command)?.status();
        }
        match status.status() {
            Status::Ok | Status::MoreData(_) => Ok(()),
            Status::NotFound | Status::UnknownCommand | Status::WrongLength => Err(Error::NotJpki(status)),
            // 6A81, 6A86, 6985 and 6999: how other cards say that they know no such application.
            _ if matches!(status.as_u16(), 0x6A81 | 0x6A86 | 0x6985 | 0x6999) => Err(Error::NotJpki(status)),
            _ => Err(Error::UnexpectedStatus(status)),
        }
    }

    /// Says that somebody else spoke with the card: the application is selected, which file is not known any more, and
    /// neither is what the PIN's state was.
    pub const fn was_interrupted(&mut self) {
        self.selected = None;
        self.pin = None;
    }

    /// Selects a file of the application, unless it is selected.
    fn select_file(
        &mut self,
        file: u16,
        refused: fn(madoguchi_apdu::StatusWord) -> Error,
    ) -> Result<(), Error> {
        if self.selected == Some(file) {
            return Ok(());
        }
        self.selected = None;
        let command = Command::new([0x00, 0xA4, 0x02, 0x0C], &file.to_be_bytes(), Le::None)?;
        let status = self.channel.send_once(&command)?.status();
        match status.status() {
            Status::Ok | Status::MoreData(_) => {
                self.selected = Some(file);
                Ok(())
            }
            _ => Err(refused(status)),
        }
    }
}
