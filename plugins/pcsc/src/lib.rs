//! The PC/SC driver as a plugin: nothing but the shell around [`PcscDriver`].
#![forbid(unsafe_code)]

use madoguchi_driver_api::{Driver, Error, Host};
use madoguchi_driver_pcsc::PcscDriver;

fn start(host: Host) -> Result<Box<dyn Driver>, Error> {
    Ok(Box::new(PcscDriver::new(host)))
}

madoguchi_driver_abi::export_driver!(start);
