//! What happens to a device, told to its front.

use madoguchi_core::screen::{Answer, FaceOutcome};

use super::Digits;

/// What happened. Each is told once, in order, and after the call that caused it has returned.
#[derive(Debug)]
pub enum BodyEvent {
    /// Something lies in the slot now, with a chip or without. Told again where a second thing is held up beside it, and
    /// when only one is left of two: see [`Slot::is_crowded`](super::Slot::is_crowded).
    CardIn,
    /// The slot is empty now. What used its card has ended: no more of it comes but [`BodyEvent::FaceNoCard`].
    CardOut,
    /// The screen was touched where no button is, as on the welcome page.
    Touched,
    /// A button of the panel was pressed. Never [`Answer::Quit`], which is [`BodyEvent::Quit`]. The panel stays until the
    /// front shows another or clears it.
    Pressed(Answer),
    /// The last digit was typed; the pad is gone.
    Pin(Digits),
    /// The patient chose not to type; the pad is gone and its digits too.
    PinCancelled,
    /// The camera is done; after [`FaceOutcome::Match`] the card signs without a PIN until it loses its power.
    Face(FaceOutcome),
    /// The camera stopped, since the card left or lost its power, or is none that can be compared with.
    FaceNoCard,
    /// The patient wants to stop: the button, or the device's own key.
    Quit,
    /// The time is up that [`Body::wake_in`](super::Body::wake_in) was given.
    Woke,
    /// Somebody connected to a [`Link`](super::Link) whose device notices: the TCP link only.
    Connected,
    /// Whoever was connected is gone, where the device notices.
    Disconnected,
}
