//! The service, as it is connected now: whoever finds the connection lost makes a new one, for all.

use std::sync::{Arc, TryLockError};
#[expect(
    clippy::disallowed_types,
    reason = "the looking thread and each device's thread share one connection; held while it is made, and waited for no longer than a call allows"
)]
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, Error, Host, LogLevel};

use crate::settings::Settings;
use crate::transport::Session;

/// How long the greeting and the first answer may take.
const GREETING: Duration = Duration::from_millis(250);

/// How long a service that did not greet as it should is left alone.
const PAUSE: Duration = Duration::from_millis(500);

/// How soon one who waits for another's connecting looks again.
const BUSY: Duration = Duration::from_millis(2);

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
    /// [`Error::ServiceUnavailable`], why the service refuses, or that the call ended before.
    pub(crate) fn session(&self, call: &Call) -> Result<Arc<Session>, Error> {
        let mut connection = self.connection(call)?;
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
        match self.connect(call) {
            Ok(session) => Ok(Arc::clone(connection.session.insert(Arc::new(session)))),
            // Nobody listens: to ask again costs nothing.
            Err(Error::ServiceUnavailable) => Err(Error::ServiceUnavailable),
            Err(error) => {
                call.check()?;
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

    /// Waits for whoever is connecting, as long as the call goes on.
    fn connection(&self, call: &Call) -> Result<MutexGuard<'_, Connection>, Error> {
        loop {
            match self.connection.try_lock() {
                Ok(connection) => return Ok(connection),
                Err(TryLockError::Poisoned(poisoned)) => return Ok(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => {
                    call.check()?;
                    std::thread::sleep(BUSY.min(call.slice()));
                }
            }
        }
    }

    fn connect(&self, call: &Call) -> Result<Session, Error> {
        let token = self.settings.token()?;
        let greeting = Call::new(
            Instant::now() + call.remaining().min(GREETING),
            call.cancel_flag().clone(),
        );
        let session = Session::connect(self.settings.address, &token, &greeting)?;
        let text = format!("reader service {:?}", session.hello().version);
        self.host.log(LogLevel::Info, &text);
        Ok(session)
    }
}
