use madoguchi_core::screen::{Answer, FaceOutcome};
use proptest::prelude::*;
use time::OffsetDateTime;

use super::fields::Fields;
use super::{ADMIN_CODE, Caora, MAKER, wire};
use crate::device::{Body, CardKind, FaceScript, Front, Generation, PageKind};
use crate::{Faults, Persona, TestCa};

/// A device and a host that follows the document by hand.
struct Desk {
    body: Body,
    caora: Caora,
    number: u8,
    said: Vec<Vec<u8>>,
}

/// Command, code and fields of an answer.
type Answered = (u8, u16, Fields);

impl Desk {
    fn new(generation: Generation) -> Self {
        Self {
            body: Body::new((MAKER.identity)(generation, "0001")),
            caora: Caora::new(generation),
            number: 0,
            said: Vec::new(),
        }
    }

    fn report(&mut self, report: &[u8]) {
        let said = &mut self.said;
        self.caora
            .receive(report, &mut self.body, &mut |out| said.push(out.to_vec()));
        self.events();
    }

    fn events(&mut self) {
        let said = &mut self.said;
        while let Some(event) = self.body.take_event() {
            self.caora
                .happened(event, &mut self.body, &mut |out| said.push(out.to_vec()));
        }
    }

    fn send(&mut self, command: u8, session: u16, fields: &Fields) {
        self.number += 1;
        for report in reports(self.number, &request(command, session, fields)) {
            self.report(&report);
        }
    }

    /// The answer that came, whole.
    fn answer(&mut self) -> Option<Answered> {
        let mut inbox = wire::Inbox::default();
        for report in std::mem::take(&mut self.said) {
            if report[0] == 1
                && let Some(wire::Received::Message(_, message)) = wire::receive(&report, &mut inbox)
            {
                let (command, code, fields) = wire::request(&message).unwrap();
                return Some((command, code, fields));
            }
        }
        None
    }

    fn ask(&mut self, command: u8, session: u16, fields: &Fields) -> Answered {
        self.said.clear();
        self.send(command, session, fields);
        self.answer().unwrap()
    }

    fn control(&mut self, number: u8, operation: u8) {
        let content = [3, number, operation, 0];
        let mut report = [0; 64];
        report[..4].copy_from_slice(&content);
        report[4..6].copy_from_slice(&wire::crc(&content));
        self.report(&report);
    }

    fn log_in(&mut self, role: u8) -> u16 {
        let mut fields = Fields::new().byte(0x10, role);
        if role == 2 {
            fields = fields.value(0x11, ADMIN_CODE.as_bytes());
        }
        let (command, code, fields) = self.ask(0x02, 0, &fields);
        assert_eq!((command, code), (0x82, 0));
        u16::from_be_bytes(fields.get(0x12).unwrap().try_into().unwrap())
    }

    fn put(&mut self, persona: &str) {
        let persona = Persona::by_name(persona).unwrap().unwrap();
        let ca = TestCa::new().unwrap();
        let kind = CardKind::of(&persona, &ca, OffsetDateTime::now_utc()).unwrap();
        self.body
            .put_card(persona.name(), kind, Faults::default(), false)
            .unwrap();
        self.events();
    }
}

fn request(command: u8, session: u16, fields: &Fields) -> Vec<u8> {
    let [high, low] = session.to_be_bytes();
    let content = [&[command, high, low], fields.bytes()].concat();
    [&content[..], &wire::crc(&content)].concat()
}

fn reports(number: u8, message: &[u8]) -> Vec<Vec<u8>> {
    let mut reports = Vec::new();
    wire::send(number, message, &mut |report| reports.push(report.to_vec()));
    reports
}

fn page(number: u8) -> Fields {
    Fields::new()
        .byte(0x20, number)
        .value(0x21, b"ja")
        .value(0x22, "題".as_bytes())
        .byte(0x25, 2)
}

fn yes_or_no() -> Fields {
    page(6)
        .value(0x24, b"\x01Yes")
        .value(0x24, b"\x02No")
        .byte(0x26, 1)
}

fn pad() -> Fields {
    Fields::new()
        .value(0x21, b"ja")
        .value(0x22, b"PIN")
        .byte(0x25, 2)
        .byte(0x30, 4)
        .byte(0x32, 0)
}

