//! What drivers talk through. Each transport maps its own errors to the driver vocabulary, in one place.

pub mod pcsc;
