//! `MESSAGES.md`, read as a maker reads it: every example in it is a message that the border takes.
#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::collections::BTreeMap;

use madoguchi_driver_abi::message::{self, decode};
use madoguchi_driver_api::screen::{Answer, FaceOutcome, Screen};
use madoguchi_driver_api::visit::{Outcome, Plan, Progress};
use madoguchi_driver_api::{Capability, DriverInfo, Error};
use serde_json::Value;

/// The examples below each heading.
fn examples() -> BTreeMap<&'static str, Vec<Vec<u8>>> {
    let mut found = BTreeMap::new();
    for section in include_str!("../MESSAGES.md").split("\n### ").skip(1) {
        let (name, rest) = section.split_once('\n').unwrap();
        let block = rest
            .split("```json\n")
            .nth(1)
            .unwrap()
            .split("```")
            .next()
            .unwrap();
        let messages = serde_json::Deserializer::from_str(block).into_iter::<Value>();
        let messages = messages.map(|message| serde_json::to_vec(&message.unwrap()).unwrap());
        found.insert(name, messages.collect());
    }
    found
}

#[test]
fn every_example_is_a_message() {
    let mut counts = BTreeMap::new();
    for (name, messages) in examples() {
        counts.insert(name, messages.len());
        for bytes in messages {
            let read: Result<(), Error> = match name {
                "driver info" => decode::<DriverInfo>("", &bytes).map(drop),
                "readers" => message::readers(&bytes).map(drop),
                "event" => message::event(&bytes).map(|event| assert!(event.is_some())),
                "answer" => decode::<Answer>("", &bytes).map(drop),
                "face outcome" => decode::<FaceOutcome>("", &bytes).map(drop),
                "progress" => decode::<Progress>("", &bytes).map(drop),
                "outcome" => decode::<Outcome>("", &bytes).map(drop),
                "screen" => decode::<Screen>("", &bytes).map(drop),
                "PIN request" => message::pin_request(&bytes)
                    .map(|request| assert_eq!(request.again_because.is_some(), request.tries_left.is_some())),
                "face request" => message::face_request(&bytes).map(drop),
                "plan" => decode::<Plan>("", &bytes).map(drop),
                other => panic!("a message that is none: {other}"),
            };
            assert_eq!(read, Ok(()), "{name}: {}", String::from_utf8_lossy(&bytes));
        }
    }
    let expected = [
        ("PIN request", 2),
        ("answer", 7),
        ("driver info", 1),
        ("event", 5),
        ("face outcome", 6),
        ("face request", 2),
        ("outcome", 4),
        ("plan", 1),
        ("progress", 6),
        ("readers", 1),
        ("screen", 12),
    ];
    assert_eq!(counts, BTreeMap::from(expected), "whole and in one piece");
}

#[test]
fn the_page_names_every_capability() {
    let mut named: Vec<_> = examples()["readers"]
        .iter()
        .flat_map(|bytes| message::readers(bytes).unwrap())
        .flat_map(|reader| reader.capabilities)
        .collect();
    named.sort_unstable();
    named.dedup();
    let every = [
        Capability::Face,
        Capability::PinPad,
        Capability::StaffVisual,
        Capability::NfcCard,
        Capability::NfcPhone,
        Capability::Screen,
        Capability::Delegated,
        Capability::RemoteVisual,
        Capability::Solitary,
    ];
    assert_eq!(named, every);
}
