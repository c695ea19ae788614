//! What a reader maker implements: plain synchronous traits, no runtime, no wire format.
//!
//! A [`Driver`] finds readers and tells what happens to them; a [`Reader`] is one device, used by one thread at a
//! time. Makers differ in who leads a visit, so a reader works at one of two levels, which its capabilities say:
//!
//! - **stepwise**: the gateway leads. The reader powers a card and transmits APDUs, and, as far as it can, shows a
//!   screen, takes a PIN and verifies a face by the maker's own operation.
//! - **delegated**: the maker's program leads the whole visit. The reader is given a [`visit::Plan`], reports
//!   [`visit::Progress`] and ends with one [`visit::Outcome`].
//!
//! Every call that may wait is given a [`Call`]: it must return soon after the call's deadline or cancellation, at
//! the latest [`Call::PATIENCE`] later. A driver that does not is killed with its process.

pub mod call;
pub mod card;
pub mod driver;
pub mod error;
pub mod event;
pub mod reader;

pub use call::{Call, CancelFlag};
pub use card::{Atr, PoweredCard};
pub use driver::{Driver, DriverInfo, Host, LogLevel};
pub use error::Error;
pub use event::Event;
pub use madoguchi_core::consent::{Decision, Item};
pub use madoguchi_core::reader::Capability;
pub use madoguchi_core::{Medium, Method, Pin, Reason, screen, visit};
pub use reader::{Reader, ReaderInfo, control};
