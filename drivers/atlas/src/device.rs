//! The service and its devices, as they are connected now.

#[expect(
    clippy::disallowed_types,
    reason = "the kit's looking thread and each device's thread share one connection; held while it is made, which is short"
)]
use std::sync::Mutex;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, Error, Host, LogLevel};
use madoguchi_driver_kit::{About, Device, News};

use crate::commands::Note;
use crate::commands::open::Unit;
use crate::quirks::Quirks;
use crate::settings::Settings;
use crate::transport::{Line, Session};

/// How long the greeting and the first answer may take.
const GREETING: Duration = Duration::from_millis(250);

/// How long a service that did not greet as it should is left alone.
const PAUSE: Duration = Duration::from_millis(500);

/// The service.
#[expect(clippy::disallowed_types, reason = "as above")]
pub(crate) struct Service {
    settings: Settings,
    host: Host,
    connection: Mutex<Connection>,
}

#[derive(Default)]
struct Connection {
    session: Option<Arc<Session>>,
    /// Why the service did not greet as it should, and until when it is not asked again.
    trouble: Option<(Error, Instant)>,
}

impl Service {
    /// Connects to nothing yet.
    #[expect(clippy::disallowed_types, reason = "as above")]
    pub(crate) fn new(settings: Settings, host: Host) -> Self {
        Self {
            settings,
            host,
            connection: Mutex::new(Connection::default()),
        }
    }

    /// The connection as it is, or a new one.
    ///
    /// # Errors
    /// [`Error::ServiceUnavailable`], or why the service refuses.
    pub(crate) fn session(&self) -> Result<Arc<Session>, Error> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = &connection.session {
            if !session.is_lost() {
                return Ok(Arc::clone(session));
            }
            connection.session = None;
        }
        if let Some((error, until)) = &connection.trouble
            && *until > Instant::now()
        {
            return Err(error.clone());
        }
        connection.trouble = None;
        match self.connect() {
            Ok(session) => Ok(Arc::clone(connection.session.insert(Arc::new(session)))),
            // Nobody listens: to ask again costs nothing.
            Err(Error::ServiceUnavailable) => Err(Error::ServiceUnavailable),
            Err(error) => {
                self.host
                    .log(LogLevel::Warn, &format!("the reader service: {error}"));
                // One that does not greet at all is as good as none.
                let error = match error {
                    Error::Timeout => Error::ServiceUnavailable,
                    error => error,
                };
                connection.trouble = Some((error.clone(), Instant::now() + PAUSE));
                Err(error)
            }
        }
    }

    fn connect(&self) -> Result<Session, Error> {
        let token = self.settings.token()?;
        let session = Session::connect(self.settings.address, &token, &Call::within(GREETING))?;
        let text = format!("reader service {:?}", session.hello().version);
        self.host.log(LogLevel::Info, &text);
        Ok(session)
    }
}

/// An open device.
pub struct AtlasDevice {
    service: Arc<Service>,
    line: Line,
    /// Another one after each reconnection.
    epoch: Epoch,
    unit: Unit,
    quirks: Quirks,
    news: News,
}

/// One connection's time: what is powered lasts no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Epoch(u32);

impl AtlasDevice {
    /// Opens the device of that handle.
    ///
    /// # Errors
    /// [`Error::ServiceUnavailable`], [`Error::ReaderRemoved`], …
    pub(crate) fn connect(service: Arc<Service>, handle: u32, news: News) -> Result<Self, Error> {
        let (line, unit) = Line::new(service.session()?, handle)?;
        Ok(Self {
            service,
            line,
            epoch: Epoch(0),
            quirks: unit.quirks(),
            unit,
            news,
        })
    }

    /// What this one can do.
    pub(crate) const fn quirks(&self) -> &Quirks {
        &self.quirks
    }

    /// The time that it is now.
    pub(crate) const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The line over which a card was powered at that time.
    ///
    /// # Errors
    /// [`Error::CardReset`] where it is another line by now: the card lost its power with the old one.
    pub(crate) fn line(&self, powered: Epoch) -> Result<&Line, Error> {
        if self.line.session().is_lost() || self.epoch != powered {
            Err(Error::CardReset)
        } else {
            Ok(&self.line)
        }
    }

    /// The line, made anew where the last one came to its end: for what needs nothing of before.
    ///
    /// # Errors
    /// As [`AtlasDevice::connect`].
    pub(crate) fn fresh_line(&mut self) -> Result<&Line, Error> {
        if self.line.session().is_lost() {
            let session = self.service.session()?;
            // Another start of the service counts its devices anew.
            if session.hello().instance != self.line.session().hello().instance {
                return Err(Error::ReaderRemoved);
            }
            let (line, unit) = Line::new(session, self.unit.handle)?;
            self.line = line;
            self.epoch = Epoch(self.epoch.0.wrapping_add(1));
            self.card(unit.card);
        }
        Ok(&self.line)
    }

    /// Ends the connection: the service stops what runs and powers the card off.
    pub(crate) fn close(&self) {
        self.line.session().close();
    }

    /// Tells what was noted meanwhile.
    pub(crate) fn tell(&mut self) {
        while let Some(note) = self.line.take_note() {
            match note {
                Note::Card { present } => self.card(present),
                Note::Touched => self.news.touched(),
                // Belongs to no device.
                _ => {}
            }
        }
    }

    fn card(&mut self, present: bool) {
        self.unit.card = present;
        if present {
            self.news.card_in();
        } else {
            self.news.card_out();
        }
    }
}

impl Device for AtlasDevice {
    fn about(&self) -> About {
        About {
            selector: self.unit.selector().to_owned(),
            display_name: self.unit.name.clone(),
            model: self.unit.model.clone(),
            firmware: self.unit.firmware.clone(),
            capabilities: self.quirks.capabilities().to_vec(),
            card_present: self.unit.card,
        }
    }

    fn pump(&mut self, call: &Call) -> Result<(), Error> {
        let result = self.fresh_line().and_then(|line| line.listen(call));
        self.tell();
        match result {
            Err(Error::Timeout | Error::Cancelled) => Ok(()),
            result => result,
        }
    }
}

impl std::fmt::Debug for AtlasDevice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AtlasDevice")
            .field("unit", &self.unit)
            .finish_non_exhaustive()
    }
}
