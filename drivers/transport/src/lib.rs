//! What drivers talk through. Each transport maps its own errors to the driver vocabulary, in one place: what a lost
//! device or a passed deadline is, is decided here and nowhere else.
//!
//! - [`hid`]: reports of a HID device, by the operating system or by a folder of links.
//! - [`serial`]: bytes of a serial port.
//! - [`tcp`]: bytes of a service on this computer or in its network.
//! - [`pcsc`]: cards in readers of the operating system's smart card service.
//!
//! Whatever waits is given a call: it returns as soon as there is something, and within a slice after the call's end.

pub mod hid;
pub mod pcsc;
pub mod serial;
mod stream;
pub mod tcp;
