//! One device, in turn for the reader that serves a visit and the pump that listens meanwhile.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, PoisonError};
#[expect(
    clippy::disallowed_types,
    reason = "the device changes hands between two threads; held for the exchange, never while the device is used"
)]
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, CancelFlag, Error};

use crate::Device;

/// How long a device is left to its reader after a call: the next one often follows at once, and finds it free.
const LINGER: Duration = Duration::from_millis(30);

/// One turn of the pump. It ends at once when a reader wants the device.
const PUMP: Duration = Duration::from_secs(1);

/// A device that is used in turn. Cheap to clone; all clones are one device.
pub struct Shared<D>(Arc<Place<D>>);

#[expect(clippy::disallowed_types, reason = "as above")]
struct Place<D> {
    turn: Mutex<Turn<D>>,
    moved: Condvar,
    /// So many readers' calls wait for it.
    wanted: AtomicUsize,
    lost: AtomicBool,
    opened: AtomicBool,
}

struct Turn<D> {
    /// The device, where nobody uses it.
    device: Option<D>,
    free_since: Instant,
    /// Whether the pump wants to know when it is given back.
    pump_waits: bool,
}

impl<D> Clone for Shared<D> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<D> Shared<D> {
    /// A device that nobody uses yet. For a driver's own tests; a driver is given its devices.
    #[must_use]
    #[expect(clippy::disallowed_types, reason = "as above")]
    pub fn new(device: D) -> Self {
        Self(Arc::new(Place {
            turn: Mutex::new(Turn {
                device: Some(device),
                free_since: Instant::now(),
                pump_waits: false,
            }),
            moved: Condvar::new(),
            wanted: AtomicUsize::new(0),
            lost: AtomicBool::new(false),
            opened: AtomicBool::new(false),
        }))
    }

    /// Takes the device for one call; gives it back when dropped.
    ///
    /// # Errors
    /// [`Error::ReaderRemoved`] where it is gone, [`Error::Timeout`], [`Error::Cancelled`].
    pub fn hold(&self, call: &Call) -> Result<Held<'_, D>, Error> {
        let place = &*self.0;
        call.check()?;
        place.wanted.fetch_add(1, Ordering::AcqRel);
        let mut turn = place.lock();
        let taken = loop {
            if self.is_lost() {
                break Err(Error::ReaderRemoved);
            }
            if let Some(device) = turn.device.take() {
                break Ok(device);
            }
            if let Err(error) = call.check() {
                break Err(error);
            }
            turn = place.wait(turn, call.slice());
        };
        place.wanted.fetch_sub(1, Ordering::AcqRel);
        drop(turn);
        taken.map(|device| Held {
            place,
            device: Some(device),
        })
    }

    /// Whether the device is gone for good; one that returns is another.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.0.lost.load(Ordering::Acquire)
    }

    /// Gives the device up: it is closed as soon as nobody uses it.
    pub(crate) fn lose(&self) {
        self.0.lost.store(true, Ordering::Release);
        let mut turn = self.0.lock();
        let device = turn.device.take();
        self.0.moved.notify_all();
        drop(turn);
        drop(device);
    }

    /// Makes it the one reader's that may be open.
    pub(crate) fn open(&self) -> Result<Opened<D>, Error> {
        if self.0.opened.swap(true, Ordering::AcqRel) {
            return Err(Error::ReaderBusy);
        }
        Ok(Opened(self.clone()))
    }

    /// The call, ended also by the loss of the device.
    pub(crate) fn bound(&self, call: &Call) -> Call
    where
        D: Send + 'static,
    {
        let (place, flag) = (Arc::clone(&self.0), call.cancel_flag().clone());
        let ends = move || place.lost.load(Ordering::Acquire) || flag.is_cancelled();
        Call::new(Instant::now() + call.remaining(), CancelFlag::following(ends))
    }
}

