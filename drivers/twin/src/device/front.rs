//! A maker's protocol, device side.

use super::{Body, BodyEvent};

/// What one maker's firmware makes of a [`Body`].
///
/// It runs on the twin's thread and never waits: what takes time is asked of the body and answered by an event. `out` is
/// called once per frame (a whole HID report, or a whole frame of a byte stream): faults and counters go by it. A frame
/// that follows an answer of a slow card waits as long as the card took; the front need not care.
pub trait Front: Send {
    /// Bytes came in: a whole HID report, or whatever a byte stream had, half a frame or three.
    fn receive(&mut self, bytes: &[u8], body: &mut Body, out: &mut dyn FnMut(&[u8]));

    /// Something happened to the body.
    fn happened(&mut self, event: BodyEvent, body: &mut Body, out: &mut dyn FnMut(&[u8]));

    /// The device lost its power or restarted: all that the front remembers is gone, digits included. The body was reset
    /// before; a card that lies in the slot is told next, as if it was just put in.
    fn reboot(&mut self);

    /// Spoils a frame's checksum, for the fault of that name. The default flips a bit in the middle, which a front with
    /// padded frames replaces.
    fn spoil(&self, frame: &mut [u8]) {
        let middle = frame.len() / 2;
        if let Some(byte) = frame.get_mut(middle) {
            *byte ^= 0x01;
        }
    }
}
