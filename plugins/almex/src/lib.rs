//! The Almex driver as a plugin: nothing but the shell around its factory.
#![forbid(unsafe_code)]

use madoguchi_driver_api::{Driver, Error, Host};

fn start(host: Host) -> Result<Box<dyn Driver>, Error> {
    Ok(Box::new(madoguchi_driver_almex::driver(host)?))
}

madoguchi_driver_abi::export_driver!(start);
