//! The conversation over one connection.

use std::io::Write;
use std::net::{Shutdown, SocketAddr, TcpStream};
#[expect(
    clippy::disallowed_types,
    reason = "the listening thread and each device's thread use one connection; held for an exchange, never for a wait"
)]
use std::sync::Mutex;
use std::sync::{Arc, Condvar, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, Error};
use serde::Serialize;
use zeroize::Zeroizing;

use super::table::Table;
use super::{LOCAL, LOOK, Reply, STOP, listen};
use crate::codec::{self, Frame};
use crate::commands::Note;
use crate::commands::open::{self, Hello, Unit};

/// A connection to the service. Dropping it closes it.
pub(crate) struct Session {
    inner: Arc<Inner>,
    thread: Option<JoinHandle<()>>,
    hello: Hello,
}

/// What the listening thread shares with everyone else.
#[expect(clippy::disallowed_types, reason = "as above")]
pub(super) struct Inner {
    mouth: Mutex<Mouth>,
    table: Mutex<Table>,
    heard: Condvar,
}

/// The sending side.
struct Mouth {
    stream: TcpStream,
    last_id: u32,
    said: Instant,
}

/// A device behind a connection.
#[derive(Clone)]
pub(crate) struct Line {
    session: Arc<Session>,
    device: u32,
}

impl Session {
    /// Connects, greets and learns which devices there are.
    ///
    /// # Errors
    /// [`Error::ServiceUnavailable`] where nobody listens, [`Error::ReaderUnavailable`] where the service refuses,
    /// [`Error::Protocol`], …
    #[expect(clippy::disallowed_types, reason = "as above")]
    pub(crate) fn connect(
        address: SocketAddr,
        token: &Zeroizing<String>,
        call: &Call,
    ) -> Result<Self, Error> {
        let gone = |_| Error::ServiceUnavailable;
        let stream = TcpStream::connect_timeout(&address, LOCAL).map_err(gone)?;
        stream.set_nodelay(true).map_err(gone)?;
        stream.set_write_timeout(Some(LOCAL)).map_err(gone)?;
        let inner = Arc::new(Inner {
            mouth: Mutex::new(Mouth {
                stream: stream.try_clone().map_err(gone)?,
                last_id: 0,
                said: Instant::now(),
            }),
            table: Mutex::new(Table::new()),
            heard: Condvar::new(),
        });
        let its = Arc::clone(&inner);
        let thread = std::thread::Builder::new()
            .name("atlas-service".to_owned())
            .spawn(move || listen::listen(stream, &its))
            .map_err(gone)?;
        let mut session = Self {
            inner,
            thread: Some(thread),
            hello: Hello::default(),
        };
        session.hello = session.greeting(call)?;
        let units = open::open(&session, token, call)?;
        session.inner.table().list(units)?;
        Ok(session)
    }

    fn greeting(&self, call: &Call) -> Result<Hello, Error> {
        loop {
            let table = self.inner.table();
            if let Some(hello) = table.hello() {
                return Ok(hello.clone());
            }
            self.inner.wait(table, call)?;
        }
    }

    /// How the service greeted.
    pub(crate) const fn hello(&self) -> &Hello {
        &self.hello
    }

    /// The devices that are plugged in now.
    pub(crate) fn units(&self) -> Vec<Unit> {
        self.inner.table().units().to_vec()
    }

    /// Whether it is of no use any more.
    pub(crate) fn is_lost(&self) -> bool {
        self.inner.table().lost().is_some()
    }

    /// Ends it: the service stops what runs on it and powers every card off.
    pub(crate) fn close(&self) {
        self.inner.lose(Error::ServiceUnavailable);
    }

    /// Sends a request, once, and waits for what it comes to. Notes that belong to it are given to `each`.
    ///
    /// # Errors
    /// [`Error::Cancelled`] and [`Error::Timeout`] after the service was told so; [`Error::ServiceUnavailable`] and
    /// [`Error::Protocol`] where the connection came to its end.
    pub(crate) fn request<T: Serialize>(
        &self,
        device: Option<u32>,
        name: &str,
        with: &T,
        call: &Call,
        each: &mut dyn FnMut(Note) -> Result<(), Error>,
    ) -> Result<Reply, Error> {
        call.check()?;
        self.inner.check()?;
        let id = self.inner.ask(device, name, with)?;
        let result = self.inner.await_reply(id, call, each);
        match &result {
            Err(Error::Cancelled | Error::Timeout) => self.inner.stop(id)?,
            Err(error) => {
                self.inner.table().forget(id);
                // Also where `each` found what cannot be.
                self.inner.lose(error.clone());
            }
            Ok(_) => {}
        }
        result
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.close();
        if let Some(thread) = self.thread.take() {
            // It ends with the connection.
            drop(thread.join());
        }
    }
}

