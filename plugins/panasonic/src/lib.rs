//! The driver for Panasonic Connect's face reader as a plugin: nothing but the shell around [`PanasonicDriver`].
#![forbid(unsafe_code)]

use madoguchi_driver_api::{Driver, Error, Host};
use madoguchi_driver_panasonic::PanasonicDriver;

fn start(host: Host) -> Result<Box<dyn Driver>, Error> {
    Ok(Box::new(PanasonicDriver::start(host)?))
}

madoguchi_driver_abi::export_driver!(start);