impl<D: Device> Shared<D> {
    /// Listens while nobody else uses the device, until it is lost; says why where the pump noticed it. `grumble` is
    /// told of each error that the device survives.
    pub(crate) fn pump(&self, mut grumble: impl FnMut(&Error)) -> Option<Error> {
        let place = Arc::clone(&self.0);
        let wanted = move || place.wanted.load(Ordering::Acquire) > 0 || place.lost.load(Ordering::Acquire);
        let flag = CancelFlag::following(wanted);
        let mut trouble = 0_u32;
        while let Some(mut device) = self.take_idle() {
            let result = device.pump(&Call::new(Instant::now() + PUMP, flag.clone()));
            self.0.put_back(device, None);
            match result {
                Ok(()) | Err(Error::Timeout | Error::Cancelled) => trouble = 0,
                Err(error @ (Error::ReaderRemoved | Error::ServiceUnavailable)) => return Some(error),
                Err(error) if trouble < MAX_TROUBLE => {
                    grumble(&error);
                    trouble += 1;
                }
                Err(error) => return Some(error),
            }
        }
        None
    }

    /// The device, once nobody has used it for a while; none when it is lost.
    fn take_idle(&self) -> Option<D> {
        let place = &*self.0;
        let mut turn = place.lock();
        loop {
            if self.is_lost() {
                return None;
            }
            let rest = LINGER.saturating_sub(turn.free_since.elapsed());
            if turn.device.is_none() || place.wanted.load(Ordering::Acquire) > 0 {
                turn.pump_waits = true;
                turn = place.moved.wait(turn).unwrap_or_else(PoisonError::into_inner);
                turn.pump_waits = false;
            } else if rest.is_zero() {
                return turn.device.take();
            } else {
                turn = place.wait(turn, rest);
            }
        }
    }
}

/// So many errors in a row a device survives while it is idle; then it is connected anew.
const MAX_TROUBLE: u32 = 8;

impl<D> Place<D> {
    fn lock(&self) -> MutexGuard<'_, Turn<D>> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, turn: MutexGuard<'a, Turn<D>>, timeout: Duration) -> MutexGuard<'a, Turn<D>> {
        self.moved
            .wait_timeout(turn, timeout)
            .unwrap_or_else(PoisonError::into_inner)
            .0
    }

    /// Gives the device back, at the moment from which on the pump lets it be; a lost one is closed.
    fn put_back(&self, device: D, free_since: Option<Instant>) {
        let mut turn = self.lock();
        if self.lost.load(Ordering::Acquire) {
            drop(turn);
            drop(device);
            return;
        }
        turn.device = Some(device);
        if let Some(since) = free_since {
            turn.free_since = since;
        }
        if turn.pump_waits || self.wanted.load(Ordering::Acquire) > 0 {
            self.moved.notify_all();
        }
    }
}

/// A device in use. Dropping it gives it back.
#[must_use = "dropping it gives the device back"]
pub struct Held<'s, D> {
    place: &'s Place<D>,
    /// There until it is dropped.
    device: Option<D>,
}

impl<D> Deref for Held<'_, D> {
    type Target = D;

    fn deref(&self) -> &D {
        match &self.device {
            Some(device) => device,
            None => unreachable!("it is taken out by drop alone"),
        }
    }
}

impl<D> DerefMut for Held<'_, D> {
    fn deref_mut(&mut self) -> &mut D {
        match &mut self.device {
            Some(device) => device,
            None => unreachable!("it is taken out by drop alone"),
        }
    }
}

impl<D> Drop for Held<'_, D> {
    fn drop(&mut self) {
        if let Some(device) = self.device.take() {
            self.place.put_back(device, Some(Instant::now()));
        }
    }
}

/// A device while a reader is open over it. Dropping it lets another be opened.
pub(crate) struct Opened<D>(Shared<D>);

impl<D> Deref for Opened<D> {
    type Target = Shared<D>;

    fn deref(&self) -> &Shared<D> {
        &self.0
    }
}

impl<D> Drop for Opened<D> {
    fn drop(&mut self) {
        self.0.0.opened.store(false, Ordering::Release);
    }
}

impl<D> std::fmt::Debug for Shared<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("lost", &self.is_lost())
            .finish_non_exhaustive()
    }
}

impl<D> std::fmt::Debug for Held<'_, D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Held")
    }
}
