//! The driver for Canon MJ Hi-CARA: a face reader that reads cards and phones itself.
//!
//! The device protocol is assumed, see `PROTOCOL.md`. The driver is stepwise. What sets this maker apart:
//!
//! - **It reads phones**, at an antenna of their own: a counter with it needs no other reader.
//! - **It has no 目視**, the staff's check by eye, on the device. Newer firmware takes staff's word from the gateway; the
//!   oldest does not, so that there a face that fails and a PIN that is forgotten end the visit.
//! - **It holds the texts of its screens** and is sent template numbers. What a generation lacks, a page or a language,
//!   it is sent as texts.

mod commands;
mod device;
mod error;
mod factory;
mod field;
mod quirks;
mod reader;
mod screens;
mod transport;

use madoguchi_driver_api::{Driver, Error, Host};
use madoguchi_driver_kit::KitDriver;

use factory::CanonFactory;

/// Makes the driver.
///
/// # Errors
/// [`Error::ReaderUnavailable`] where its section of the configuration is wrong.
pub fn start(host: Host) -> Result<Box<dyn Driver>, Error> {
    let factory = CanonFactory::new(&host)?;
    Ok(Box::new(KitDriver::new(factory, host)))
}

/// What reads reports and messages, for fuzz targets.
#[doc(hidden)]
pub mod codec {
    pub use crate::transport::{
        Damage, Event, Head, Heard, Inbox, LEN, MAX_MESSAGE, Outbox, Target, head, seal,
    };
}
