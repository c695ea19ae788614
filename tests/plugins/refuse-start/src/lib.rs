//! A plugin that cannot start and says why.
#![forbid(unsafe_code)]

use madoguchi_driver_api::{Driver, Error, Host};

fn start(_host: Host) -> Result<Box<dyn Driver>, Error> {
    Err(Error::ReaderUnavailable {
        detail: "the fixture refuses to start".to_owned(),
    })
}

madoguchi_driver_abi::export_driver!(start);
