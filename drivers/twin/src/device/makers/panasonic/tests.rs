//! The firmware, report by report, written by hand from the protocol's page.

use madoguchi_core::screen::FaceOutcome;
use proptest::prelude::*;

use super::*;
use crate::device::PageKind;

fn order(transaction: u8, code: u8, index: u8, count: u8, data: &[u8]) -> [u8; 64] {
    let mut bytes = [0; 64];
    bytes[..8].copy_from_slice(&[0x20, transaction, 0, code, index, count, 0, data.len() as u8]);
    bytes[8..8 + data.len()].copy_from_slice(data);
    bytes[63] = bytes.iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte));
    bytes
}

struct Unit {
    front: Panasonic,
    body: Body,
}

impl Unit {
    fn new(generation: Generation) -> Self {
        let mut unit = Self {
            front: Panasonic::new("Slot"),
            body: Body::new(identity(generation, "P-1")),
        };
        // What it says when it is started.
        assert_eq!(unit.send(&[0; 3])[0][..5], [0x22, 0, 0, 0x03, 0]);
        unit
    }

    fn send(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        self.front
            .receive(bytes, &mut self.body, &mut |report| out.push(report.to_vec()));
        out
    }

    /// Status and data of the one reply.
    fn ask(&mut self, transaction: u8, code: u8, data: &[u8]) -> (u8, Vec<u8>) {
        let replies = self.send(&order(transaction, code, 0, 1, data));
        assert_eq!(replies.len(), 1);
        let reply = &replies[0];
        assert_eq!(reply[..6], [0x21, transaction, 0, code, 0, 1]);
        let len = usize::from(reply[7]);
        (reply[6], reply[8..8 + len].to_vec())
    }

    /// What is sent unasked after something happened to the body.
    fn events(&mut self) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        while let Some(event) = self.body.take_event() {
            self.front
                .happened(event, &mut self.body, &mut |report| out.push(report.to_vec()));
        }
        out
    }

    /// The register page with its two buttons, a report each.
    fn show(&mut self, transaction: u8) -> Vec<Vec<u8>> {
        let head = [0x05, 0, 0, 0x80, 0x01, 1, 1];
        assert!(self.send(&order(transaction, 0x02, 0, 4, &head)).is_empty());
        assert!(
            self.send(&order(transaction, 0x02, 1, 4, &[0x00, 0x4C, 0x98]))
                .is_empty()
        );
        assert!(
            self.send(&order(transaction, 0x02, 2, 4, &[0x17, b'Y', 0]))
                .is_empty()
        );
        self.send(&order(transaction, 0x02, 3, 4, &[0x18, b'N', 0]))
    }
}

#[test]
fn it_says_who_it_is_by_generation() {
    for (generation, number, low, languages) in [
        (Generation::Old, 1, 0xBF, 0b00111),
        (Generation::New, 2, 0x3F, 0b11111),
    ] {
        let mut unit = Unit::new(generation);
        let replies = unit.send(&order(9, 0x01, 0, 1, &[]));
        assert_eq!(
            replies.len(),
            6,
            "head, serial, model, firmware, slot, its serial"
        );
        assert_eq!(replies[0][8..14], [1, number, low, 0, languages, 16]);
        assert_eq!(replies[1][8..15], [0x20, b'P', 0, b'-', 0, b'1', 0]);
        assert!(replies.iter().all(|reply| reply[5] == 6));
    }
}

#[test]
fn a_page_is_shown_a_button_ends_it_and_asking_changes_nothing() {
    let mut unit = Unit::new(Generation::New);
    let shown = unit.show(3);
    assert_eq!(shown[0][6], 0);
    let panel = unit.body.panel().unwrap();
    assert_eq!((panel.page, panel.title.as_str()), (PageKind::Register, "題"));
    assert_eq!(unit.ask(4, 0x06, &[3, 0]), (0, vec![0]), "not ended");
    unit.body.press(Answer::No).unwrap();
    let events = unit.events();
    assert_eq!(events.len(), 1);
    assert_eq!((&events[0][..5], events[0][8]), (&[0x22, 3, 0, 0x01, 0][..], 1));
    for transaction in [5, 5, 6] {
        assert_eq!(unit.ask(transaction, 0x06, &[3, 0]), (0, vec![1, 8]));
    }
    unit.body.press(Answer::Yes).unwrap();
    assert!(unit.events().is_empty(), "it ended before");
    assert_eq!(unit.ask(7, 0x06, &[9, 0]).0, 0x04);
}

