//! One reader with its card.
//!
//! The service cannot be told to give an APDU up, and a reader's own driver below it may hang. So the card is held on a
//! thread of the link's own, and the caller waits for that thread no longer than its call. A thread that was given up is
//! waited for before the next card is powered up: until then it is it that holds the reader.

use std::ffi::{CStr, CString};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use madoguchi_driver_api::{Call, Error};
use zeroize::Zeroizing;

use super::card::Held;
use super::hold::Hold;

/// How long after its end a call waits for what the thread has to say of it.
const LAST_WORD: Duration = Duration::from_millis(Call::PATIENCE.as_millis() as u64 / 2);

/// How long a card may take to lose its power before it is left to itself.
const POWER_OFF: Duration = Duration::from_millis(500);

/// One reader, for one thread at a time, with a connection to the service of its own. Dropping it powers the card off.
#[derive(Default)]
pub struct Link {
    lane: Option<Lane>,
    /// Whether the card is known to be gone, before the service may know.
    card_lost: bool,
}

/// The thread that holds the card.
struct Lane {
    orders: SyncSender<Order>,
    done: Receiver<Done>,
}

enum Order {
    PowerOn(CString, Hold, Call),
    Transmit(Zeroizing<Vec<u8>>),
    PowerOff,
    /// The card is gone: nobody waits until it is let go.
    LetGo,
}

/// What an order came to: the answer to reset, the response, or nothing.
type Done = Result<Zeroizing<Vec<u8>>, Error>;

impl Link {
    /// A link. Nothing is connected yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Powers up the card on the reader that has this name now, for this program alone, and returns its answer to
    /// reset. The hold is raised for as long as the reader is this program's.
    ///
    /// # Errors
    /// [`Error::NoCard`], [`Error::ReaderBusy`] after some patience, or what else is wrong. Where the thread that was given
    /// up does not come back in time: [`Error::CardUnresponsive`] first, [`Error::ReaderUnavailable`] from the second time.
    pub fn power_on(&mut self, name: &CStr, hold: &Hold, call: &Call) -> Result<Vec<u8>, Error> {
        self.power_off();
        call.check()?;
        hold.wait_until_lowered(call)?;
        if self.lane.is_none() {
            self.lane = Some(Lane::start()?);
        }
        let order = Order::PowerOn(name.to_owned(), hold.clone(), call.clone());
        self.ask(order, call).map(|atr| atr.to_vec())
    }

    /// Sends one APDU.
    ///
    /// # Errors
    /// [`Error::CardRemoved`], [`Error::CardReset`], … After [`Error::ServiceUnavailable`], [`Error::Timeout`] and
    /// [`Error::Cancelled`] in the middle of it the card has to be powered up anew.
    pub fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>, call: &Call) -> Result<(), Error> {
        response.clear();
        call.check()?;
        let answer = self.ask(Order::Transmit(Zeroizing::new(command.to_vec())), call);
        self.card_lost |= matches!(answer, Err(Error::CardRemoved));
        response.extend_from_slice(&answer?);
        Ok(())
    }

    /// The card is gone, as somebody else than the service told.
    pub const fn card_lost(&mut self) {
        self.card_lost = true;
    }

    /// Powers the card off, so that nothing stays verified. A thread that does not come back from the service, or has to
    /// wait until the service has noticed that the card is gone, is left to itself: it powers the card off when it does.
    pub fn power_off(&mut self) {
        if std::mem::take(&mut self.card_lost) {
            if let Some(lane) = &self.lane {
                // It has nothing to do now, so there is room.
                let _ = lane.orders.try_send(Order::LetGo);
            }
            self.lane = None;
        } else if self.lane.is_some() {
            // It fails where the thread is gone, and with it the card.
            let _ = self.ask(Order::PowerOff, &Call::within(POWER_OFF));
        }
    }

    /// Has it done, and waits for that no longer than the call. A thread that is not back by then is given up.
    fn ask(&mut self, order: Order, call: &Call) -> Done {
        let lane = self.lane.as_ref().ok_or(Error::CardRemoved)?;
        match lane.ask(order, call) {
            Ok(done) => done,
            Err(Gone(error)) => {
                self.lane = None;
                Err(error)
            }
        }
    }
}

/// The thread did not answer, for this reason.
struct Gone(Error);

impl Lane {
    fn start() -> Result<Self, Error> {
        let (orders, ordered) = sync_channel(1);
        let (doing, done) = sync_channel(1);
        thread::Builder::new()
            .name("pcsc-link".to_owned())
            .spawn(move || serve(&ordered, &doing))
            .map_err(|error| Error::ReaderUnavailable {
                detail: format!("no thread: {}", error.kind()),
            })?;
        Ok(Self { orders, done })
    }

    fn ask(&self, order: Order, call: &Call) -> Result<Done, Gone> {
        self.orders
            .send(order)
            .map_err(|_| Gone(Error::ServiceUnavailable))?;
        let mut wait = call.slice();
        let mut over = None;
        loop {
            match (self.done.recv_timeout(wait), over) {
                (Ok(done), _) => return Ok(done),
                (Err(RecvTimeoutError::Disconnected), _) => return Err(Gone(Error::ServiceUnavailable)),
                (Err(RecvTimeoutError::Timeout), Some(why)) => return Err(Gone(why)),
                (Err(RecvTimeoutError::Timeout), None) => over = call.check().err(),
            }
            // A thread that looks at the call too says in a moment what it came to.
            wait = if over.is_some() { LAST_WORD } else { call.slice() };
        }
    }
}

/// Serves until nobody orders any more, or nobody waits; then the card is powered off.
fn serve(orders: &Receiver<Order>, done: &SyncSender<Done>) {
    let mut held = Held::new();
    for order in orders {
        let result = match order {
            Order::PowerOn(name, hold, call) => held.power_on(&name, hold, &call).map(Zeroizing::new),
            Order::Transmit(command) => held.transmit(&command),
            Order::PowerOff => {
                held.power_off();
                Ok(Zeroizing::default())
            }
            Order::LetGo => {
                held.card_lost();
                break;
            }
        };
        if done.send(result).is_err() {
            break;
        }
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
            .field("connected", &self.lane.is_some())
            .finish_non_exhaustive()
    }
}
