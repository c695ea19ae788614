//! The commands of the host.

use std::time::Instant;

use encoding_rs::SHIFT_JIS;
use madoguchi_core::reader::Capability;
use madoguchi_core::screen::PinHolder;
use zeroize::Zeroizing;

use super::super::super::{Body, CardReply, Panel, PinPad};
use super::line::Command;
use super::tray::Tray;
use super::{Almex, CARD_PATIENCE, Operation, OperationKind, answers, page};

/// What a command came to: fields, or the return value that says why not.
type Outcome = Result<Vec<Vec<u8>>, u16>;

impl Almex {
    /// Carries a command out and queues its response.
    pub(super) fn run(&mut self, command: &Command, body: &mut Body) {
        let busy = self.operation.is_some() || self.stuck.is_some();
        let outcome = match command.name.as_str() {
            "ID" => Ok(self.identify(body)),
            "CAN" => {
                self.call_off(body);
                Ok(Vec::new())
            }
            "ST" => Ok(self.status(body)),
            "COF" if self.stuck.is_none() => {
                body.slot().power_off();
                Ok(Vec::new())
            }
            _ if busy => Err(104),
            "SP" => self.speed(command),
            "CON" => self.power_on(body),
            "APD" => match self.transmit(command, body) {
                Some(outcome) => outcome,
                None => return,
            },
            "DSP" => self.show(command, body),
            "PIN" => self.ask_pin(command, body),
            "FAC" => self.ask_face(command, body),
            "VIS" => accept_visual(body),
            "CLR" => {
                body.clear();
                Ok(Vec::new())
            }
            _ => Err(101),
        };
        let (value, fields) = outcome.map_or_else(|value| (value, Vec::new()), |fields| (0, fields));
        let fields: Vec<&[u8]> = fields.iter().map(Vec::as_slice).collect();
        self.talk.respond(&command.name, command.digit, value, &fields);
    }

    /// Whoever asks this has just come: nothing of whoever was there before goes on.
    fn identify(&mut self, body: &mut Body) -> Vec<Vec<u8>> {
        self.call_off(body);
        body.slot().power_off();
        let identity = body.identity();
        let letters: String = identity.capabilities.iter().filter_map(letter).collect();
        vec![
            b"ALMEX".to_vec(),
            identity.model.clone().into_bytes(),
            identity.serial.clone().into_bytes(),
            identity.firmware.clone().into_bytes(),
            self.build.digit.to_string().into_bytes(),
            if self.build.shift_jis { "SJIS" } else { "UTF8" }.into(),
            self.build.highest_speed.to_string().into_bytes(),
            self.build.lines.to_string().into_bytes(),
            self.build.line_bytes.to_string().into_bytes(),
            self.build.apdu_bytes.to_string().into_bytes(),
            letters.into_bytes(),
            self.tray.byte().to_vec(),
        ]
    }

    fn status(&self, body: &mut Body) -> Vec<Vec<u8>> {
        let operation = match self.operation.map(|operation| operation.kind) {
            None => b'0',
            Some(OperationKind::Page) => b'1',
            Some(OperationKind::Pin) => b'2',
            Some(OperationKind::Face) => b'3',
        };
        let power = if body.slot().is_powered() { b'1' } else { b'0' };
        vec![self.tray.byte().to_vec(), vec![power], vec![operation]]
    }

    /// A pseudo terminal has no speed; it is only refused where this unit's line could not do it.
    fn speed(&self, command: &Command) -> Outcome {
        let [speed] = &command.fields[..] else {
            return Err(103);
        };
        match number(speed) {
            Some(speed) if (9_600..=self.build.highest_speed as usize).contains(&speed) => Ok(Vec::new()),
            _ => Err(103),
        }
    }

    fn power_on(&self, body: &mut Body) -> Outcome {
        match self.tray {
            Tray::Empty | Tray::Searching(_) => Err(201),
            Tray::Paper => Err(204),
            Tray::Chip => match body.slot().power_on() {
                Some(atr) => Ok(vec![hex::encode_upper(atr).into_bytes()]),
                None => Err(203),
            },
        }
    }

    /// None where the card does not answer: the response comes later.
    fn transmit(&mut self, command: &Command, body: &mut Body) -> Option<Outcome> {
        let [field] = &command.fields[..] else {
            return Some(Err(103));
        };
        let Ok(apdu) = hex::decode(&field[..]).map(Zeroizing::new) else {
            return Some(Err(103));
        };
        if apdu.len() > self.build.apdu_bytes {
            return Some(Err(206));
        }
        Some(match body.slot().transmit(&apdu) {
            CardReply::Answer(answer) if answer.len() > self.build.apdu_bytes => Err(206),
            CardReply::Answer(answer) => Ok(vec![hex::encode_upper(answer).into_bytes()]),
            CardReply::Removed => Err(202),
            CardReply::Lost => Err(205),
            CardReply::Unpowered if body.card_present() => Err(205),
            CardReply::Unpowered => Err(201),
            CardReply::Silent => {
                self.stuck = Some((command.digit, Instant::now() + CARD_PATIENCE));
                return None;
            }
        })
    }

