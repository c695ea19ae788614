//! What each command does.

use std::time::Duration;

use madoguchi_core::reader::Capability;
use madoguchi_core::screen::PinHolder;

use super::fields::Fields;
use super::{ADMIN_CODE, Caora, Waiting, pages, wire};
use crate::device::{Body, CardReply, Generation, PinPad};

pub(super) const HELLO: u8 = 0x01;

/// The longest APDU of the short form, and the longest that a new device carries.
const SHORT_APDU: usize = 261;
const LONG_APDU: u16 = 4096;
/// The longest answer of the short form.
const SHORT_ANSWER: usize = 258;

/// After so long a card counts as mute.
const MUTE: Duration = Duration::from_millis(800);

/// What a command came to.
pub(super) enum Outcome {
    Answered(Result<Fields, u16>),
    Waits(Waiting),
}

impl Caora {
    pub(super) fn run(
        &mut self,
        number: u8,
        command: u8,
        session: u16,
        fields: Fields,
        body: &mut Body,
    ) -> Outcome {
        match self.admit(command, session) {
            Err(code) => Outcome::Answered(Err(code)),
            Ok(()) => self
                .execute(number, command, session, &fields, body)
                .unwrap_or_else(|code| Outcome::Answered(Err(code))),
        }
    }

    /// Whether that session may have that command run now.
    fn admit(&self, command: u8, session: u16) -> Result<(), u16> {
        let user = self.user == Some(session);
        let administrator = self.administrator == Some(session);
        match command {
            // Whoever comes anew may take over from one who is gone.
            0x01 | 0x02 => Ok(()),
            _ if !user && !administrator => Err(101),
            0x10..=0x14 | 0x20..=0x22 if !user => Err(103),
            0x40 | 0x41 if !administrator => Err(103),
            _ if self.running.is_some() => Err(5),
            _ => Ok(()),
        }
    }

    fn execute(
        &mut self,
        number: u8,
        command: u8,
        session: u16,
        fields: &Fields,
        body: &mut Body,
    ) -> Result<Outcome, u16> {
        let answer = match command {
            HELLO => self.hello(body),
            0x02 => self.login(fields, body)?,
            0x03 => {
                self.logout(session, body);
                Fields::new()
            }
            0x04 => {
                let powered = u8::from(body.slot().is_powered());
                Fields::new()
                    .byte(0x07, u8::from(body.card_present()))
                    .byte(0x08, powered)
            }
            0x10 => return self.show(number, fields, body),
            0x11 => {
                self.blank(body);
                Fields::new()
            }
            0x12 => return self.pin(number, fields, body),
            0x13 => return self.face(number, fields, body),
            0x14 => self.visual(body)?,
            0x20 => power_on(body)?,
            0x21 => return self.transmit(fields, body),
            0x22 => {
                body.slot().power_off();
                Fields::new()
            }
            0x40 => self.diagnosis(),
            0x41 => settings(),
            _ => return Err(3),
        };
        Ok(Outcome::Answered(Ok(answer)))
    }

