//! LOGIN and LOGOUT: a session of a role.

use std::borrow::Cow;

use madoguchi_driver_api::Error;

use super::{Command, byte, number, tag};
use crate::codec::message::{Field, Fields};
use crate::error::protocol;

/// Who asks, and so what may be asked.
pub(crate) enum Login<'a> {
    /// Screens, PIN, face and card.
    User,
    /// Settings and diagnostics.
    Administrator {
        /// The facility's code.
        code: &'a [u8],
    },
}

impl Command for Login<'_> {
    const CODE: u8 = 0x02;
    /// The session's number.
    type Answer = u16;

    fn fields(&self) -> Vec<Field<'_>> {
        match self {
            Self::User => vec![byte(tag::ROLE, 1)],
            Self::Administrator { code } => vec![byte(tag::ROLE, 2), (tag::CODE, Cow::Borrowed(*code))],
        }
    }

    fn answer(&self, fields: Fields<'_>) -> Result<u16, Error> {
        match number(fields, tag::SESSION)? {
            None | Some(0) => Err(protocol(&"a login without a session")),
            Some(session) => Ok(session),
        }
    }
}

/// Ends the session.
pub(crate) struct Logout;

impl Command for Logout {
    const CODE: u8 = 0x03;
    type Answer = ();

    fn answer(&self, _: Fields<'_>) -> Result<(), Error> {
        Ok(())
    }
}
