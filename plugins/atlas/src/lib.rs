//! The Atlas driver as a plugin: nothing but the shell around [`AtlasDriver`](madoguchi_driver_atlas::AtlasDriver).
#![forbid(unsafe_code)]

use madoguchi_driver_api::{Driver, Error, Host};

fn start(host: Host) -> Result<Box<dyn Driver>, Error> {
    Ok(Box::new(madoguchi_driver_atlas::driver(host)?))
}

madoguchi_driver_abi::export_driver!(start);
