//! One reader with its card.

use std::ffi::CStr;
use std::thread;
use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, Error};
use pcsc::{Card, Disposition, MAX_BUFFER_SIZE_EXTENDED, Protocols, ShareMode};
use zeroize::Zeroize;

use super::error::{meaning, meaning_of_transmit, service_lost};
use super::service::Service;

/// How long another program's hold is waited out. The operating system and others look at each new card for a moment.
const BUSY_PATIENCE: Duration = Duration::from_secs(1);

/// The header of an APDU. What is shorter is none, and some readers' drivers hang over it for ever.
const MIN_COMMAND_LEN: usize = 4;

/// How often it is tried meanwhile. Nothing announces the end of a hold to one who only wants to connect.
const BUSY_RETRY: Duration = Duration::from_millis(20);

/// One reader, for one thread, with a connection to the service of its own. Dropping it powers the card off.
pub struct Link {
    service: Service,
    card: Option<Card>,
    /// The room for the longest response, kept from APDU to APDU.
    room: Vec<u8>,
}

impl Link {
    /// A link. Nothing is connected yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            service: Service::default(),
            card: None,
            room: vec![0; MAX_BUFFER_SIZE_EXTENDED],
        }
    }

    /// Powers up the card on the reader that has this name now, for this program alone, and returns its answer to
    /// reset.
    ///
    /// # Errors
    /// [`Error::NoCard`], [`Error::ReaderBusy`] after some patience, or what else is wrong.
    pub fn power_on(&mut self, name: &CStr, call: &Call) -> Result<Vec<u8>, Error> {
        self.power_off();
        call.check()?;
        let since = Instant::now();
        let card = loop {
            match self
                .service
                .call(|context| context.connect(name, ShareMode::Exclusive, Protocols::ANY))
            {
                Err(Error::ReaderBusy) if since.elapsed() < BUSY_PATIENCE => match call.check() {
                    Ok(()) => thread::sleep(BUSY_RETRY.min(call.slice())),
                    Err(Error::Cancelled) => return Err(Error::Cancelled),
                    Err(_) => return Err(Error::ReaderBusy),
                },
                // What was taken for a card has left, or never was one.
                Err(Error::CardRemoved) => return Err(Error::NoCard),
                result => break result?,
            }
        };
        let status = card.status2_owned().map_err(meaning);
        self.card = Some(card);
        match status {
            Ok(status) => Ok(status.atr().to_vec()),
            Err(error) => {
                self.power_off();
                Err(error)
            }
        }
    }

    /// Sends one APDU. Nothing can end it early but the service.
    ///
    /// # Errors
    /// [`Error::CardRemoved`], [`Error::CardReset`], … After [`Error::ServiceUnavailable`] the card has to be powered
    /// up anew.
    pub fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>, call: &Call) -> Result<(), Error> {
        response.clear();
        call.check()?;
        let card = self.card.as_ref().ok_or(Error::CardRemoved)?;
        if command.len() < MIN_COMMAND_LEN {
            return Err(Error::Protocol {
                detail: "a command without a header".to_owned(),
            });
        }
        match card.transmit(command, &mut self.room) {
            // A card that is pulled in the middle answers nothing, successfully.
            Ok([] | [_]) => Err(Error::CardRemoved),
            Ok(answer) => {
                response.extend_from_slice(answer);
                let len = answer.len();
                self.room[..len].zeroize();
                Ok(())
            }
            Err(error) => {
                if service_lost(error) {
                    self.power_off();
                    self.service.drop_context();
                }
                Err(meaning_of_transmit(error))
            }
        }
    }

    /// Powers the card off, so that nothing stays verified.
    pub fn power_off(&mut self) {
        if let Some(card) = self.card.take() {
            // It fails where the card, the reader or the service is gone: nothing is left to power off.
            let _ = card.disconnect(Disposition::UnpowerCard);
        }
    }
}

impl Default for Link {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.power_off();
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link")
            .field("powered", &self.card.is_some())
            .finish_non_exhaustive()
    }
}