    fn languages(&self) -> &'static [&'static str] {
        match self.generation {
            Generation::Old => &["ja", "en"],
            Generation::New => &["ja", "en", "zh-Hans", "ko", "vi"],
        }
    }

    fn hello(&self, body: &Body) -> Fields {
        let identity = body.identity();
        let abilities: Vec<u8> = identity
            .capabilities
            .iter()
            .filter_map(|capability| match capability {
                Capability::Face => Some(1),
                Capability::PinPad => Some(2),
                Capability::StaffVisual => Some(3),
                Capability::NfcCard => Some(4),
                Capability::Screen => Some(5),
                Capability::RemoteVisual => Some(6),
                Capability::NfcPhone | Capability::Delegated | Capability::Solitary => None,
            })
            .collect();
        let mut fields = Fields::new()
            .value(0x01, identity.model.as_bytes())
            .value(0x02, identity.serial.as_bytes())
            .value(0x03, identity.firmware.as_bytes())
            .value(0x04, &abilities)
            .byte(0x07, u8::from(body.card_present()));
        if self.generation == Generation::New {
            for language in self.languages() {
                fields = fields.value(0x05, language.as_bytes());
            }
            fields = fields.value(0x06, &LONG_APDU.to_be_bytes());
        }
        fields
    }

    fn login(&mut self, fields: &Fields, body: &mut Body) -> Result<Fields, u16> {
        let role = fields.get_byte(0x10).ok_or(4_u16)?;
        if role == 2 && fields.get(0x11) != Some(ADMIN_CODE.as_bytes()) {
            return Err(102);
        }
        if !matches!(role, 1 | 2) {
            return Err(4);
        }
        self.sessions = self.sessions % u16::MAX + 1;
        if role == 1 {
            self.end_user(body);
            self.user = Some(self.sessions);
        } else {
            self.administrator = Some(self.sessions);
        }
        Ok(Fields::new().value(0x12, &self.sessions.to_be_bytes()))
    }

    fn logout(&mut self, session: u16, body: &mut Body) {
        if self.user == Some(session) {
            self.end_user(body);
        } else {
            self.administrator = None;
        }
    }

    fn end_user(&mut self, body: &mut Body) {
        self.user = None;
        // Whoever waited for its answer is gone.
        self.running = None;
        self.blank(body);
        body.slot().power_off();
        body.sleep_on();
        body.signal(crate::device::Signal::LightOff);
    }

    fn show(&mut self, number: u8, fields: &Fields, body: &mut Body) -> Result<Outcome, u16> {
        let staff = body.identity().can(Capability::StaffVisual);
        let panel = pages::panel(fields, staff, self.languages())?;
        let asks = fields.get_byte(0x26).ok_or(4_u16)?;
        let light = pages::light(fields.get_byte(0x25).ok_or(4_u16)?)?;
        body.show(panel);
        body.signal(light);
        self.shown_by = Some(number);
        match asks {
            0 => Ok(Outcome::Answered(Ok(Fields::new()))),
            _ => Ok(Outcome::Waits(Waiting::Button)),
        }
    }

    fn pin(&mut self, number: u8, fields: &Fields, body: &mut Body) -> Result<Outcome, u16> {
        let digits = fields.get_byte(0x30).ok_or(4_u16)?;
        if !(4..=PinPad::MAX_DIGITS).contains(&digits) {
            return Err(4);
        }
        let mut pad = PinPad::new(digits);
        fields.get_text(0x22).ok_or(4_u16)?.clone_into(&mut pad.title);
        pad.lines = fields.get_texts(0x23).ok_or(4_u16)?;
        pad.holder = match fields.get_byte(0x32) {
            Some(0) => PinHolder::Patient,
            Some(1) => PinHolder::Guardian,
            _ => return Err(4),
        };
        let light = pages::light(fields.get_byte(0x25).ok_or(4_u16)?)?;
        body.ask_pin(pad);
        body.signal(light);
        self.shown_by = Some(number);
        Ok(Outcome::Waits(Waiting::Digits))
    }

    fn face(&mut self, number: u8, fields: &Fields, body: &mut Body) -> Result<Outcome, u16> {
        fields.get_text(0x22).ok_or(4_u16)?;
        let light = pages::light(fields.get_byte(0x25).ok_or(4_u16)?)?;
        if !body.ask_face() {
            return Err(203);
        }
        body.signal(light);
        self.shown_by = Some(number);
        Ok(Outcome::Waits(Waiting::Face))
    }

    fn visual(&self, body: &mut Body) -> Result<Fields, u16> {
        let identity = body.identity();
        if !identity.can(Capability::StaffVisual) && !identity.can(Capability::RemoteVisual) {
            return Err(3);
        }
        if body.accept_visual() {
            Ok(Fields::new())
        } else {
            Err(203)
        }
    }

    fn transmit(&self, fields: &Fields, body: &mut Body) -> Result<Outcome, u16> {
        let apdu = fields.get(0x40).filter(|apdu| apdu.len() >= 4).ok_or(4_u16)?;
        let extended = apdu.len() > SHORT_APDU || (apdu.len() >= 7 && apdu[4] == 0);
        let long = apdu.len() > usize::from(LONG_APDU);
        if long || (extended && self.generation == Generation::Old) {
            return Err(205);
        }
        if !body.slot().is_powered() {
            return Err(if body.card_present() { 203 } else { 202 });
        }
        match body.slot().transmit(apdu) {
            CardReply::Answer(answer) => {
                if answer.len() > SHORT_ANSWER && self.generation == Generation::Old {
                    return Err(205);
                }
                let fields = Fields::new().value(0x40, &answer);
                if !wire::fits(&fields) {
                    return Err(205);
                }
                Ok(Outcome::Answered(Ok(fields)))
            }
            CardReply::Removed => Err(202),
            CardReply::Lost | CardReply::Unpowered => Err(203),
            CardReply::Silent => {
                body.wake_in(MUTE);
                Ok(Outcome::Waits(Waiting::Card))
            }
        }
    }

    fn diagnosis(&self) -> Fields {
        let entry = |name: &str, value: u32| format!("{name}={value}");
        Fields::new()
            .value(0x50, entry("boots", self.boots).as_bytes())
            .value(0x50, entry("messages", self.messages).as_bytes())
            .value(0x50, entry("malformed_reports", self.malformed).as_bytes())
            .value(0x50, entry("sessions", u32::from(self.sessions)).as_bytes())
    }
}

fn power_on(body: &mut Body) -> Result<Fields, u16> {
    if !body.card_present() {
        return Err(201);
    }
    let atr = body.slot().power_on().ok_or(204_u16)?;
    Ok(Fields::new().value(0x40, &atr))
}

fn settings() -> Fields {
    Fields::new()
        .value(0x50, b"volume=3")
        .value(0x50, b"brightness=5")
        .value(0x50, b"corner_tap=upper_left")
}
