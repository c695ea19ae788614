use super::*;
use crate::{Persona, TestCa};
use time::OffsetDateTime;

fn kind(name: &str) -> CardKind {
    let persona = Persona::by_name(name).unwrap().unwrap();
    CardKind::of(&persona, &TestCa::new().unwrap(), OffsetDateTime::now_utc()).unwrap()
}

fn slot(name: &str, faults: Faults) -> Slot {
    let mut slot = Slot::own();
    assert!(slot.insert(name, kind(name), faults, false));
    slot
}

const SELECT_AP: [u8; 15] = [0, 0xA4, 4, 0x0C, 10, 0xD3, 0x92, 0xF0, 0, 0x26, 1, 0, 0, 0, 1];

#[test]
fn nothing_lies_in_an_empty_slot() {
    let mut slot = Slot::own();
    assert_eq!(slot.power_on(), None);
    assert_eq!(slot.transmit(&SELECT_AP), CardReply::Removed);
    assert!(!slot.card_present() && !slot.authorize() && !slot.take());
    assert!(!slot.take_pulled(), "nothing was pulled from it");
    assert_eq!(slot.state(), None);
}

#[test]
fn a_card_answers_while_it_has_power() {
    let mut slot = slot("adult", Faults::default());
    assert_eq!(slot.transmit(&SELECT_AP), CardReply::Unpowered);
    assert!(!slot.authorize());
    assert_eq!(slot.power_on().unwrap(), crate::card::ATR);
    assert_eq!(slot.transmit(&SELECT_AP), CardReply::Answer(vec![0x90, 0]));
    assert!(slot.authorize());
    slot.lose_power();
    assert!(slot.card_present() && !slot.is_powered());
}

#[test]
fn a_card_that_is_lost_comes_back_with_its_power() {
    let mut slot = slot(
        "adult",
        Faults {
            extended_length_loses_card: true,
            ..Faults::default()
        },
    );
    slot.power_on().unwrap();
    let extended = [0, 0xB0, 0x8A, 0, 0, 0x10, 0];
    assert_eq!(slot.transmit(&extended), CardReply::Lost);
    assert_eq!(slot.transmit(&SELECT_AP), CardReply::Unpowered);
    assert!(slot.card_present() && slot.power_on().is_some());
    assert_eq!(slot.transmit(&SELECT_AP), CardReply::Answer(vec![0x90, 0]));
}

#[test]
fn a_card_that_hangs_hangs_until_it_is_taken_away() {
    let faults = Faults {
        hang_at_apdu: Some(1),
        delay_ms: 3,
        ..Faults::default()
    };
    let mut slot = slot("adult", faults);
    slot.power_on().unwrap();
    assert_eq!(slot.transmit(&SELECT_AP), CardReply::Silent);
    assert_eq!(slot.take_delay(), Duration::from_millis(3));
    assert_eq!(slot.power_on(), None);
    assert!(!slot.authorize());
    assert!(slot.take() && slot.insert("adult", kind("adult"), Faults::default(), false));
    slot.power_on().unwrap();
    assert_eq!(slot.transmit(&SELECT_AP), CardReply::Answer(vec![0x90, 0]));
    assert_eq!(slot.state().unwrap().apdu_count, 2, "it is the same card");
}

#[test]
fn only_so_many_cards_are_remembered() {
    let mut slot = Slot::own();
    let card = kind("adult");
    for number in 0..MAX_KNOWN + 5 {
        assert!(slot.insert(&number.to_string(), card.clone(), Faults::default(), false));
        assert!(slot.take());
    }
    assert_eq!(slot.known.len(), MAX_KNOWN);
}
