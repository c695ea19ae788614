//! Almex マイナタッチ, device side: a serial line with acknowledgements, a flat tray, and 復帰値. After the protocol that the
//! driver's page writes down; shares no code with the driver.

mod answers;
mod commands;
mod line;
mod talk;
mod tray;

use std::time::{Duration, Instant};

use madoguchi_core::reader::Capability;

use super::super::{Body, BodyEvent, Front, Generation, Identity, PageKind, Signal};
use super::{ChipSlot, Maker, Plug};
use line::{Incoming, Line};
use talk::Talk;
use tray::Tray;

/// Its line of the table.
pub(super) const MAKER: Maker = Maker {
    name: "almex",
    plug: Plug::Serial,
    chip: ChipSlot::Own,
    identity,
    front: |identity| Box::new(Almex::new(identity)),
};

/// A card that never answers is given up after this.
const CARD_PATIENCE: Duration = Duration::from_secs(10);

fn identity(generation: Generation, serial: &str) -> Identity {
    let mut capabilities = vec![
        Capability::Face,
        Capability::PinPad,
        Capability::NfcCard,
        Capability::Screen,
    ];
    let (model, firmware) = match generation {
        Generation::Old => ("MT-100", "1.08"),
        Generation::New => {
            capabilities.extend([Capability::StaffVisual, Capability::RemoteVisual]);
            ("MT-200", "3.20")
        }
    };
    Identity {
        maker: "almex".to_owned(),
        model: model.to_owned(),
        firmware: firmware.to_owned(),
        serial: serial.to_owned(),
        generation,
        capabilities,
    }
}

/// The firmware.
struct Almex {
    /// What the generations differ in.
    build: Build,
    line: Line,
    talk: Talk,
    tray: Tray,
    operation: Option<Operation>,
    /// An APDU that the card does not answer: the command's digit, and until when it may.
    stuck: Option<(u8, Instant)>,
}

/// What a generation's hardware is like.
#[derive(Debug, Clone, Copy)]
struct Build {
    digit: char,
    shift_jis: bool,
    highest_speed: u32,
    lines: usize,
    line_bytes: usize,
    apdu_bytes: usize,
}

/// What runs until a person or the camera ends it: the command's digit, and which it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Operation {
    digit: u8,
    kind: OperationKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OperationKind {
    Page,
    Pin,
    Face,
}

impl Almex {
    fn new(identity: &Identity) -> Self {
        let build = match identity.generation {
            Generation::Old => Build {
                digit: '1',
                shift_jis: true,
                highest_speed: 9_600,
                lines: 2,
                line_bytes: 480,
                apdu_bytes: 261,
            },
            Generation::New => Build {
                digit: '2',
                shift_jis: false,
                highest_speed: 115_200,
                lines: 12,
                line_bytes: 1_024,
                apdu_bytes: 4_096,
            },
        };
        Self {
            build,
            line: Line::default(),
            talk: Talk::default(),
            tray: Tray::default(),
            operation: None,
            stuck: None,
        }
    }

    fn hear(&mut self, incoming: Incoming, body: &mut Body, out: &mut dyn FnMut(&[u8])) {
        match incoming {
            Incoming::Enquiry => out(&self.talk.accepted()),
            Incoming::Accepted(digit) => self.talk.acknowledged(digit),
            Incoming::Refused => self.talk.again(out),
            Incoming::Unreadable => out(&self.talk.refused()),
            Incoming::Command(command) => {
                let is_new = self.talk.take(&command);
                out(&self.talk.accepted());
                if is_new {
                    self.run(&command, body);
                }
            }
        }
    }

    /// Ends whatever goes on, silently: the page and the card's power go with it.
    fn call_off(&mut self, body: &mut Body) {
        self.operation = None;
        if let Some((digit, _)) = self.stuck.take() {
            body.slot().power_off();
            self.talk.respond("APD", digit, 401, &[]);
        }
        body.clear();
    }

