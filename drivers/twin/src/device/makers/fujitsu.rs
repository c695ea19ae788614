//! Fujitsu's Caora, device side, after `drivers/fujitsu/PROTOCOL.md` and nothing else.

mod fields;
mod pages;
mod run;
mod wire;

use madoguchi_core::reader::Capability;
use madoguchi_core::screen::{Answer, FaceOutcome};
use zeroize::Zeroizing;

use super::{ChipSlot, Maker, Plug};
use crate::device::{Body, BodyEvent, Front, Generation, Identity};
use fields::Fields;
use wire::{Received, Word};

/// The maker's line of the table.
pub(super) const MAKER: Maker = Maker {
    name: "fujitsu",
    plug: Plug::Hid {
        vendor_id: 0x04C5,
        product_id: 0x2CA0,
    },
    chip: ChipSlot::Own,
    identity,
    front,
};

/// The administrator's code of every twin.
pub const ADMIN_CODE: &str = "20260401";

fn identity(generation: Generation, serial: &str) -> Identity {
    let mut capabilities = vec![
        Capability::Face,
        Capability::PinPad,
        Capability::NfcCard,
        Capability::Screen,
    ];
    if generation == Generation::New {
        capabilities.extend([Capability::StaffVisual, Capability::RemoteVisual]);
    }
    let (model, firmware) = match generation {
        Generation::Old => ("Caora", "1.8.2"),
        Generation::New => ("Caora II", "2.3.0"),
    };
    Identity {
        maker: MAKER.name.to_owned(),
        model: model.to_owned(),
        firmware: firmware.to_owned(),
        serial: serial.to_owned(),
        generation,
        capabilities,
    }
}

fn front(identity: &Identity) -> Box<dyn Front> {
    Box::new(Caora::new(identity.generation))
}

/// What the firmware remembers.
struct Caora {
    generation: Generation,
    inbox: wire::Inbox,
    /// The number of the last message.
    last: Option<u8>,
    /// The last answer, where it may be sent again.
    kept: Option<(u8, Zeroizing<Vec<u8>>)>,
    running: Option<Running>,
    /// The message whose page is on the screen.
    shown_by: Option<u8>,
    user: Option<u16>,
    administrator: Option<u16>,
    /// Kept in flash: a session's number is not used again.
    sessions: u16,
    boots: u32,
    messages: u32,
    malformed: u32,
    notices: u8,
    /// Whether nobody was told yet that it started anew.
    restarted: bool,
}

/// A message that is not answered yet.
struct Running {
    number: u8,
    command: u8,
    what: Waiting,
}

/// What its answer waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waiting {
    Button,
    Digits,
    Face,
    /// A card that will not answer.
    Card,
}

impl Caora {
    fn new(generation: Generation) -> Self {
        Self {
            generation,
            inbox: wire::Inbox::default(),
            last: None,
            kept: None,
            running: None,
            shown_by: None,
            user: None,
            administrator: None,
            sessions: 0,
            boots: 1,
            messages: 0,
            malformed: 0,
            notices: 0,
            restarted: false,
        }
    }

    fn message(&mut self, number: u8, message: &[u8], body: &mut Body, out: &mut dyn FnMut(&[u8])) {
        self.messages = self.messages.saturating_add(1);
        let Some((command, session, fields)) = wire::request(message) else {
            // A message that is not the last one's duplicate, for all that can be known of it.
            self.malformed = self.malformed.saturating_add(1);
            self.last = Some(number);
            let code = if wire::checksum_is_right(message) { 2 } else { 1 };
            return self.answer(number, 0, Err(code), true, out);
        };
        if self.last == Some(number) && command != run::HELLO {
            return;
        }
        self.last = Some(number);
        match self.run(number, command, session, fields, body) {
            run::Outcome::Answered(result) => self.answer(number, command, result, true, out),
            run::Outcome::Waits(what) => {
                self.running = Some(Running {
                    number,
                    command,
                    what,
                });
            }
        }
    }

    /// Answers a message, and keeps the answer where it may be asked for again.
    fn answer(
        &mut self,
        number: u8,
        command: u8,
        result: Result<Fields, u16>,
        keep: bool,
        out: &mut dyn FnMut(&[u8]),
    ) {
        let answer = wire::answer(command, &result);
        wire::send(number, &answer, out);
        self.kept = keep.then_some((number, answer));
    }

    /// Answers what runs.
    fn finish(&mut self, result: Result<Fields, u16>, out: &mut dyn FnMut(&[u8])) {
        if let Some(Running {
            number,
            command,
            what,
        }) = self.running.take()
        {
            self.answer(number, command, result, what != Waiting::Digits, out);
        }
    }

