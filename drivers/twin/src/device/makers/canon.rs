//! Canon MJ Hi-CARA, device side: HID reports with one stream of CBOR messages, NFC of its own, texts of its own.
//!
//! Made after `drivers/canon/PROTOCOL.md`, with none of the driver's code: reports, frames and CBOR are read here by
//! other means.

mod field;
mod frames;
mod message;
mod nfc;
mod operations;
mod pages;
mod reports;
mod texts;

use madoguchi_core::reader::Capability;
use zeroize::Zeroizing;

use super::{ChipSlot, Maker, Plug};
use crate::device::{Body, BodyEvent, Front, Generation, Identity};
use field::Field;
use frames::{Frames, Piece};
use message::{Kind, Request, Status};
use operations::Pending;
use reports::{In, Out, Place};

/// The maker's line of the table.
pub(super) const MAKER: Maker = Maker {
    name: "canon",
    plug: Plug::Hid {
        vendor_id: 0x04A9,
        product_id: 0x7C2A,
    },
    chip: ChipSlot::Own,
    identity,
    front,
};

fn identity(generation: Generation, serial: &str) -> Identity {
    let mut capabilities = vec![
        Capability::Face,
        Capability::PinPad,
        Capability::NfcCard,
        Capability::NfcPhone,
        Capability::Screen,
    ];
    let firmware = match generation {
        Generation::Old => "1.4.2",
        Generation::New => {
            capabilities.push(Capability::RemoteVisual);
            "2.1.0"
        }
    };
    Identity {
        maker: MAKER.name.to_owned(),
        model: "Hi-CARA".to_owned(),
        firmware: firmware.to_owned(),
        serial: serial.to_owned(),
        generation,
        capabilities,
    }
}

fn front(identity: &Identity) -> Box<dyn Front> {
    Box::new(Canon::new(identity.generation))
}

/// The way out of the device, a report at a time.
type Sink<'a> = &'a mut dyn FnMut(&[u8]);

/// The firmware.
struct Canon {
    generation: Generation,
    reports_in: In,
    reports_out: Out,
    frames: Frames,
    field: Field,
    pending: Option<(u16, Pending)>,
    /// The last answer, as it was sent, for who asks for it once more. Never one with digits in it.
    kept: Option<(u16, Vec<u8>)>,
    starts: u64,
    /// It restarted and nobody was told.
    restarted: bool,
}

impl Canon {
    fn new(generation: Generation) -> Self {
        Self {
            generation,
            reports_in: In::default(),
            reports_out: Out::default(),
            frames: Frames::default(),
            field: Field::default(),
            pending: None,
            kept: None,
            starts: 0,
            restarted: false,
        }
    }

    /// Somebody began a conversation: what another had going counts no more.
    fn begin(&mut self, body: &mut Body) {
        self.reports_out = Out::default();
        self.frames = Frames::default();
        self.pending = None;
        self.kept = None;
        self.restarted = false;
        self.field.power_off(body);
        body.sleep_on();
        body.clear();
    }

    fn stream(&mut self, bytes: &[u8], body: &mut Body, out: Sink<'_>) {
        for piece in self.frames.push(bytes) {
            match piece {
                Piece::Message(message) => match Request::read(&message) {
                    Some(request) => self.requested(request, body, out),
                    None => self.event(Kind::Unreadable, out),
                },
                Piece::Damaged => self.event(Kind::Unreadable, out),
            }
        }
    }

    /// Answers a request, and keeps the answer.
    fn respond(&mut self, id: u16, status: Status, result: message::Fields, out: Sink<'_>) {
        let message = message::response(id, status, result);
        self.send(&message, out);
        self.kept = Some((id, message.to_vec()));
    }

    /// Answers a request with what must not be kept.
    fn respond_once(&mut self, id: u16, message: &Zeroizing<Vec<u8>>, out: Sink<'_>) {
        self.kept = self.kept.take().filter(|(kept, _)| *kept != id);
        self.send(message, out);
    }

    fn event(&mut self, kind: Kind, out: Sink<'_>) {
        self.send(&message::event(kind), out);
    }

    fn send(&mut self, message: &[u8], out: Sink<'_>) {
        if std::mem::take(&mut self.restarted) {
            let restarted = message::event(Kind::Restarted { nonce: self.starts });
            self.reports_out.send(&frames::sealed(&restarted), out);
        }
        self.reports_out.send(&frames::sealed(message), out);
    }
}

impl Front for Canon {
    fn receive(&mut self, bytes: &[u8], body: &mut Body, out: Sink<'_>) {
        match self.reports_in.take(bytes) {
            Place::First(stream) => {
                self.begin(body);
                self.stream(&stream, body, out);
            }
            Place::Next(stream) => self.stream(&stream, body, out),
            Place::Jump(stream) => {
                self.frames = Frames::default();
                self.event(Kind::Unreadable, out);
                self.stream(&stream, body, out);
            }
            Place::Again => {}
            Place::None => self.event(Kind::Unreadable, out),
        }
    }

    fn happened(&mut self, event: BodyEvent, body: &mut Body, out: Sink<'_>) {
        match event {
            BodyEvent::CardIn => {
                let kinds = self.field.came(body);
                kinds.into_iter().for_each(|kind| self.event(kind, out));
            }
            BodyEvent::CardOut => {
                let kinds = self.field.left(body);
                kinds.into_iter().for_each(|kind| self.event(kind, out));
                self.target_lost(body, out);
            }
            BodyEvent::Touched => {
                if self.pending.is_none() {
                    self.event(Kind::Touched, out);
                }
            }
            BodyEvent::Pressed(answer) => self.answered(&answer, body, out),
            BodyEvent::Quit => self.quit(body, out),
            BodyEvent::Pin(digits) => self.typed(Some(digits), out),
            BodyEvent::PinCancelled => self.typed(None, out),
            BodyEvent::Face(outcome) => self.looked(Some(outcome), out),
            BodyEvent::FaceNoCard => self.looked(None, out),
            BodyEvent::Woke => self.stayed_mute(out),
            // Nobody tells a HID device who listens.
            BodyEvent::Connected | BodyEvent::Disconnected => {}
        }
    }

    fn reboot(&mut self) {
        let starts = self.starts + 1;
        *self = Self {
            starts,
            restarted: true,
            ..Self::new(self.generation)
        };
    }

    fn spoil(&self, frame: &mut [u8]) {
        reports::spoil(frame);
    }
}

#[cfg(test)]
mod tests;
