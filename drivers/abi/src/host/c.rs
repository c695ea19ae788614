//! The border for C: a checked copy of the driver's struct, and the driver made to look like any other.
//!
//! All that is unsafe about it is in the files of this folder. What the published header promises (`crate::c`) is
//! what the safety of each call rests on; what can be checked is checked all the same.

mod contract;
mod driver;
mod offer;
mod pending;
mod reader;
mod room;

pub(super) use contract::Contract;
pub(super) use driver::start;