    fn control(&mut self, number: u8, word: Word, body: &mut Body, out: &mut dyn FnMut(&[u8])) {
        let runs = self
            .running
            .as_ref()
            .is_some_and(|running| running.number == number);
        match word {
            Word::Abort => {
                if runs {
                    if self.running.as_ref().is_some_and(|r| r.what == Waiting::Card) {
                        body.slot().power_off();
                        body.sleep_on();
                    }
                    self.blank(body);
                    return self.finish(Err(7), out);
                }
                if self.shown_by == Some(number) {
                    self.blank(body);
                }
                self.inbox.forget();
                wire::fate(number, wire::Fate::Unknown, out);
            }
            Word::Repeat if runs => wire::fate(number, wire::Fate::Running, out),
            Word::Repeat => match &self.kept {
                Some((kept, answer)) if *kept == number => wire::send(number, answer, out),
                _ => wire::fate(number, wire::Fate::Unknown, out),
            },
        }
    }

    fn blank(&mut self, body: &mut Body) {
        body.clear();
        self.shown_by = None;
    }

    fn notice(&mut self, kind: u8, argument: u8, out: &mut dyn FnMut(&[u8])) {
        self.notices = self.notices % u8::MAX + 1;
        wire::notice(self.notices, kind, argument, out);
    }

    fn tell_restart(&mut self, out: &mut dyn FnMut(&[u8])) {
        if std::mem::take(&mut self.restarted) {
            wire::notice(0, 5, 0, out);
        }
    }

    fn waits_for(&self, what: Waiting) -> bool {
        self.running.as_ref().is_some_and(|running| running.what == what)
    }

    fn pressed(&mut self, answer: &Answer, out: &mut dyn FnMut(&[u8])) {
        let id = pages::id(answer);
        if self.waits_for(Waiting::Button) {
            self.finish(Ok(Fields::new().byte(0x24, id)), out);
        } else {
            self.notice(4, id, out);
        }
    }
}

impl Front for Caora {
    fn receive(&mut self, bytes: &[u8], body: &mut Body, out: &mut dyn FnMut(&[u8])) {
        self.tell_restart(out);
        match wire::receive(bytes, &mut self.inbox) {
            Some(Received::Message(number, message)) => self.message(number, &message, body, out),
            Some(Received::Word(number, word)) => self.control(number, word, body, out),
            Some(Received::Part) => {}
            None => self.malformed = self.malformed.saturating_add(1),
        }
    }

    fn happened(&mut self, event: BodyEvent, body: &mut Body, out: &mut dyn FnMut(&[u8])) {
        self.tell_restart(out);
        match event {
            BodyEvent::CardIn => self.notice(1, 0, out),
            BodyEvent::CardOut => self.notice(2, 0, out),
            BodyEvent::Touched if self.running.is_none() => self.notice(3, 0, out),
            BodyEvent::Pressed(answer) => self.pressed(&answer, out),
            BodyEvent::Pin(digits) if self.waits_for(Waiting::Digits) => {
                let fields = Fields::new().value(0x31, digits.expose());
                drop(digits);
                self.finish(Ok(fields), out);
            }
            BodyEvent::PinCancelled if self.waits_for(Waiting::Digits) => self.finish(Err(301), out),
            BodyEvent::Quit if self.waits_for(Waiting::Digits) => self.finish(Err(301), out),
            BodyEvent::Quit if self.waits_for(Waiting::Face) => {
                self.finish(Ok(Fields::new().byte(0x34, 5)), out);
            }
            BodyEvent::Quit => self.pressed(&Answer::Quit, out),
            BodyEvent::Face(outcome) if self.waits_for(Waiting::Face) => {
                self.finish(Ok(Fields::new().byte(0x34, outcome_number(outcome))), out);
            }
            BodyEvent::FaceNoCard if self.waits_for(Waiting::Face) => {
                let code = if body.card_present() { 203 } else { 202 };
                self.finish(Err(code), out);
            }
            BodyEvent::Woke if self.waits_for(Waiting::Card) => self.finish(Err(204), out),
            _ => {}
        }
    }

    fn reboot(&mut self) {
        *self = Self {
            sessions: self.sessions,
            boots: self.boots.saturating_add(1),
            restarted: true,
            ..Self::new(self.generation)
        };
    }

    fn spoil(&self, frame: &mut [u8]) {
        wire::spoil(frame);
    }
}

const fn outcome_number(outcome: FaceOutcome) -> u8 {
    match outcome {
        FaceOutcome::Match => 0,
        FaceOutcome::NoMatch => 1,
        FaceOutcome::NoFace => 2,
        FaceOutcome::SeveralFaces => 3,
        FaceOutcome::CameraCovered => 4,
        // The patient does not want to, or something newer than this firmware.
        _ => 5,
    }
}

#[cfg(test)]
mod tests;
