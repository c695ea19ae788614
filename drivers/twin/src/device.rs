//! Simulated face readers: one device state machine for all makers, a maker's protocol in front of it, a line behind.
//!
//! A [`Body`] is what every face reader has: a panel with buttons, a PIN pad, a camera, a slot with a card in it, lights
//! and a beeper. A [`Front`] is what one maker makes of it: the protocol, device side. A [`Twin`] runs both on a thread
//! behind a [`Link`], and a [`Stage`] lets a test, a script or a person act on it: put a card on, press, type, pull the
//! plug. A [`Patient`] does all that by itself, as a persona would.
//!
//! A front shares no code with the driver of its maker: both follow the written protocol, and that is what is tested.

mod body;
mod camera;
mod digits;
mod event;
mod fault;
mod front;
#[doc(hidden)]
pub mod fuzzing;
mod identity;
mod link;
pub mod makers;
mod panel;
mod patient;
mod random;
mod refused;
mod signal;
mod slot;
mod stage;
mod twin;

pub use body::Body;
pub use camera::FaceScript;
pub use digits::Digits;
pub use event::BodyEvent;
pub use fault::{At, DeviceFaults, Fault, What};
pub use front::Front;
pub use identity::{Generation, Identity};
pub use link::{HidLink, Link, LinkError, PtyLink, TcpLink};
pub use panel::{Button, Field, PageKind, Panel, PinPad};
pub use patient::{End, Patient, PhoneReader, Quirk, Visit, Visiting};
pub use random::Random;
pub use refused::Refused;
pub use signal::{Colour, Signal};
pub use slot::{CardKind, CardReply, Slot};
pub use stage::{
    Act, Acts, CardState, ClientError, Insert, PinState, ServerError, Stage, StageClient, State, Typed,
};
pub use twin::{Options, StartError, Twin};
