//! The example reader, device side: lines of text over TCP, as `plugins/c-example/PROTOCOL.md` says.
//!
//! The device of no maker: the examples of drivers in C and in Rust are tried on it.

mod page;
mod words;

use std::time::Duration;

use madoguchi_core::screen::PinHolder;
use zeroize::Zeroizing;

use super::{ChipSlot, Maker, Plug};
use crate::device::{Body, BodyEvent, CardReply, Front, Generation, Identity, PinPad};

/// The longest line, with its end.
const MAX_LINE: usize = 140_000;

/// After this a card that does not answer is called mute.
const MUTE_AFTER: Duration = Duration::from_secs(2);

/// The reader of no maker.
pub const MAKER: Maker = Maker {
    name: "example",
    plug: Plug::Tcp { token: None },
    chip: ChipSlot::Own,
    identity,
    front,
};

/// What a unit says of itself.
fn identity(generation: Generation, serial: &str) -> Identity {
    use madoguchi_core::reader::Capability::{NfcCard, NfcPhone, PinPad, Screen};
    let (model, firmware, capabilities) = match generation {
        Generation::Old => ("Example-One", "1.4", vec![NfcCard, Screen, PinPad]),
        Generation::New => ("Example-Two", "2.0", vec![NfcCard, NfcPhone, Screen, PinPad]),
    };
    Identity {
        maker: "example".to_owned(),
        model: model.to_owned(),
        firmware: firmware.to_owned(),
        serial: serial.to_owned(),
        generation,
        capabilities,
    }
}

/// The firmware of a unit.
fn front(_: &Identity) -> Box<dyn Front> {
    Box::<Example>::default()
}

/// What the patient is asked, by the number of the request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Button(u64),
    Pin(u64),
}

#[derive(Default)]
struct Example {
    /// What has come and is not a whole line yet. It may hold a PIN on its way to the card.
    half: Zeroizing<Vec<u8>>,
    greeted: bool,
    asked: Option<Asked>,
    /// The request that a mute card keeps waiting.
    mute: Option<u64>,
}

impl Front for Example {
    fn receive(&mut self, bytes: &[u8], body: &mut Body, out: &mut dyn FnMut(&[u8])) {
        self.half.extend_from_slice(bytes);
        while let Some(end) = self.half.iter().position(|byte| *byte == b'\n') {
            let line: Zeroizing<Vec<u8>> = Zeroizing::new(self.half.drain(..=end).collect());
            self.obey(line.trim_ascii(), body, out);
        }
        if self.half.len() >= MAX_LINE {
            self.half.clear();
        }
    }

    fn happened(&mut self, event: BodyEvent, body: &mut Body, out: &mut dyn FnMut(&[u8])) {
        match event {
            BodyEvent::Connected | BodyEvent::Disconnected => {
                self.reboot();
                body.clear();
                body.slot().power_off();
            }
            BodyEvent::CardIn => self.tell("* card-in", out),
            BodyEvent::CardOut => self.tell("* card-out", out),
            BodyEvent::Touched => self.tell("* touched", out),
            BodyEvent::Pressed(answer) => {
                if let Some(Asked::Button(number)) = self.asked
                    && let Some(button) = page::name(&answer)
                {
                    self.asked = None;
                    answered(number, button, out);
                }
            }
            BodyEvent::Pin(digits) => {
                if let Some(Asked::Pin(number)) = self.asked.take() {
                    let mut line = Zeroizing::new(format!("{number} ok ").into_bytes());
                    line.extend_from_slice(digits.expose());
                    line.push(b'\n');
                    out(&line);
                }
            }
            BodyEvent::PinCancelled => {
                if let Some(Asked::Pin(number)) = self.asked.take() {
                    answered(number, "-", out);
                }
            }
            BodyEvent::Quit => {
                if let Some(Asked::Button(number) | Asked::Pin(number)) = self.asked.take() {
                    answered(number, "quit", out);
                }
            }
            BodyEvent::Woke => {
                if let Some(number) = self.mute.take() {
                    refused(number, "mute", out);
                }
            }
            // It has no camera.
            BodyEvent::Face(_) | BodyEvent::FaceNoCard => {}
        }
    }

