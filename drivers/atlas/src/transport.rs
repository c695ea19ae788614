//! The line to the service: one request at a time, beats, notes, and the end of it told once.
//!
//! A line that broke, fell silent or said something that the protocol does not allow is of no use any more: it is closed,
//! which makes the service stop what runs on it, and every later call says [`Error::ServiceUnavailable`], so that the
//! device is connected anew. Nothing is ever sent twice.

mod line;
mod reply;
mod wire;

pub(crate) use line::Line;
pub(crate) use reply::Reply;
pub(crate) use wire::{Tcp, Wire};

#[cfg(test)]
mod tests;
