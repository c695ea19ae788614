//! The JPKI application (公的個人認証) of a My Number card or a phone that carries one, over any [`CardSession`].
//!
//! What is said to the card is known from public reverse engineering, not from the official specification, which is
//! not public. No file that holds the individual number (個人番号) is ever selected: nothing here knows its name.
//!
//! The conversation ends with power-off on every way out; that is the duty of whoever owns the session, in its `Drop`.

mod channel;
mod error;
mod jpki;
mod session;

pub use error::Error;
pub use jpki::{ExtendedLength, Jpki, MAX_CERTIFICATE_LEN};
pub use session::{CardSession, TransmitError};
