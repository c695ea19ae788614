//! A plugin that panics when it starts.
#![forbid(unsafe_code)]

use madoguchi_driver_api::{Driver, Error, Host};

#[expect(clippy::panic, reason = "that is what this plugin is for")]
fn start(_host: Host) -> Result<Box<dyn Driver>, Error> {
    panic!("{}", madoguchi_fixture::SECRET)
}

madoguchi_driver_abi::export_driver!(start);
