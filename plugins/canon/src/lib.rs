//! The Canon MJ Hi-CARA driver as a plugin: nothing but the shell around the driver crate.
#![forbid(unsafe_code)]

madoguchi_driver_abi::export_driver!(madoguchi_driver_canon::start);
