//! One reader with its card.
//!
//! The service cannot be told to give an APDU up, and a reader's own driver below it may hang. So the card is held on a
//! thread of the link's own, and the caller waits for that thread no longer than its call.

use std::ffi::{CStr, CString};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use madoguchi_driver_api::{Call, Error};
use zeroize::Zeroizing;

use super::card::Held;

/// How long after its end a call waits for what the thread has to say of it.
const LAST_WORD: Duration = Duration::from_millis(Call::PATIENCE.as_millis() as u64 / 2);

/// One reader, for one thread at a time, with a connection to the service of its own. Dropping it powers the card off.
#[derive(Default)]
pub struct Link {
    lane: Option<Lane>,
}

/// The thread that holds the card.
struct Lane {
    orders: SyncSender<Order>,
    done: Receiver<Done>,
}

enum Order {
    PowerOn(CString, Call),
    Transmit(Zeroizing<Vec<u8>>),
    PowerOff,
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
    /// reset.
    ///
    /// # Errors
    /// [`Error::NoCard`], [`Error::ReaderBusy`] after some patience, or what else is wrong.
    pub fn power_on(&mut self, name: &CStr, call: &Call) -> Result<Vec<u8>, Error> {
        self.power_off();
        call.check()?;
        if self.lane.is_none() {
            self.lane = Some(Lane::start()?);
        }
        let order = Order::PowerOn(name.to_owned(), call.clone());
        self.ask(order, call).map(|atr| atr.to_vec())
    }

    /// Sends one APDU.
    ///
    /// # Errors
    /// [`Error::CardRemoved`], [`Error::CardReset`], … After [`Error::ServiceUnavailable`], [`Error::Timeout`] and
    /// [`Error::Cancelled`] in the middle of it the card has to be powered up anew, which is [`Error::ReaderBusy`] for
    /// as long as the card still thinks.
    pub fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>, call: &Call) -> Result<(), Error> {
        response.clear();
        call.check()?;
        let answer = self.ask(Order::Transmit(Zeroizing::new(command.to_vec())), call)?;
        response.extend_from_slice(&answer);
        Ok(())
    }

    /// Powers the card off, so that nothing stays verified. A thread that does not come back from the service is left
    /// to itself: it powers the card off when it does.
    pub fn power_off(&mut self) {
        if self.lane.is_some() {
            // It fails where the thread is gone, and with it the card.
            let _ = self.ask(Order::PowerOff, &Call::within(Call::PATIENCE * 10));
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
            Order::PowerOn(name, call) => held.power_on(&name, &call).map(Zeroizing::new),
            Order::Transmit(command) => held.transmit(&command),
            Order::PowerOff => {
                held.power_off();
                Ok(Zeroizing::default())
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
