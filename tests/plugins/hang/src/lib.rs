//! A plugin that never returns from a transmission, whatever the call's bounds say.
#![forbid(unsafe_code)]

use madoguchi_driver_api::{Driver, Error, Host};
use madoguchi_fixture::{Behaviour, FakeDriver};

fn start(host: Host) -> Result<Box<dyn Driver>, Error> {
    Ok(Box::new(FakeDriver::new("hang", Behaviour::HangOnTransmit, host)))
}

madoguchi_driver_abi::export_driver!(start);