    /// What has become due, and when to wake next.
    fn turn(&mut self, body: &mut Body, out: &mut dyn FnMut(&[u8])) {
        let now = Instant::now();
        if self.line.is_stale(now) {
            self.line.drop_half();
            out(&self.talk.refused());
        }
        if self.tray.gives_up(now, body) {
            self.talk.event("CRD", &[self.tray.byte()]);
        }
        if let Some((digit, _)) = self.stuck.take_if(|(_, until)| *until <= now) {
            self.talk.respond("APD", digit, 203, &[]);
        }
        self.talk.send(now, out);
        let due = [
            self.line.due(),
            self.tray.due(),
            self.talk.due(),
            self.stuck.map(|(_, until)| until),
        ];
        match due.into_iter().flatten().min() {
            Some(due) => body.wake_in(due.saturating_duration_since(Instant::now())),
            None => body.sleep_on(),
        }
    }

    fn end(&mut self, value: u16, result: &[u8]) {
        if let Some(operation) = self.operation.take() {
            self.talk.end(operation.digit, value, result);
        }
    }

    fn is_running(&self, kind: OperationKind) -> bool {
        self.operation.is_some_and(|operation| operation.kind == kind)
    }
}

impl Front for Almex {
    fn receive(&mut self, bytes: &[u8], body: &mut Body, out: &mut dyn FnMut(&[u8])) {
        for incoming in self.line.feed(bytes, Instant::now()) {
            self.hear(incoming, body, out);
        }
        self.turn(body, out);
    }

    fn happened(&mut self, event: BodyEvent, body: &mut Body, out: &mut dyn FnMut(&[u8])) {
        match event {
            BodyEvent::CardIn => {
                if self.tray.laid_down(body) {
                    body.signal(Signal::Beep(1));
                }
                self.talk.event("CRD", &[self.tray.byte()]);
            }
            BodyEvent::CardOut => {
                self.tray = Tray::default();
                if let Some((digit, _)) = self.stuck.take() {
                    self.talk.respond("APD", digit, 202, &[]);
                }
                self.talk.event("CRD", &[self.tray.byte()]);
            }
            BodyEvent::Touched if self.operation.is_none() => self.talk.event("TCH", &[]),
            BodyEvent::Pressed(answer) if self.is_running(OperationKind::Page) => {
                if let Some(code) = answers::code(&answer) {
                    self.end(0, code.as_bytes());
                }
            }
            BodyEvent::Pin(digits) if self.is_running(OperationKind::Pin) => self.end(0, digits.expose()),
            BodyEvent::Face(outcome) if self.is_running(OperationKind::Face) => {
                self.end(answers::face(outcome), b"");
            }
            BodyEvent::FaceNoCard if self.is_running(OperationKind::Face) => self.end(202, b""),
            BodyEvent::Quit if self.is_running(OperationKind::Page) => self.end(0, b"QUT"),
            BodyEvent::Quit | BodyEvent::PinCancelled => self.end(305, b""),
            // DTR fell, or rose again: nothing of whoever was there before goes on.
            BodyEvent::Connected | BodyEvent::Disconnected => {
                self.call_off(body);
                body.slot().power_off();
                self.line.drop_half();
                self.talk.hang_up();
            }
            _ => {}
        }
        self.turn(body, out);
    }

    fn reboot(&mut self) {
        self.line = Line::default();
        self.talk = Talk::default();
        self.talk.announce();
        self.tray = Tray::default();
        self.operation = None;
        self.stuck = None;
    }

    fn spoil(&self, frame: &mut [u8]) {
        // The last check character is none any more, and neither is an acknowledgement's digit.
        if let Some(last) = frame.last_mut() {
            *last ^= 0x40;
        }
    }
}

/// Which page a form is.
fn page(form: &[u8]) -> Option<PageKind> {
    Some(match form {
        b"01" => PageKind::Idle,
        b"02" => PageKind::ChooseMedium,
        b"03" => PageKind::ChooseMethod,
        b"04" => PageKind::Present,
        b"05" => PageKind::Guide,
        b"06" => PageKind::Register,
        b"07" => PageKind::Consent,
        b"08" => PageKind::StaffCheck,
        b"09" => PageKind::Completed,
        b"10" => PageKind::Failed,
        b"11" => PageKind::TakeCard,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
