//! One thread for each place where a device is plugged in: it connects the device, listens to it, and connects it anew.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, PoisonError};
#[expect(
    clippy::disallowed_types,
    reason = "a slot's thread says what it is connected to, the driver's threads ask; held for an assignment"
)]
use std::sync::{Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, CancelFlag, Error, Host, LogLevel};

use crate::hub::{Hub, Listed, Plug};
use crate::{About, Candidate, Device, Factory, News, Shared};

/// How long a device may take to be opened and to say who it is.
const CONNECT: Duration = Duration::from_secs(2);

/// The pauses between two tries.
const MIN_PAUSE: Duration = Duration::from_millis(50);
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// A connection that held this long was a good one: the next try comes soon again.
const GOOD: Duration = Duration::from_secs(1);

/// What all slots of a driver share.
pub(crate) struct Common<F> {
    pub(crate) factory: F,
    pub(crate) host: Host,
    pub(crate) hub: Arc<Hub>,
}

/// A place with its thread.
pub(crate) struct Slot<F: Factory> {
    key: String,
    /// How it was found there.
    found: F::Place,
    /// What the place itself is listed as, while nothing is connected.
    place: Plug,
    inner: Arc<Inner<F::Device>>,
    thread: JoinHandle<()>,
}

#[expect(clippy::disallowed_types, reason = "as above")]
struct Inner<D> {
    now: Mutex<Now<D>>,
    changed: Condvar,
    stopped: AtomicBool,
    /// Whether the first try is over.
    settled: AtomicBool,
}

/// What a slot's thread is connected to.
struct Now<D>(Option<(Plug, Shared<D>)>);

impl<F: Factory> Slot<F> {
    /// Starts the thread.
    #[expect(clippy::disallowed_types, reason = "as above")]
    pub(crate) fn start(common: Arc<Common<F>>, candidate: Candidate<F::Place>) -> std::io::Result<Self> {
        let inner = Arc::new(Inner {
            now: Mutex::new(Now(None)),
            changed: Condvar::new(),
            stopped: AtomicBool::new(false),
            settled: AtomicBool::new(false),
        });
        let (key, found) = (candidate.key.clone(), candidate.place.clone());
        let place = common.hub.new_plug();
        let its = Arc::clone(&inner);
        let thread = std::thread::Builder::new().name("device".into()).spawn(move || {
            Worker {
                common,
                candidate,
                place,
                inner: its,
                complained: None,
                said: None,
                listed: None,
                renamed: false,
            }
            .run();
        })?;
        Ok(Self {
            key,
            found,
            place,
            inner,
            thread,
        })
    }

    /// Whether it is this one. What is found otherwise at the same port was plugged in anew between two looks.
    pub(crate) fn is(&self, candidate: &Candidate<F::Place>) -> bool {
        self.key == candidate.key && self.found == candidate.place
    }

    /// The device, where this connection is the slot's.
    pub(crate) fn device(&self, plug: Plug) -> Option<Shared<F::Device>> {
        let now = self.inner.lock();
        now.0
            .as_ref()
            .filter(|(own, _)| *own == plug)
            .map(|(_, device)| device.clone())
    }

    /// Takes the device off the list at once, before its thread has noticed.
    pub(crate) fn unlist(&self, hub: &Hub) {
        hub.unlist(self.place);
        let now = self.inner.lock();
        if let Some((plug, _)) = &now.0 {
            hub.unlist(*plug);
        }
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.inner.settled.load(Ordering::Acquire)
    }

    /// Ends the thread soon, and with it the device's place on the list.
    pub(crate) fn stop(self) -> JoinHandle<()> {
        self.inner.stopped.store(true, Ordering::Release);
        let now = self.inner.lock();
        if let Some((_, device)) = &now.0 {
            device.lose();
        }
        self.inner.changed.notify_all();
        drop(now);
        self.thread
    }
}

impl<D> Inner<D> {
    fn lock(&self) -> MutexGuard<'_, Now<D>> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }
}

struct Worker<F: Factory> {
    common: Arc<Common<F>>,
    candidate: Candidate<F::Place>,
    place: Plug,
    inner: Arc<Inner<F::Device>>,
    /// What was logged last, so that it is not logged at each try.
    complained: Option<Error>,
    /// What the device asked to be listed by when it was open: while it cannot be opened it is the same reader.
    said: Option<String>,
    /// What it was listed as since then, while it could not be opened.
    listed: Option<String>,
    /// Whether it was logged that this was another selector than the device's own.
    renamed: bool,
}