#[test]
fn an_old_device_says_less_than_a_new_one() {
    let (_, code, old) = Desk::new(Generation::Old).ask(0x01, 0, &Fields::new());
    assert_eq!((code, old.get(0x04)), (0, Some(&[1, 2, 4, 5][..])));
    assert_eq!((old.get(0x05), old.get(0x06)), (None, None));
    let (_, _, new) = Desk::new(Generation::New).ask(0x01, 0, &Fields::new());
    assert_eq!(new.get(0x04), Some(&[1, 2, 4, 5, 3, 6][..]));
    assert_eq!(new.get_all(0x05).len(), 5);
    assert_eq!(new.get_text(0x02), Some("0001"));
}

#[test]
fn roles_are_kept_apart() {
    let mut desk = Desk::new(Generation::New);
    assert_eq!(desk.ask(0x04, 9, &Fields::new()).1, 101);
    let wrong = Fields::new().byte(0x10, 2).value(0x11, b"0000");
    assert_eq!(desk.ask(0x02, 0, &wrong).1, 102);
    let (user, administrator) = (desk.log_in(1), desk.log_in(2));
    for command in [0x40, 0x41] {
        assert_eq!(desk.ask(command, user, &Fields::new()).1, 103);
        let (_, code, fields) = desk.ask(command, administrator, &Fields::new());
        assert_eq!(code, 0);
        assert!(!fields.get_all(0x50).is_empty());
    }
    for command in [0x10, 0x11, 0x12, 0x13, 0x14, 0x20, 0x21, 0x22] {
        assert_eq!(desk.ask(command, administrator, &Fields::new()).1, 103);
    }
    assert_eq!(desk.ask(0x03, administrator, &Fields::new()).1, 0);
    assert_eq!(desk.ask(0x40, administrator, &Fields::new()).1, 101);
    assert_eq!(desk.ask(0x7F, user, &Fields::new()).1, 3);
}

#[test]
fn a_page_that_asks_is_answered_by_its_button() {
    let mut desk = Desk::new(Generation::New);
    let user = desk.log_in(1);
    desk.send(0x10, user, &yes_or_no());
    assert!(desk.answer().is_none());
    assert_eq!(desk.ask(0x04, user, &Fields::new()).1, 5, "one message at a time");
    desk.body.press(Answer::No).unwrap();
    desk.events();
    let (command, code, fields) = desk.answer().unwrap();
    assert_eq!((command, code, fields.get_byte(0x24)), (0x90, 0, Some(2)));
    // Pressed once more, it is something that nobody waits for.
    desk.body.press(Answer::Yes).unwrap();
    desk.events();
    assert_eq!(desk.said.pop().unwrap()[..4], [2, 1, 4, 1]);
}

#[test]
fn an_aborted_page_is_gone() {
    let mut desk = Desk::new(Generation::New);
    let user = desk.log_in(1);
    desk.send(0x10, user, &yes_or_no());
    desk.control(desk.number, 1);
    assert_eq!(desk.answer().unwrap().1, 7);
    assert!(desk.body.panel().is_none());
    // One that asks nothing, too, though it was answered long ago.
    assert_eq!(desk.ask(0x10, user, &page(9).byte(0x26, 0)).1, 0);
    assert_eq!(
        desk.body.panel().map(|panel| panel.page),
        Some(PageKind::Completed)
    );
    desk.control(desk.number, 1);
    assert_eq!(desk.said.pop().unwrap()[2], 4);
    assert!(desk.body.panel().is_none());
}

#[test]
fn the_digits_are_gone_with_their_answer() {
    let mut desk = Desk::new(Generation::New);
    let user = desk.log_in(1);
    desk.send(0x12, user, &pad());
    desk.body.type_digits(b"9731").unwrap();
    assert_eq!(desk.body.pins_held(), 1);
    desk.events();
    assert_eq!(desk.answer().unwrap().2.get(0x31), Some(&b"9731"[..]));
    assert_eq!(desk.body.pins_held(), 0);
    desk.control(desk.number, 2);
    assert_eq!(desk.said.pop().unwrap()[..3], [3, desk.number, 4], "not kept");
    desk.send(0x12, user, &pad());
    desk.body.cancel_pin().unwrap();
    desk.events();
    assert_eq!(desk.answer().unwrap().1, 301);
}

