//! The driver for any reader that the operating system's smart card service (PC/SC) knows.
//!
//! It is stepwise and has no screen: it says which readers there are, what lies on them, and transmits APDUs. What
//! it says of them is what PC/SC tells:
//!
//! - **Capabilities are assumed.** PC/SC cannot tell a contactless reader from a contact slot, nor one that reads
//!   phones from one that does not; every reader is given as one for cards and phones. Which readers serve a counter
//!   is configured there.
//! - **Selectors are stable**, unlike PC/SC names: the model and the serial number (`sony-rc-s300-s:1234567`) where
//!   the name or the reader's driver tells one, else the model and an ordinal among its like (`acs-acr1252#0`), which
//!   stays with a reader while it is plugged in.
//! - **A reader that another program holds is listed**, as unavailable.
//! - Readers that an administrator wrote into pcscd's `reader.conf` come and go with pcscd, never while it runs.

mod driver;
mod reader;
mod registry;

pub use driver::PcscDriver;
