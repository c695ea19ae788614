//! A plugin that panics whenever it is to transmit.
#![forbid(unsafe_code)]

use madoguchi_driver_api::{Driver, Error, Host};
use madoguchi_fixture::{Behaviour, FakeDriver};

fn start(host: Host) -> Result<Box<dyn Driver>, Error> {
    Ok(Box::new(FakeDriver::new(
        "panic",
        Behaviour::PanicOnTransmit,
        host,
    )))
}

madoguchi_driver_abi::export_driver!(start);
