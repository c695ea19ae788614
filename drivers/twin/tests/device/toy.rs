//! A protocol for tests: lines of text, or a HID report of 64 bytes with one line in it.

use madoguchi_twin::device::{Body, BodyEvent, CardReply, Digits, Front, PinPad};

pub(crate) const REPORT_LEN: usize = 64;

#[derive(Default)]
pub(crate) struct Toy {
    half: Vec<u8>,
    keeps: bool,
    kept: Option<Digits>,
}

impl Front for Toy {
    fn receive(&mut self, bytes: &[u8], body: &mut Body, out: &mut dyn FnMut(&[u8])) {
        let is_report = bytes.len() == REPORT_LEN && bytes.contains(&0);
        self.half
            .extend(bytes.iter().copied().filter(|byte| !is_report || *byte != 0));
        while let Some(end) = self.half.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.half.drain(..=end).collect();
            let answer = self.obey(String::from_utf8_lossy(&line).trim(), body);
            out(&frame(&answer, is_report));
        }
    }

    fn happened(&mut self, event: BodyEvent, body: &mut Body, out: &mut dyn FnMut(&[u8])) {
        let text = match event {
            BodyEvent::CardIn => "card_in".to_owned(),
            BodyEvent::CardOut => "card_out".to_owned(),
            BodyEvent::Touched => "touched".to_owned(),
            BodyEvent::Pressed(answer) => format!("pressed {answer:?}"),
            BodyEvent::Pin(digits) => {
                let text = format!("pin {}", String::from_utf8_lossy(digits.expose()));
                self.kept = self.keeps.then_some(digits);
                text
            }
            BodyEvent::PinCancelled => "pin_cancelled".to_owned(),
            BodyEvent::Face(outcome) => format!("face {outcome:?}"),
            BodyEvent::FaceNoCard => "face_no_card".to_owned(),
            BodyEvent::Quit => "quit".to_owned(),
            BodyEvent::Woke => "woke".to_owned(),
            BodyEvent::Connected | BodyEvent::Disconnected => {
                self.half.clear();
                return;
            }
        };
        // A toy with a vendor's number is plugged in as HID.
        let is_report = body.identity().model == "T-HID";
        out(&frame(&format!("event {text}"), is_report));
    }

    fn reboot(&mut self) {
        *self = Self::default();
    }

    fn spoil(&self, frame: &mut [u8]) {
        if let Some(byte) = frame.first_mut() {
            *byte += 1;
        }
    }
}

impl Toy {
    fn obey(&mut self, line: &str, body: &mut Body) -> String {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "ping" => "pong".to_owned(),
            "show" => {
                body.show(serde_json::from_str(rest).unwrap());
                "ok".to_owned()
            }
            "clear" => {
                body.clear();
                "ok".to_owned()
            }
            "pin" => {
                body.ask_pin(PinPad::new(rest.parse().unwrap()));
                "ok".to_owned()
            }
            "keep" => {
                self.keeps = true;
                "ok".to_owned()
            }
            "face" if body.ask_face() => "ok".to_owned(),
            "face" => "no card".to_owned(),
            "visual" => body.accept_visual().to_string(),
            "on" => body
                .slot()
                .power_on()
                .map_or("none".to_owned(), hex::encode_upper),
            "apdu" => match body.slot().transmit(&hex::decode(rest).unwrap()) {
                CardReply::Answer(answer) => hex::encode_upper(answer),
                CardReply::Removed => "removed".to_owned(),
                CardReply::Lost => "lost".to_owned(),
                CardReply::Unpowered => "unpowered".to_owned(),
                CardReply::Silent => "silent".to_owned(),
            },
            "clock" => body.clock().unix_timestamp().to_string(),
            other => format!("unknown {other}"),
        }
    }
}

pub(crate) fn frame(line: &str, is_report: bool) -> Vec<u8> {
    let mut frame = format!("{line}\n").into_bytes();
    if is_report {
        assert!(frame.len() < REPORT_LEN, "{line}");
        frame.resize(REPORT_LEN, 0);
    }
    frame
}
