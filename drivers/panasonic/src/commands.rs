//! The commands, one a file: what is sent, and what the reply says.

pub(crate) mod clear;
pub(crate) mod echo;
pub(crate) mod face;
pub(crate) mod fetch;
pub(crate) mod identify;
pub(crate) mod pin;
pub(crate) mod show;
pub(crate) mod visual;

use crate::error::{Error, status};
use crate::transport::message::{Code, Reply};

/// The reply, where the device did as it was told.
fn done(command: Code, reply: Reply) -> Result<Reply, Error> {
    match reply.status {
        status::DONE => Ok(reply),
        status => Err(Error::Refused { command, status }),
    }
}

/// A reply that says nothing but how it went.
pub(crate) fn accepted(command: Code, reply: Reply) -> Result<(), Error> {
    done(command, reply).map(drop)
}
