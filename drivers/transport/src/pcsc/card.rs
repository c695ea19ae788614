//! One reader with its card, for the thread that talks to the service.

use std::ffi::{CStr, CString};
use std::thread;
use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, Error};
use pcsc::{Card, Disposition, MAX_BUFFER_SIZE_EXTENDED, Protocols, ReaderState, ShareMode, State};
use zeroize::{Zeroize as _, Zeroizing};

use super::error::{meaning, meaning_of_transmit, service_lost};
use super::hold::Hold;
use super::service::Service;

/// How long another program's hold is waited out. The operating system and others look at each new card for a moment.
const BUSY_PATIENCE: Duration = Duration::from_secs(1);

/// The header of an APDU. What is shorter is none, and some readers' drivers hang over it for ever.
const MIN_COMMAND_LEN: usize = 4;

/// How long the service may take to notice that a card has left: pcscd looks every 400 ms where a reader does not tell.
const NOTICE: Duration = Duration::from_millis(500);

/// How often it is tried meanwhile. Nothing announces the end of a hold to one who only wants to connect.
const BUSY_RETRY: Duration = Duration::from_millis(20);

/// One reader, for one thread, with a connection to the service of its own. Dropping it powers the card off.
pub(super) struct Held {
    service: Service,
    card: Option<Card>,
    hold: Hold,
    name: CString,
    /// Whether the card was found gone before the service had to know.
    lost: bool,
    /// The room for the longest response, kept from APDU to APDU.
    room: Vec<u8>,
}

impl Held {
    /// Nothing is connected yet.
    pub(super) fn new() -> Self {
        Self {
            service: Service::default(),
            card: None,
            hold: Hold::default(),
            name: CString::default(),
            lost: false,
            room: vec![0; MAX_BUFFER_SIZE_EXTENDED],
        }
    }

    /// Powers up the card on the reader that has this name now, for this program alone, and returns its answer to
    /// reset.
    ///
    /// # Errors
    /// [`Error::NoCard`], [`Error::ReaderBusy`] after some patience, or what else is wrong.
    pub(super) fn power_on(&mut self, name: &CStr, hold: Hold, call: &Call) -> Result<Vec<u8>, Error> {
        self.power_off();
        hold.raise();
        self.hold = hold;
        name.clone_into(&mut self.name);
        let atr = self.connect(name, call);
        if atr.is_err() {
            self.power_off();
        }
        atr
    }

    fn connect(&mut self, name: &CStr, call: &Call) -> Result<Vec<u8>, Error> {
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
        let status = self.card.insert(card).status2_owned().map_err(meaning)?;
        Ok(status.atr().to_vec())
    }

    /// Sends one APDU. Nothing can end it early but the service.
    ///
    /// # Errors
    /// [`Error::CardRemoved`], [`Error::CardReset`], … After [`Error::ServiceUnavailable`] the card has to be powered
    /// up anew.
    pub(super) fn transmit(&mut self, command: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let card = self.card.as_ref().ok_or(Error::CardRemoved)?;
        if command.len() < MIN_COMMAND_LEN {
            return Err(Error::Protocol {
                detail: "a command without a header".to_owned(),
            });
        }
        let result = match card.transmit(command, &mut self.room) {
            // A card that is pulled in the middle answers nothing, successfully.
            Ok([] | [_]) => Err(Error::CardRemoved),
            Ok(answer) => {
                let response = Zeroizing::new(answer.to_vec());
                let len = answer.len();
                self.room[..len].zeroize();
                Ok(response)
            }
            Err(error) => {
                if service_lost(error) {
                    self.power_off();
                    self.service.drop_context();
                }
                Err(meaning_of_transmit(error))
            }
        };
        self.lost |= matches!(result, Err(Error::CardRemoved));
        result
    }

    /// The card is gone.
    pub(super) const fn card_lost(&mut self) {
        self.lost = true;
    }

    /// Powers the card off, so that nothing stays verified. Where the card is gone that takes a moment.
    pub(super) fn power_off(&mut self) {
        let lost = std::mem::take(&mut self.lost);
        if let Some(card) = self.card.take() {
            if lost {
                self.wait_until_noticed(&card);
            }
            let end = self.end_of(&card);
            // It fails where the card, the reader or the service is gone: nothing is left to power off.
            let _ = card.disconnect(end);
        }
        self.hold.lower();
    }

    /// pcscd takes a card that it cannot power down for gone, but goes on to compare what it sees next with what it saw
    /// before: a card that is put back before its next look would not be there for it until it is taken away again. So
    /// it gets the time to look. After that the card is either gone for pcscd too, or back and can be powered down.
    fn wait_until_noticed(&mut self, card: &Card) {
        let until = Instant::now() + NOTICE;
        let mut state = [ReaderState::new(self.name.clone(), State::UNAWARE)];
        while !has_left(card) {
            let left = until.saturating_duration_since(Instant::now());
            let asked = self
                .service
                .call_once(|context| context.get_status_change(left, &mut state));
            if asked.is_err() || left.is_zero() {
                return;
            }
            state[0].sync_current_state();
        }
    }

    /// How the session with the card ends: without power. But a reader that the service saw the card leave, and nothing
    /// come since, is left alone: whatever is put on there is powered up anew when the service sees it. Powered down
    /// before that, pcscd takes the reader for occupied by what it has not seen come, and so will not see go.
    fn end_of(&mut self, card: &Card) -> Disposition {
        if has_left(card) && !self.is_occupied() {
            Disposition::LeaveCard
        } else {
            Disposition::UnpowerCard
        }
    }

    /// Whether there is a card on the reader now, for all that the service knows.
    fn is_occupied(&mut self) -> bool {
        self.service.slots().map_or(true, |slots| {
            slots
                .iter()
                .any(|slot| slot.name == self.name && slot.card_present)
        })
    }
}

/// Whether the service saw the card leave since it was connected. What lies on the reader now is another, or this anew.
fn has_left(card: &Card) -> bool {
    matches!(card.status2_owned(), Err(pcsc::Error::RemovedCard))
}

impl Drop for Held {
    fn drop(&mut self) {
        self.power_off();
    }
}