#[test]
fn an_apdu_is_run_once_however_often_it_comes() {
    let mut desk = Desk::new(Generation::New);
    desk.put("adult");
    let user = desk.log_in(1);
    assert_eq!(desk.ask(0x20, user, &Fields::new()).1, 0);
    let aid = b"\x00\xA4\x04\x0C\x0A\xD3\x92\xF0\x00\x26\x01\x00\x00\x00\x01";
    let select = Fields::new().value(0x40, aid);
    let (_, _, fields) = desk.ask(0x21, user, &select);
    assert_eq!(fields.get(0x40), Some(&[0x90, 0][..]));
    for report in reports(desk.number, &request(0x21, user, &select)) {
        desk.report(&report);
    }
    assert!(desk.answer().is_none());
    desk.control(desk.number, 2);
    assert_eq!(desk.answer().unwrap().2.get(0x40), Some(&[0x90, 0][..]));
    assert_eq!(desk.body.state().card.unwrap().apdu_count, 1);
    assert_eq!(desk.body.slot().state().unwrap().apdu_count, 1);
    desk.body.take_card().unwrap();
    desk.events();
    assert_eq!(desk.ask(0x21, user, &select).1, 202);
    assert_eq!(desk.ask(0x20, user, &Fields::new()).1, 201);
}

#[test]
fn an_old_device_carries_short_apdus_only() {
    let extended = Fields::new().value(0x40, &[0, 0xB0, 0, 0, 0, 6, 0]);
    for (generation, code) in [(Generation::Old, 205), (Generation::New, 0)] {
        let mut desk = Desk::new(generation);
        desk.put("adult");
        let user = desk.log_in(1);
        assert_eq!(desk.ask(0x20, user, &Fields::new()).1, 0);
        assert_eq!(desk.ask(0x21, user, &extended).1, code);
    }
}

#[test]
fn a_face_needs_a_powered_card() {
    let mut desk = Desk::new(Generation::New);
    let user = desk.log_in(1);
    let words = Fields::new()
        .value(0x21, b"ja")
        .value(0x22, b"face")
        .byte(0x25, 4);
    assert_eq!(desk.ask(0x13, user, &words).1, 203);
    desk.put("adult");
    assert_eq!(desk.ask(0x20, user, &Fields::new()).1, 0);
    desk.body
        .set_face(FaceScript::always(FaceOutcome::SeveralFaces).thinking(0));
    let (_, code, fields) = desk.ask(0x13, user, &words);
    assert_eq!((code, fields.get_byte(0x34)), (0, Some(3)));
    desk.body.set_face(FaceScript::nobody());
    desk.send(0x13, user, &words);
    desk.body.take_card().unwrap();
    desk.events();
    assert_eq!(desk.answer().unwrap().1, 202);
}

#[test]
fn a_restart_ends_the_sessions_and_says_so() {
    let mut desk = Desk::new(Generation::New);
    let user = desk.log_in(1);
    desk.body.reset();
    desk.caora.reboot();
    desk.send(0x04, user, &Fields::new());
    assert_eq!(desk.said[0][..3], [2, 0, 5]);
    assert_eq!(desk.answer().unwrap().1, 101);
    assert_ne!(desk.log_in(1), user, "a number is not used again");
}

#[test]
fn whoever_comes_anew_takes_over() {
    let mut desk = Desk::new(Generation::New);
    let user = desk.log_in(1);
    desk.send(0x10, user, &yes_or_no());
    // Another host begins to count where the first one began.
    desk.number = 0;
    assert_eq!(desk.ask(0x01, 0, &Fields::new()).1, 0);
    desk.log_in(1);
    assert!(desk.body.panel().is_none());
    assert_eq!(desk.ask(0x04, user, &Fields::new()).1, 101);
}

#[test]
fn what_is_spoilt_is_not_run() {
    let mut desk = Desk::new(Generation::New);
    let user = desk.log_in(1);
    let mut report = reports(9, &request(0x10, user, &page(9).byte(0x26, 0))).remove(0);
    wire::spoil(&mut report);
    desk.report(&report);
    let (command, code, _) = desk.answer().unwrap();
    assert_eq!((command, code), (0x80, 1));
    assert!(desk.body.panel().is_none());
}

proptest! {
    #[test]
    fn any_report_is_survived(reports in prop::collection::vec(
        (1..4u8, 0..3u8, 0..3u8, prop::collection::vec(any::<u8>(), 0..70)), 0..40))
    {
        let mut desk = Desk::new(Generation::New);
        for (id, number, index, mut bytes) in reports {
            if bytes.len() > 3 {
                bytes[..3].copy_from_slice(&[id, number, index]);
            }
            desk.report(&bytes);
        }
        desk.number = 100;
        desk.log_in(1);
    }

    #[test]
    fn any_message_is_answered_or_waits(command in any::<u8>(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut desk = Desk::new(Generation::New);
        let user = desk.log_in(1);
        let [high, low] = user.to_be_bytes();
        let content = [&[command, high, low], &bytes[..]].concat();
        for report in reports(50, &[&content[..], &wire::crc(&content)].concat()) {
            desk.report(&report);
        }
        desk.number = 100;
        desk.log_in(1);
    }
}