#[test]
fn an_order_that_comes_again_is_not_carried_out_again() {
    let mut unit = Unit::new(Generation::New);
    let first = unit.show(3);
    let shown = unit.body.panel().cloned();
    unit.ask(4, 0x07, &[]);
    assert_eq!(unit.ask(4, 0x07, &[]).0, 0);
    unit.show(5);
    unit.body.clear();
    assert_eq!(unit.show(5), {
        let mut again = first;
        again[0][1] = 5;
        again[0][63] += 2;
        again
    });
    assert_eq!(unit.body.panel(), None, "a repetition shows nothing");
    assert!(shown.is_some());
}

#[test]
fn digits_are_there_until_they_are_cleared() {
    let mut unit = Unit::new(Generation::New);
    assert_eq!(unit.ask(3, 0x03, &[4, 0xFF, 0, 0, 0]).0, 0);
    unit.body.type_digits(b"1234").unwrap();
    assert_eq!(unit.events().len(), 1);
    assert_eq!(unit.ask(4, 0x06, &[3, 0]).1, [2, 4, b'1', b'2', b'3', b'4']);
    assert_eq!(unit.body.pins_held(), 1);
    unit.ask(5, 0x07, &[]);
    assert_eq!(unit.body.pins_held(), 0);
    assert_eq!(unit.ask(6, 0x06, &[3, 0]).0, 0x04);
}

#[test]
fn damaged_reports_are_dropped_without_a_word() {
    let mut unit = Unit::new(Generation::New);
    let good = order(3, 0x08, 0, 1, b"hello");
    for at in 0..64 {
        let mut bad = good;
        bad[at] ^= 0x10;
        assert!(unit.send(&bad).is_empty(), "byte {at}");
    }
    assert!(unit.send(&good[..63]).is_empty());
    assert_eq!(unit.ask(3, 0x08, b"hello").1, b"hello");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let mut unit = Unit::new(Generation::Old);
    for (code, data, status) in [
        (0x99, &[][..], 0x01),
        (0x02, &[0, 0, 0, 0, 0, 0][..], 0x02),
        (0x02, &[0x0B, 0, 0, 0, 0, 0, 0], 0x02),
        (0x02, &[0, 1, 0, 0, 0, 0, 0], 0x02),
        (0x02, &[0, 0, 5, 0, 0, 0, 0], 0x02),
        (0x02, &[0, 0, 4, 0, 0, 0, 0], 0x05),
        (0x02, &[0, 0, 0, 1, 0, 0, 0], 0x02),
        (0x02, &[0, 0, 0, 0, 0, 4, 0], 0x02),
        (0x03, &[0, 0xFF, 0, 0, 0], 0x02),
        (0x03, &[4, 0xFF, 2, 0, 0], 0x02),
        (0x04, &[0, 0], 0x03),
        (0x04, &[7, 0], 0x02),
        (0x05, &[], 0x03),
        (0x06, &[1], 0x02),
    ] {
        let transaction = unit.front.events.wrapping_add(1);
        unit.front.events = transaction;
        assert_eq!(unit.ask(transaction, code, data).0, status, "{code:02X} {data:?}");
    }
}

#[test]
fn it_tells_touches_while_nothing_asks_and_its_start_once() {
    let mut unit = Unit::new(Generation::New);
    unit.body.touch();
    assert_eq!(unit.events()[0][3], 0x02);
    unit.show(3);
    unit.body.touch();
    assert!(unit.events().is_empty());
    unit.front.reboot();
    let replies = unit.send(&order(4, 0x06, 0, 1, &[3, 0]));
    assert_eq!((replies[0][0], replies[0][3]), (0x22, 0x03));
    assert_eq!((replies[1][0], replies[1][6]), (0x21, 0x04));
    assert!(unit.front.task.is_none());
    unit.front
        .end(Ending::Face(FaceOutcome::Match), &mut |_| panic!("nobody waits"));
}

proptest! {
    #[test]
    fn no_reports_make_it_panic(
        orders in proptest::collection::vec(
            (0u8..10, 0u8..4, 1u8..4, proptest::collection::vec(any::<u8>(), 0..=55)), 0..30),
        garbage in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let mut unit = Unit::new(Generation::New);
        unit.send(&garbage);
        for (transaction, (code, index, count, data)) in (1..).zip(orders) {
            for reply in unit.send(&order(transaction, code, index, count, &data)) {
                prop_assert_eq!(reply.len(), 64);
            }
        }
    }
}