impl<F: Factory> Worker<F> {
    fn run(mut self) {
        let mut pause = MIN_PAUSE;
        while !self.inner.is_stopped() {
            let plug = self.common.hub.new_plug();
            let since = Instant::now();
            let connected = guarded(|| self.connect(plug));
            match connected {
                Ok(device) => {
                    self.common.hub.unlist(self.place);
                    self.serve(plug, device);
                    if since.elapsed() > GOOD {
                        pause = MIN_PAUSE;
                    }
                }
                Err(error) => self.cannot(error),
            }
            self.settle();
            self.rest(pause);
            pause = (pause * 2).min(MAX_PAUSE);
        }
        self.common.hub.unlist(self.place);
        self.settle();
    }

    fn connect(&self, plug: Plug) -> Result<F::Device, Error> {
        let inner = Arc::clone(&self.inner);
        let stopped = CancelFlag::following(move || inner.is_stopped());
        let call = Call::new(Instant::now() + CONNECT, stopped);
        let news = News::new(Arc::clone(&self.common.hub), plug);
        self.common.factory.connect(&self.candidate, news, &call)
    }

    /// Lists the device and listens to it until it is lost.
    fn serve(&mut self, plug: Plug, device: F::Device) {
        let mut about = device.about();
        if about.selector.trim().is_empty() {
            about.selector.clone_from(&self.candidate.selector);
        }
        self.said = Some(about.selector.clone());
        let device = Shared::new(device);
        self.inner.lock().0 = Some((plug, device.clone()));
        if self.inner.is_stopped() {
            device.lose();
        } else {
            let Listed {
                selector,
                is_numbered,
            } = self.common.hub.list(plug, about, None);
            if is_numbered {
                let line = format!(
                    "another device has the same serial number: this one is {selector}; they may change places when \
                     they are plugged in anew"
                );
                self.log(LogLevel::Warn, &line);
            }
            if let Some(before) = self.listed.take()
                && before != selector
                && !std::mem::replace(&mut self.renamed, true)
            {
                let line = format!(
                    "is {selector} now that it is open, and was {before} before: what staff said of that one, such as \
                     that it is out of service, does not hold for it"
                );
                self.log(LogLevel::Warn, &line);
            }
            self.complained = None;
        }
        self.settle();
        let result = guarded(|| {
            device
                .pump(|error| self.log(LogLevel::Warn, &format!("{error}")))
                .map_or(Ok(()), Err)
        });
        // First off the list, then closed: whoever opens it now is told that it is gone.
        self.common.hub.unlist(plug);
        self.inner.lock().0 = None;
        device.lose();
        if let Err(error) = result {
            self.log(LogLevel::Info, &format!("lost: {error}"));
        }
    }

    fn cannot(&mut self, error: Error) {
        if self.inner.is_stopped() {
            return;
        }
        if error == Error::ReaderRemoved {
            self.common.hub.unlist(self.place);
            return;
        }
        if self.complained.as_ref() != Some(&error) {
            self.log(LogLevel::Warn, &format!("cannot be used: {error}"));
            self.complained = Some(error.clone());
        }
        let about = About {
            selector: self
                .said
                .clone()
                .unwrap_or_else(|| self.candidate.selector.clone()),
            display_name: self.candidate.display_name.clone(),
            model: String::new(),
            firmware: String::new(),
            capabilities: Vec::new(),
            card_present: false,
        };
        // Where another has the selector too, that was said when it was connected.
        let listed = self.common.hub.list(self.place, about, Some(error));
        self.listed = Some(listed.selector);
    }

    fn settle(&self) {
        self.inner.settled.store(true, Ordering::Release);
    }

    fn rest(&self, pause: Duration) {
        let now = self.inner.lock();
        // A wait that ends early for no reason is a try that comes early.
        if !self.inner.is_stopped() {
            drop(self.inner.changed.wait_timeout(now, pause));
        }
    }

    fn log(&self, level: LogLevel, line: &str) {
        self.common
            .host
            .log(level, &format!("{}: {line}", self.candidate.key));
    }
}

/// A maker's code that panics costs this device its connection, not the driver its thread.
fn guarded<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(Error::DriverPanicked {
            detail: "in the device's thread".to_owned(),
        })
    })
}