impl Line {
    /// The device of that handle, where it is plugged in.
    ///
    /// # Errors
    /// [`Error::ReaderRemoved`].
    pub(crate) fn new(session: Arc<Session>, device: u32) -> Result<(Self, Unit), Error> {
        let unit = session.units().into_iter().find(|unit| unit.handle == device);
        let unit = unit.ok_or(Error::ReaderRemoved)?;
        Ok((Self { session, device }, unit))
    }

    /// The connection that it is behind.
    pub(crate) const fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// As [`Session::request`], to this device.
    ///
    /// # Errors
    /// As there; [`Error::ReaderRemoved`] where it is not plugged in any more.
    pub(crate) fn request<T: Serialize>(
        &self,
        name: &str,
        with: &T,
        call: &Call,
        each: &mut dyn FnMut(Note) -> Result<(), Error>,
    ) -> Result<Reply, Error> {
        self.session.request(Some(self.device), name, with, call, each)
    }

    /// Waits until the device said something unasked, or the call ends.
    ///
    /// # Errors
    /// Why the connection came to its end, or [`Error::ReaderRemoved`].
    pub(crate) fn listen(&self, call: &Call) -> Result<(), Error> {
        let inner = &self.session.inner;
        loop {
            let table = inner.table();
            if !table.units().iter().any(|unit| unit.handle == self.device) {
                return Err(table.lost().cloned().unwrap_or(Error::ReaderRemoved));
            }
            if table.has_note(self.device) {
                return Ok(());
            }
            inner.wait(table, call)?;
        }
    }

    /// The next thing that the device said unasked.
    pub(crate) fn take_note(&self) -> Option<Note> {
        self.session.inner.table().take_note(self.device)
    }
}

impl Inner {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mouth(&self) -> MutexGuard<'_, Mouth> {
        self.mouth.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it can be used.
    pub(super) fn check(&self) -> Result<(), Error> {
        match self.table().lost() {
            Some(_) => Err(Error::ServiceUnavailable),
            None => Ok(()),
        }
    }

    pub(super) fn beat(&self) -> Duration {
        self.table().beat()
    }

    pub(super) fn silent_for(&self) -> Duration {
        self.mouth().said.elapsed()
    }

    pub(super) fn hear(&self, frame: Frame) -> Result<(), Error> {
        let result = self.table().hear(frame);
        self.heard.notify_all();
        result
    }

    /// It is of no use any more: everyone who waits is told, and the service.
    pub(super) fn lose(&self, why: Error) {
        self.table().lose(why);
        self.heard.notify_all();
        // It fails where the other side closed first.
        let _ = self.mouth().stream.shutdown(Shutdown::Both);
    }

    pub(super) fn send(&self, bytes: &[u8]) -> Result<(), Error> {
        self.mouth().send(bytes)
    }

    /// Sends a request and says its number.
    fn ask<T: Serialize>(&self, device: Option<u32>, name: &str, with: &T) -> Result<u32, Error> {
        let mut mouth = self.mouth();
        let id = mouth.last_id.wrapping_add(1);
        let bytes = codec::request(id, device, name, with)?;
        mouth.last_id = id;
        // Before it is sent: the answer may be faster than we are.
        self.table().ask(id);
        let sent = mouth.send(&bytes);
        drop(mouth);
        if let Err(error) = sent {
            self.table().forget(id);
            self.lose(error.clone());
            return Err(error);
        }
        Ok(id)
    }

    fn await_reply(
        &self,
        id: u32,
        call: &Call,
        each: &mut dyn FnMut(Note) -> Result<(), Error>,
    ) -> Result<Reply, Error> {
        loop {
            let mut table = self.table();
            if let Some(note) = table.take_its_note(id) {
                drop(table);
                each(note)?;
            } else if let Some(reply) = table.take_reply(id) {
                return Ok(reply);
            } else {
                self.wait(table, call)?;
            }
        }
    }

    /// Waits until something came; for a moment only, and not where the connection or the call is over.
    fn wait(&self, table: MutexGuard<'_, Table>, call: &Call) -> Result<(), Error> {
        if let Some(why) = table.lost() {
            return Err(why.clone());
        }
        call.check()?;
        drop(
            self.heard
                .wait_timeout(table, call.slice().min(LOOK))
                .unwrap_or_else(PoisonError::into_inner),
        );
        Ok(())
    }

    /// Tells the service that a request is not wanted any more, and gives it a moment to stop.
    fn stop(&self, id: u32) -> Result<(), Error> {
        let stopped = self.table().stop(id);
        if let Err(error) = stopped.and_then(|()| self.send(&codec::cancel(id)?)) {
            self.lose(error.clone());
            return Err(error);
        }
        let patience = Call::within(STOP);
        loop {
            let table = self.table();
            if !table.is_stopping(id) {
                return Ok(());
            }
            if self.wait(table, &patience).is_err() {
                return Ok(());
            }
        }
    }
}

impl Mouth {
    fn send(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.said = Instant::now();
        self.stream
            .write_all(bytes)
            .map_err(|_| Error::ServiceUnavailable)
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("instance", &self.hello.instance)
            .finish_non_exhaustive()
    }
}