    fn show(&mut self, command: &Command, body: &mut Body) -> Outcome {
        needs(body, Capability::Screen)?;
        let [form, subject, language, asks, rest @ ..] = &command.fields[..] else {
            return Err(103);
        };
        let page = page(form).ok_or(103_u16)?;
        let subject = number(subject).ok_or(103_u16)?;
        let asks = match &asks[..] {
            b"0" => false,
            b"1" => true,
            _ => return Err(103),
        };
        let (title, lines, buttons) = self.words(rest)?;
        let mut panel = Panel::new(page)
            .title(title)
            .language(String::from_utf8_lossy(language));
        panel.about = answers::subject(page, subject);
        panel.lines = lines;
        for button in buttons.chunks(2) {
            let [code, label] = button else { return Err(103) };
            let code = std::str::from_utf8(code).map_err(|_| 103_u16)?;
            let answer = answers::answer(code).ok_or(103_u16)?;
            panel = panel.button(answer, self.text(label)?);
        }
        body.show(panel);
        if asks {
            self.begin(command, OperationKind::Page);
        }
        Ok(Vec::new())
    }

    fn ask_pin(&mut self, command: &Command, body: &mut Body) -> Outcome {
        needs(body, Capability::PinPad)?;
        let [digits, holder, rest @ ..] = &command.fields[..] else {
            return Err(103);
        };
        let digits = number(digits).and_then(|digits| u8::try_from(digits).ok());
        let digits = digits.filter(|digits| (1..=PinPad::MAX_DIGITS).contains(digits));
        let mut pad = PinPad::new(digits.ok_or(103_u16)?);
        pad.holder = match &holder[..] {
            b"P" => PinHolder::Patient,
            b"G" => PinHolder::Guardian,
            _ => return Err(103),
        };
        let (title, lines, _) = self.words(rest)?;
        pad.title = title;
        pad.lines = lines;
        body.ask_pin(pad);
        self.begin(command, OperationKind::Pin);
        Ok(Vec::new())
    }

    fn ask_face(&mut self, command: &Command, body: &mut Body) -> Outcome {
        needs(body, Capability::Face)?;
        self.words(&command.fields)?;
        if !body.ask_face() {
            return Err(if body.card_present() { 205 } else { 201 });
        }
        self.begin(command, OperationKind::Face);
        Ok(Vec::new())
    }

    fn begin(&mut self, command: &Command, kind: OperationKind) {
        self.operation = Some(Operation {
            digit: command.digit,
            kind,
        });
    }

    /// Title, number of lines, lines; then what is left.
    #[expect(clippy::type_complexity, reason = "three things, used at once")]
    fn words<'f>(
        &self,
        fields: &'f [Zeroizing<Vec<u8>>],
    ) -> Result<(String, Vec<String>, &'f [Zeroizing<Vec<u8>>]), u16> {
        let [title, count, rest @ ..] = fields else {
            return Err(103);
        };
        let count = number(count).ok_or(103_u16)?;
        let (lines, rest) = rest.split_at_checked(count).ok_or(103_u16)?;
        if 1 + count > self.build.lines {
            return Err(105);
        }
        let lines = lines
            .iter()
            .map(|line| self.text(line))
            .collect::<Result<_, _>>()?;
        Ok((self.text(title)?, lines, rest))
    }

    fn text(&self, bytes: &[u8]) -> Result<String, u16> {
        if bytes.len() > self.build.line_bytes {
            return Err(105);
        }
        if !self.build.shift_jis {
            return String::from_utf8(bytes.to_vec()).map_err(|_| 105);
        }
        let (text, has_holes) = SHIFT_JIS.decode_without_bom_handling(bytes);
        if has_holes {
            Err(105)
        } else {
            Ok(text.into_owned())
        }
    }
}

fn accept_visual(body: &mut Body) -> Outcome {
    needs(body, Capability::StaffVisual).or_else(|_| needs(body, Capability::RemoteVisual))?;
    if body.accept_visual() {
        Ok(Vec::new())
    } else {
        Err(if body.card_present() { 205 } else { 201 })
    }
}

fn needs(body: &Body, capability: Capability) -> Result<(), u16> {
    if body.identity().can(capability) {
        Ok(())
    } else {
        Err(102)
    }
}

const fn letter(capability: &Capability) -> Option<char> {
    match capability {
        Capability::Face => Some('F'),
        Capability::PinPad => Some('P'),
        Capability::StaffVisual => Some('V'),
        Capability::RemoteVisual => Some('R'),
        Capability::NfcCard => Some('C'),
        Capability::Screen => Some('S'),
        _ => None,
    }
}

fn number(field: &[u8]) -> Option<usize> {
    let digits = !field.is_empty() && field.len() <= 6 && field.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(field).ok().filter(|_| digits)?.parse().ok()
}
