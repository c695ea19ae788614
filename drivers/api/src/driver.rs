//! A driver: finds readers and tells what happens to them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Call, Error, Event, Reader, ReaderInfo};

/// What a driver says of itself; compared with its manifest when it is loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriverInfo {
    /// The driver's id, as in its manifest.
    pub id: String,
    /// The maker of the devices.
    pub maker: String,
    /// The driver's own version.
    pub version: String,
}

/// How important a log line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogLevel {
    /// Somebody has to do something.
    Error,
    /// Something is off, the driver copes.
    Warn,
    /// What an operator wants to know.
    Info,
    /// What an engineer wants to know.
    Debug,
}

/// What the host offers to a driver.
///
/// A plugin's own `tracing` or `println!` goes nowhere: a cdylib has statics of its own and its standard streams are
/// closed. This is the way out.
#[derive(Clone)]
pub struct Host {
    log: Arc<LogSink>,
    settings: Arc<str>,
}

type LogSink = dyn Fn(LogLevel, &str) + Send + Sync;

impl Host {
    /// A host that passes log lines on.
    #[must_use]
    pub fn new(log: impl Fn(LogLevel, &str) + Send + Sync + 'static) -> Self {
        Self {
            log: Arc::new(log),
            settings: Arc::from("{}"),
        }
    }

    /// The same host with what the configuration says under `drivers.settings.<id>`, as a JSON object.
    #[must_use]
    pub fn with_settings(self, settings: &str) -> Self {
        Self {
            settings: Arc::from(settings),
            ..self
        }
    }

    /// The driver's own section of the gateway's configuration (`drivers.settings.<id>`), as a JSON object; `{}` where
    /// there is none. What its keys mean is the driver's business.
    #[must_use]
    pub fn settings(&self) -> &str {
        &self.settings
    }

    /// Logs a line. Never anything read from a card or typed by a person. The gateway makes one line of bounded length
    /// of it, masks digits that may be somebody's number, and leaves out what is too much.
    pub fn log(&self, level: LogLevel, line: &str) {
        (self.log)(level, line);
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Host")
    }
}

/// A maker's driver. One is made per process.
pub trait Driver: Send + Sync {
    /// What it says of itself. Returns at once.
    fn info(&self) -> DriverInfo;

    /// Every reader that is connected now, also one that may not be opened, with the reason.
    ///
    /// # Errors
    /// [`Error::ServiceUnavailable`] where nobody can tell.
    fn readers(&self) -> Result<Vec<ReaderInfo>, Error>;

    /// Waits for the next thing that happens to any reader, in order; `None` when the timeout passed first. Only
    /// one thread calls this. After an error the host asks for [`Driver::readers`] anew.
    ///
    /// # Errors
    /// [`Error::ServiceUnavailable`] where nobody can tell; the next call may succeed again.
    fn next_event(&self, timeout: Duration) -> Result<Option<Event>, Error>;

    /// Makes a waiting [`Driver::next_event`] return soon. May be called from any thread.
    fn interrupt(&self);

    /// Opens a reader by its selector, for exclusive use by one thread.
    ///
    /// # Errors
    /// Why it cannot be opened.
    fn open(&self, selector: &str, call: &Call) -> Result<Box<dyn Reader>, Error>;
}
