//! The driver for the Atlas EXC-9200.
//!
//! The maker's own service runs on the PC and is spoken to over loopback TCP. It is **delegated**: it leads the visit, is
//! given a plan, and comes to one outcome. What it cannot do itself, a phone's visit above all, the gateway goes on with
//! step by step, where the device knows steps: an old one does not.
//!
//! The protocol is in `PROTOCOL.md`; **all of it is assumed**, since the maker's is not public. One connection oversees the
//! service and tells which devices there are; each device has one of its own, so that one that hangs holds up no other.
//! A connection on which something came that cannot be is closed and made anew; nothing is ever sent twice.

#[doc(hidden)]
pub mod codec;
mod commands;
mod device;
mod error;
mod factory;
mod quirks;
mod reader;
mod screens;
mod service;
mod settings;
mod transport;

pub use factory::AtlasFactory;

use madoguchi_driver_api::{Error, Host};
use madoguchi_driver_kit::KitDriver;

/// The driver.
pub type AtlasDriver = KitDriver<AtlasFactory>;

/// The driver's id, as in the plugin's manifest.
pub const ID: &str = "atlas";

/// Makes the driver. The service need not run yet.
///
/// # Errors
/// [`Error::ReaderUnavailable`] names what is wrong in the driver's section of the configuration.
pub fn driver(host: Host) -> Result<AtlasDriver, Error> {
    Ok(KitDriver::new(AtlasFactory::new(&host)?, host))
}
