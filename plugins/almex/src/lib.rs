//! The Almex driver as a plugin: nothing but the shell around [`AlmexFactory`].
#![forbid(unsafe_code)]

use madoguchi_driver_almex::AlmexFactory;
use madoguchi_driver_api::{Driver, Error, Host};
use madoguchi_driver_kit::KitDriver;

fn start(host: Host) -> Result<Box<dyn Driver>, Error> {
    let factory = AlmexFactory::new(host.clone())?;
    Ok(Box::new(KitDriver::new(factory, host)))
}

madoguchi_driver_abi::export_driver!(start);
