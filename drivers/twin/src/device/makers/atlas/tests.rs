use serde_json::{Value, json};

use super::cutter::{Cutter, framed};
use super::*;
use crate::device::Generation;

/// A front with its body, and a client that is a few lines of JSON.
struct Bench {
    front: Atlas,
    body: Body,
    said: Cutter,
}

impl Bench {
    fn new(generation: Generation) -> Self {
        let body = Body::new((MAKER.identity)(generation, "EXC1"));
        let mut bench = Self {
            front: Atlas::new(PATIENCE),
            body,
            said: Cutter::default(),
        };
        bench.tell(BodyEvent::Connected);
        bench
    }

    fn open(generation: Generation) -> Self {
        let mut bench = Self::new(generation);
        bench.next();
        bench.ask(
            1,
            "open",
            json!({"protocol": 3, "token": TOKEN, "client": "test"}),
        );
        assert_eq!(bench.next()["id"], 1);
        bench
    }

    fn tell(&mut self, event: BodyEvent) {
        let said = &mut self.said;
        self.front
            .happened(event, &mut self.body, &mut |frame| said.push(frame));
    }

    fn send(&mut self, bytes: &[u8]) {
        let said = &mut self.said;
        self.front
            .receive(bytes, &mut self.body, &mut |frame| said.push(frame));
        while let Some(event) = self.body.take_event() {
            self.tell(event);
        }
    }

    fn ask(&mut self, id: u32, call: &str, with: Value) {
        let message = json!({"id": id, "device": HANDLE, "call": call, "with": with});
        self.send(&framed(&message));
    }

    fn next(&mut self) -> Value {
        let message = self.said.next().unwrap();
        message.map_or(Value::Null, |message| serde_json::from_slice(&message).unwrap())
    }

    fn code(&mut self, id: u32, call: &str, with: Value) -> Value {
        self.ask(id, call, with);
        self.next()["no"]["code"].clone()
    }
}

fn page(buttons: &Value) -> Value {
    json!({"page": "register", "language": "ja", "title": "?", "lines": [], "buttons": buttons, "wait_ms": 60_000})
}

fn yes() -> Value {
    json!([{"key": "yes", "label": "はい"}])
}

fn lead(media: &Value) -> Value {
    json!({"media": media, "consents": [], "language": "ja", "challenge": "AAAA", "wait_ms": 60_000})
}

#[test]
fn the_service_speaks_first_and_wants_its_token() {
    let mut bench = Bench::new(Generation::New);
    let hello = bench.next();
    assert_eq!(
        (&hello["note"], &hello["with"]["protocol"]["max"]),
        (&"hello".into(), &3.into())
    );
    assert_eq!(bench.code(1, "card.on", json!({})), 1001);
    let wrong = json!({"protocol": 3, "token": "wrong", "client": "test"});
    assert_eq!(bench.code(2, "open", wrong), 1001);
    let late = json!({"protocol": 4, "token": TOKEN, "client": "test"});
    assert_eq!(bench.code(3, "open", late), 1002);
    bench.ask(
        4,
        "open",
        json!({"protocol": 2, "token": TOKEN, "client": "test"}),
    );
    let device = bench.next()["ok"]["devices"][0].clone();
    assert_eq!(device["serial"], "EXC1");
    let features = device["features"].as_array().unwrap();
    assert!(features.contains(&"screen".into()));
    assert!(!features.contains(&"remote_staff".into()), "not in version 2");
}

#[test]
fn what_cannot_be_is_not_listened_to_any_more() {
    for garbage in [
        &b"\0\0\0\x01{"[..],
        b"\xFF\xFF\xFF\xFF",
        b"\0\0\0\x02[]",
        b"\0\0\0\x02{}",
        b"\0\0\0\x09{\"id\": 1}",
    ] {
        let mut bench = Bench::open(Generation::New);
        bench.send(garbage);
        bench.ask(2, "card.on", json!({}));
        assert_eq!(bench.next(), Value::Null);
    }
}

