use ciborium::Value;
use proptest::prelude::*;
use time::OffsetDateTime;

use super::*;
use crate::device::CardKind;
use crate::{Faults, Persona, TestCa};

/// The host's side of the line, made by hand.
struct Host {
    front: Box<dyn Front>,
    body: Body,
    out: Out,
    /// What came back: reports and what they say.
    reports: Vec<Vec<u8>>,
    /// What it said of itself.
    hello: Vec<Message>,
}

type Message = (u64, u64, Vec<(Value, Value)>);

impl Host {
    fn new(generation: Generation) -> Self {
        let identity = identity(generation, "0001");
        let mut host = Self {
            front: front(&identity),
            body: Body::new(identity),
            out: Out::default(),
            reports: Vec::new(),
            hello: Vec::new(),
        };
        host.hello = host.ask(1, 1, vec![(1, 7_u8.into())]);
        host
    }

    /// Sends a request and gives back all that was answered so far.
    fn ask(&mut self, id: u16, operation: u8, params: message::Fields) -> Vec<Message> {
        let params = params
            .into_iter()
            .map(|(key, value)| (key.into(), value))
            .collect();
        let message = Value::Array(vec![id.into(), operation.into(), Value::Map(params)]);
        let mut bytes = Vec::new();
        ciborium::into_writer(&message, &mut bytes).unwrap();
        self.send(&frames::sealed(&bytes))
    }

    fn send(&mut self, stream: &[u8]) -> Vec<Message> {
        let mut reports = Vec::new();
        self.out.send(stream, &mut |report| reports.push(report.to_vec()));
        for report in reports {
            self.receive(&report);
        }
        self.told()
    }

    fn receive(&mut self, report: &[u8]) {
        let reports = &mut self.reports;
        self.front.receive(report, &mut self.body, &mut |report| {
            reports.push(report.to_vec())
        });
        self.settle();
    }

    fn settle(&mut self) {
        while let Some(event) = self.body.take_event() {
            let reports = &mut self.reports;
            self.front
                .happened(event, &mut self.body, &mut |report| reports.push(report.to_vec()));
        }
    }

    /// What was answered since somebody asked.
    fn told(&mut self) -> Vec<Message> {
        let mut frames = Frames::default();
        let mut told = Vec::new();
        for report in self.reports.drain(..) {
            assert_eq!(report.len(), 64);
            for piece in frames.push(&report[2..2 + usize::from(report[1])]) {
                let Piece::Message(message) = piece else {
                    panic!("the device sent something damaged")
                };
                let value: Value = ciborium::from_reader(&message[..]).unwrap();
                let Ok([id, code, map]) = <[Value; 3]>::try_from(value.into_array().unwrap()) else {
                    panic!("not a message")
                };
                let number = |value: &Value| message::number(value).unwrap();
                told.push((number(&id), number(&code), map.into_map().unwrap()));
            }
        }
        told
    }

    fn type_pin(&mut self, digits: &[u8]) {
        self.body.type_digits(digits).unwrap();
        self.settle();
    }
}

fn heads(told: &[Message]) -> Vec<(u64, u64)> {
    told.iter().map(|(id, code, _)| (*id, *code)).collect()
}

fn pad() -> message::Fields {
    vec![
        (1, 4_u8.into()),
        (3, 0_u8.into()),
        (5, 1_u8.into()),
        (6, "ja".into()),
    ]
}

#[test]
fn a_unit_says_what_its_generation_can_do() {
    for (generation, features) in [(Generation::Old, 5), (Generation::New, 6)] {
        let told = Host::new(generation).hello;
        assert_eq!(heads(&told), [(1, 0)]);
        let said = |key: u64| {
            let found = told[0]
                .2
                .iter()
                .find(|(own, _)| message::number(own) == Some(key));
            found.unwrap().1.clone()
        };
        assert_eq!(said(3), Value::from("0001"));
        assert_eq!(said(5).as_array().unwrap().len(), features);
        let templates = said(6).into_array().unwrap();
        assert_eq!(templates.contains(&15_u8.into()), generation == Generation::New);
    }
}

#[test]
fn a_pending_request_is_stopped_and_only_that() {
    let mut host = Host::new(Generation::New);
    assert_eq!(host.ask(2, 4, pad()), []);
    assert!(host.body.is_asking_pin());
    assert_eq!(heads(&host.ask(3, 7, vec![(1, 9_u8.into())])), [(3, 0)]);
    assert!(host.body.is_asking_pin(), "another one was meant");
    assert_eq!(heads(&host.ask(4, 2, vec![])), [(4, 7)], "busy");
    assert_eq!(heads(&host.ask(5, 7, vec![(1, 2_u8.into())])), [(2, 8), (5, 0)]);
    assert!(!host.body.is_asking_pin());
    assert_eq!(host.body.pins_held(), 0);
}

