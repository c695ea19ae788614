//! What the makers' drivers share, so that a driver holds what is its maker's own and nothing else.
//!
//! - A maker implements a [`Factory`] (which devices are plugged in, who is this one) and a [`Device`] (one open line
//!   with its protocol); [`KitDriver`] makes a driver of them: it looks for devices, connects them, tries again the
//!   ones that cannot be opened, keeps selectors, and tells in order what happens.
//! - A device is [`Shared`] between the reader that serves a visit and the pump that listens while nobody does. Each
//!   takes it in turn; the reader goes first.
//! - [`texts`] is what screens say, in every language, for devices that are sent their texts.
//! - [`settings`] reads a driver's own section of the configuration.
//! - [`diff`] turns two looks at the readers into events, for drivers that find their readers otherwise.

pub mod diff;
mod driver;
mod factory;
mod hub;
mod reader;
pub mod settings;
mod shared;
mod slots;
pub mod texts;

pub use driver::KitDriver;
pub use factory::{About, Candidate, Device, Factory};
pub use hub::News;
pub use shared::{Held, Shared};