#[test]
fn a_request_that_comes_twice_is_done_once() {
    let mut bench = Bench::open(Generation::New);
    bench.ask(2, "card.on", json!({}));
    bench.ask(2, "card.on", json!({}));
    assert_eq!(bench.next()["no"]["code"], 2001);
    assert_eq!(bench.next(), Value::Null);
}

#[test]
fn one_thing_at_a_time_and_each_is_called_off_by_its_number() {
    let mut bench = Bench::open(Generation::New);
    bench.ask(2, "show", page(&yes()));
    assert!(bench.body.panel().is_some());
    assert_eq!(bench.code(3, "face", json!({"wait_ms": 1})), 4002);
    bench.send(&framed(&json!({"note": "cancel", "of": 3})));
    assert_eq!(bench.next(), Value::Null, "it was answered");
    bench.send(&framed(&json!({"note": "cancel", "of": 2})));
    assert_eq!(bench.next()["no"]["code"], 5001);
    assert!(bench.body.panel().is_none());
}

#[test]
fn nonsense_within_a_call_is_refused() {
    let mut bench = Bench::open(Generation::New);
    assert_eq!(bench.code(2, "dance", json!({})), 5004);
    assert_eq!(bench.code(3, "show", json!({"page": "register"})), 5003);
    let key = json!([{"key": "perhaps", "label": "?"}]);
    assert_eq!(bench.code(4, "show", page(&key)), 5003);
    assert_eq!(bench.code(5, "visit", lead(&json!([]))), 5003);
    assert_eq!(bench.code(6, "visual", json!({"by": "remote"})), 2001);
    let other = json!({"id": 7, "device": 9, "call": "card.on", "with": {}});
    bench.send(&framed(&other));
    assert_eq!(bench.next()["no"]["code"], 1003);
}

#[test]
fn an_old_one_leads_visits_with_cards_and_guides() {
    let mut bench = Bench::open(Generation::Old);
    assert_eq!(bench.code(2, "show", page(&yes())), 4003);
    bench.ask(3, "show", page(&json!([])));
    assert_eq!(bench.next()["ok"], json!({}));
    for (id, call) in [(4, "pin"), (5, "face"), (6, "card.on")] {
        assert_eq!(bench.code(id, call, json!({})), 4003, "{call}");
    }
    assert_eq!(bench.code(7, "visit", lead(&json!(["card", "iphone"]))), 5003);
    bench.ask(8, "visit", lead(&json!(["card"])));
    assert_eq!(bench.next()["with"]["stage"], "waiting_for_card");
}

#[test]
fn whoever_leaves_leaves_nothing_behind() {
    let mut bench = Bench::open(Generation::New);
    bench.ask(2, "visit", lead(&json!(["card"])));
    assert!(bench.body.panel().is_some());
    bench.tell(BodyEvent::Disconnected);
    assert!(bench.body.panel().is_none());
    bench.tell(BodyEvent::Connected);
    let hello = std::iter::repeat_with(|| bench.next()).find(|said| said["note"] == "hello");
    assert!(hello.is_some());
    assert_eq!(bench.code(1, "card.on", json!({})), 1001, "not open yet");
}

#[test]
fn a_start_of_its_own_has_a_name_of_its_own() {
    let mut bench = Bench::new(Generation::New);
    let before = bench.next()["with"]["instance"].clone();
    bench.front.reboot();
    bench.tell(BodyEvent::Connected);
    assert_ne!(bench.next()["with"]["instance"], before);
}

#[test]
fn a_spoilt_message_is_none() {
    let front = Atlas::new(PATIENCE);
    let mut frame = framed(&json!({"note": "beat"})).to_vec();
    front.spoil(&mut frame);
    assert!(serde_json::from_slice::<Value>(&frame[4..]).is_err());
}
