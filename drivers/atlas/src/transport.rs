//! The connection to the service: one for all its devices, with a thread that listens while the devices' threads speak,
//! which is why the socket is here and not behind a line for one thread.
//!
//! A connection that broke, fell silent or carried something that the protocol does not allow is closed, which makes the
//! service stop whatever runs on it and power every card off. Whoever waited on it is told why; the next call that needs
//! nothing of before is made on a new one. Nothing is ever sent twice.

mod listen;
mod reply;
mod session;
mod table;

pub(crate) use reply::Reply;
pub(crate) use session::{Line, Session};

use std::time::Duration;

/// How long the service has to take a connection, and a message off our hands: both are a matter of the machine itself.
const LOCAL: Duration = Duration::from_millis(50);

/// How often a wait looks at its call: half of what is asked of a driver, so that a cancellation has the rest of its
/// time at the service.
const LOOK: Duration = Duration::from_millis(4);

/// How long the service has to say that it stopped what was called off. Later it may still say so, once.
const STOP: Duration = Duration::from_millis(20);

/// How long a message may take from its first byte to its last; the service is on the same machine.
const WHOLE: Duration = Duration::from_millis(250);

/// Until the greeting says how often.
const FIRST_BEAT: Duration = Duration::from_secs(1);

/// Silent for so many beats is gone.
const MISSED_BEATS: u32 = 3;

/// So many notes wait for whoever asks for them.
const MAX_NOTES: usize = 64;

/// So many requests that were called off wait for an answer.
const MAX_STOPPED: usize = 16;

/// More devices than this has no service.
const MAX_UNITS: usize = 64;
