//! The driver for the Face One.
//!
//! It is cut as every driver is: [`factory`] finds devices and opens them, `device` is one open device, `transport` its
//! line, `codec` what is on the line, `commands` one command a file, `screens` the contract's pages as the device knows
//! them, `error` its error codes, `quirks` what differs from unit to unit, `reader` what the contract asks of all that.
//! `PROTOCOL.md` says what the device understands.

mod codec;
mod commands;
mod device;
mod error;
pub mod factory;
mod quirks;
mod reader;
mod screens;
mod transport;

use madoguchi_driver_api::{Driver, Error, Host};

/// Makes the driver: what a gateway calls first.
///
/// # Errors
/// [`Error::ReaderUnavailable`] names what is wrong in the driver's section of the configuration.
pub fn start(host: Host) -> Result<Box<dyn Driver>, Error> {
    Ok(Box::new(factory::driver(host)?))
}

madoguchi_driver_abi::export_driver!(start);