    fn reboot(&mut self) {
        *self = Self::default();
    }
}

impl Example {
    fn tell(&self, event: &str, out: &mut dyn FnMut(&[u8])) {
        if self.greeted {
            send(event, out);
        }
    }

    fn obey(&mut self, line: &[u8], body: &mut Body, out: &mut dyn FnMut(&[u8])) {
        let Some((number, verb, words)) = words::request(line) else {
            return refused(0, "syntax", out);
        };
        if !self.greeted && verb != "hello" {
            return refused(number, "syntax", out);
        }
        match (verb, &words[..]) {
            ("hello", ["1"]) => {
                self.greeted = true;
                answered(number, &words::introduction(body), out);
            }
            ("hello", [_]) => refused(number, "version", out),
            ("power-on", []) => match body.slot().power_on() {
                Some(atr) => answered(number, &hex::encode_upper(atr), out),
                None if body.card_present() => refused(number, "mute", out),
                None => refused(number, "no-card", out),
            },
            ("power-off", []) => {
                body.slot().power_off();
                answered(number, "", out);
            }
            ("apdu", [command]) => match hex::decode(command) {
                Ok(command) => self.transmit(number, &command, body, out),
                Err(_) => refused(number, "syntax", out),
            },
            ("show" | "pin", _) if self.asked.is_some() => refused(number, "busy", out),
            ("show", [page, language, about, text, buttons @ ..]) => {
                match page::panel(page, language, about, text, buttons) {
                    Some(panel) => {
                        body.show(panel);
                        if buttons.is_empty() {
                            answered(number, "", out);
                        } else {
                            self.asked = Some(Asked::Button(number));
                        }
                    }
                    None => refused(number, "page", out),
                }
            }
            ("pin", [digits, holder, _]) => match pad(digits, holder) {
                Some(pad) => {
                    body.ask_pin(pad);
                    self.asked = Some(Asked::Pin(number));
                }
                None => refused(number, "syntax", out),
            },
            ("clear", []) => {
                body.clear();
                if let Some(Asked::Button(waiting) | Asked::Pin(waiting)) = self.asked.take() {
                    refused(waiting, "cancelled", out);
                }
                answered(number, "", out);
            }
            ("hello" | "power-on" | "power-off" | "apdu" | "show" | "pin" | "clear", _) => {
                refused(number, "syntax", out);
            }
            _ => refused(number, "unknown", out),
        }
    }

    fn transmit(&mut self, number: u64, command: &[u8], body: &mut Body, out: &mut dyn FnMut(&[u8])) {
        match body.slot().transmit(command) {
            CardReply::Answer(response) => {
                let response = Zeroizing::new(response);
                let response = Zeroizing::new(hex::encode_upper(&*response));
                answered(number, &response, out);
            }
            CardReply::Removed | CardReply::Unpowered => refused(number, "removed", out),
            CardReply::Lost => refused(number, "reset", out),
            CardReply::Silent => {
                self.mute = Some(number);
                body.wake_in(MUTE_AFTER);
            }
        }
    }
}

fn pad(digits: &str, holder: &str) -> Option<PinPad> {
    let digits = digits
        .parse()
        .ok()
        .filter(|digits| (1..=PinPad::MAX_DIGITS).contains(digits))?;
    let holder = match holder {
        "patient" => PinHolder::Patient,
        "guardian" => PinHolder::Guardian,
        _ => return None,
    };
    Some(PinPad {
        holder,
        title: page::PIN_TITLE.to_owned(),
        ..PinPad::new(digits)
    })
}

fn answered(number: u64, words: &str, out: &mut dyn FnMut(&[u8])) {
    let space = if words.is_empty() { "" } else { " " };
    let line = Zeroizing::new(format!("{number} ok{space}{words}"));
    send(&line, out);
}

fn refused(number: u64, code: &str, out: &mut dyn FnMut(&[u8])) {
    send(&format!("{number} error {code}"), out);
}

fn send(line: &str, out: &mut dyn FnMut(&[u8])) {
    out(&Zeroizing::new(format!("{line}\n").into_bytes()));
}

#[cfg(test)]
mod tests;
