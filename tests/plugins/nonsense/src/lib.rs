//! A plugin that answers nonsense; see the selectors of its readers.
#![forbid(unsafe_code)]

use madoguchi_driver_api::{Driver, Error, Host};
use madoguchi_fixture::{Behaviour, FakeDriver};

fn start(host: Host) -> Result<Box<dyn Driver>, Error> {
    Ok(Box::new(FakeDriver::new("nonsense", Behaviour::Nonsense, host)))
}

madoguchi_driver_abi::export_driver!(start);
