//! A plugin that uses every part of the contract and misbehaves only when told to.
#![forbid(unsafe_code)]

use madoguchi_driver_api::{Driver, Error, Host};
use madoguchi_fixture::{Behaviour, FakeDriver};

fn start(host: Host) -> Result<Box<dyn Driver>, Error> {
    Ok(Box::new(FakeDriver::new("full", Behaviour::Good, host)))
}

madoguchi_driver_abi::export_driver!(start);
