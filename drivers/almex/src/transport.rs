//! The line: frames that arrive once and in order, whatever happens to them on the way. Public for fuzzing alone.

mod decoder;
mod frame;
mod link;
mod serial;

pub use decoder::{Decoder, Piece};
pub use frame::{Flaw, Frame, Kind, MAX_BODY, Mark, build};
pub(crate) use link::{Link, Wire};
pub(crate) use serial::{FIRST_SPEED, open};

#[cfg(test)]
pub(crate) use link::tests::link as link_to;
