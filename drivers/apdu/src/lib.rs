//! The words that go to a card and come back: command and response APDUs of ISO 7816-4, and the length of a DER file.
//!
//! Everything that carries data keeps it in one zeroized buffer and shows only headers, lengths and status words in
//! `Debug`: a PIN travels in here.

mod command;
mod decode;
mod der;
mod response;
mod status;

pub use command::{BodyTooLong, Command, Le};
pub use decode::DecodeError;
pub use der::{DerError, HEAD_LEN, total_len};
pub use response::{CardRemoved, Response};
pub use status::{Status, StatusWord};
