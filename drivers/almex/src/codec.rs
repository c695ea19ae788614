//! Frames on the line: how they are built and taken apart. Public for fuzzing alone.

mod decoder;
mod frame;

pub use decoder::{Decoder, Piece};
pub(crate) use frame::{ACK, ENQ, NAK};
pub use frame::{Flaw, Frame, Kind, MAX_BODY, Mark, build};