#[test]
fn an_answer_is_given_once_more_unless_digits_are_in_it() {
    let mut host = Host::new(Generation::New);
    let recalled = host.ask(2, 8, vec![(1, 1_u8.into())]);
    assert_eq!(recalled[0], host.hello[0]);
    assert_eq!(heads(&recalled), [(1, 0), (2, 0)]);
    assert_eq!(host.ask(3, 4, pad()), []);
    assert_eq!(
        heads(&host.ask(4, 8, vec![(1, 3_u8.into())])),
        [(4, 13)],
        "pending"
    );
    host.type_pin(b"9731");
    let typed = host.told();
    assert_eq!(typed[0].2[0].1, Value::Bytes(b"9731".to_vec()));
    assert_eq!(
        heads(&host.ask(5, 8, vec![(1, 3_u8.into())])),
        [(5, 12)],
        "forgotten"
    );
    assert_eq!(host.body.pins_held(), 0);
    let mut old = Host::new(Generation::Old);
    assert_eq!(heads(&old.ask(2, 8, vec![(1, 1_u8.into())])), [(2, 1)]);
}

#[test]
fn nothing_of_one_conversation_is_left_in_the_next() {
    let mut host = Host::new(Generation::New);
    host.ask(2, 4, pad());
    host.told();
    host.out = Out::default();
    let told = host.ask(1, 1, vec![(1, 8_u8.into())]);
    assert_eq!(heads(&told), [(1, 0)]);
    assert!(!host.body.is_asking_pin());
    assert_eq!(heads(&host.ask(2, 8, vec![(1, 2_u8.into())])), [(2, 12)]);
}

#[test]
fn a_duplicate_is_done_once_and_a_gap_is_told() {
    let mut host = Host::new(Generation::New);
    let mut reports = Vec::new();
    let request = frames::sealed(&[0x83, 0x02, 0x10, 0xA0]);
    host.out
        .send(&request, &mut |report| reports.push(report.to_vec()));
    host.receive(&reports[0]);
    host.receive(&reports[0]);
    assert_eq!(heads(&host.told()), [(2, 0)]);
    host.out.send(&request, &mut |_| {});
    // The next one is whole: it is answered, after the loss was told.
    assert_eq!(heads(&host.ask(4, 16, vec![])), [(0, 5), (4, 0)]);
    let mut spoilt = frames::sealed(&[0x83, 0x05, 0x10, 0xA0]).to_vec();
    spoilt[5] ^= 1;
    assert_eq!(heads(&host.send(&spoilt))[0], (0, 5));
    assert_eq!(heads(&host.ask(6, 16, vec![])), [(6, 0)]);
}

#[test]
fn a_restart_is_told_with_the_first_word() {
    let mut host = Host::new(Generation::New);
    host.front.reboot();
    let told = host.ask(2, 16, vec![]);
    assert_eq!(heads(&told), [(0, 6), (2, 0)]);
}

#[test]
fn a_phone_is_told_from_a_card_and_paper_from_nothing() {
    let ca = TestCa::new().unwrap();
    let now = OffsetDateTime::now_utc();
    let mut host = Host::new(Generation::New);
    for (persona, kind) in [
        ("adult", Some(1_u8)),
        ("iphone", Some(2)),
        ("android", Some(2)),
        ("paper-card", None),
    ] {
        let found = Persona::by_name(persona).unwrap().unwrap();
        let card = CardKind::of(&found, &ca, now).unwrap();
        host.body
            .put_card(persona, card, Faults::default(), true)
            .unwrap();
        host.settle();
        let came = host.told();
        let told = came
            .iter()
            .map(|(_, code, details)| (*code, details[1].1.clone()));
        let expected = kind.map(|kind| (1, Value::from(kind)));
        assert_eq!(told.collect::<Vec<_>>(), Vec::from_iter(expected), "{persona}");
        host.body.take_card().unwrap();
        host.settle();
        assert_eq!(host.told().len(), came.len());
    }
}

proptest! {
    #[test]
    fn no_bytes_bring_the_device_down(
        reports in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..70), 0..20),
        message in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let mut host = Host::new(Generation::New);
        for report in &reports {
            host.receive(report);
        }
        host.send(&frames::sealed(&message));
        host.told();
        host.out = Out::default();
        let told = host.ask(9, 1, vec![(1, 9_u8.into())]);
        prop_assert_eq!(heads(&told), [(9, 0)]);
    }

    #[test]
    fn no_request_brings_the_device_down(
        operation in 0_u8..25,
        numbers in prop::collection::vec((0_u8..10, any::<u8>()), 0..6),
        template in 8_u8..22,
        text in ".{0,20}",
    ) {
        let mut host = Host::new(Generation::New);
        let numbers: Vec<(Value, Value)> = numbers
            .into_iter()
            .map(|(key, value)| (Value::from(key), Value::from(value)))
            .collect();
        let params = vec![(1, template.into()), (2, text.into()), (3, Value::Map(numbers))];
        let told = host.ask(2, operation, params);
        // Whatever waits for a person can be stopped.
        let stopped = host.ask(3, 7, vec![(1, 2_u8.into())]);
        prop_assert_eq!(told.len() + stopped.len(), 2);
    }
}
