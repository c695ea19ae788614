//! The PIN: asked about for free, sent once, never again.

use madoguchi_card::{Error, ExtendedLength, Jpki, TransmitError};
use madoguchi_core::Reason;
use madoguchi_core::reader::{PinStatus, PinVerdict};

use crate::script::Script;
use crate::{card, pin};

const OK: [u8; 2] = [0x90, 0x00];
const THREE: [u8; 2] = [0x63, 0xC3];

fn verifies(script: &Script) -> usize {
    script
        .sent
        .iter()
        .filter(|sent| sent[1] == 0x20 && sent.len() > 4)
        .count()
}

#[test]
fn wrong_pins_count_down_and_the_last_try_needs_a_yes() {
    let mut session = card("adult");
    let mut jpki = Jpki::new(&mut session, ExtendedLength::Unknown);
    jpki.select().unwrap();
    assert_eq!(
        jpki.verify_pin(&pin("0000"), false),
        Ok(PinVerdict::Wrong { tries_left: 2 })
    );
    assert_eq!(
        jpki.verify_pin(&pin("0000"), false),
        Ok(PinVerdict::Wrong { tries_left: 1 })
    );
    let before = jpki.apdu_count();
    assert_eq!(
        jpki.verify_pin(&pin("1234"), false),
        Ok(PinVerdict::LastTryNotConfirmed)
    );
    assert_eq!(jpki.apdu_count(), before, "nothing was sent");
    assert_eq!(jpki.verify_pin(&pin("0000"), true), Ok(PinVerdict::Locked));
    assert_eq!(
        jpki.verify_pin(&pin("1234"), true),
        Ok(PinVerdict::Locked),
        "known, not sent"
    );
    assert_eq!(jpki.pin_status(), Ok(PinStatus::Locked));
    assert_eq!(session.report().verify_count(), 3);
    assert_eq!(session.report().tries_left, Some(0));
}

#[test]
fn the_last_try_is_used_with_a_yes() {
    let mut session = card("adult");
    let mut jpki = Jpki::new(&mut session, ExtendedLength::Unknown);
    jpki.select().unwrap();
    for _ in 0..2 {
        jpki.verify_pin(&pin("0000"), false).unwrap();
    }
    assert_eq!(jpki.verify_pin(&pin("1234"), true), Ok(PinVerdict::Verified));
    assert_eq!(session.report().tries_left, Some(3), "a success resets the count");
}

#[test]
fn a_locked_card_and_one_without_a_pin_are_sent_none() {
    let mut session = card("locked-pin");
    let mut jpki = Jpki::new(&mut session, ExtendedLength::Unknown);
    jpki.select().unwrap();
    assert_eq!(jpki.verify_pin(&pin("1234"), true), Ok(PinVerdict::Locked));
    assert_eq!(session.report().verify_count(), 0);

    let mut session = card("no-pin");
    let mut jpki = Jpki::new(&mut session, ExtendedLength::Unknown);
    jpki.select().unwrap();
    assert_eq!(jpki.pin_status(), Ok(PinStatus::NotSet));
    assert_eq!(
        jpki.verify_pin(&pin("1234"), true).unwrap_err().reason(),
        Reason::PinNotSet
    );
    assert_eq!(session.report().verify_count(), 0);
}

#[test]
fn tries_are_asked_again_after_another_file_was_selected() {
    let mut session = card("adult");
    let mut jpki = Jpki::new(&mut session, ExtendedLength::Unknown);
    jpki.select().unwrap();
    jpki.pin_status().unwrap();
    jpki.label().unwrap();
    assert_eq!(jpki.verify_pin(&pin("1234"), false), Ok(PinVerdict::Verified));
    assert_eq!(jpki.apdu_count(), 8);
}

#[test]
fn every_way_of_saying_blocked_is_understood() {
    for (answer, status) in [
        ([0x63, 0xC0], PinStatus::Locked),
        ([0x69, 0x83], PinStatus::Locked),
        ([0x69, 0x84], PinStatus::NotSet),
        ([0x63, 0xC2], PinStatus::TriesLeft(2)),
    ] {
        assert_eq!(
            Jpki::new(&mut Script::new([&OK, &answer]), ExtendedLength::No).pin_status(),
            Ok(status)
        );
    }
    for answer in [[0x63, 0xC0], [0x69, 0x83], [0x69, 0x84]] {
        let mut script = Script::new([&OK, &THREE, &answer]);
        let verdict = Jpki::new(&mut script, ExtendedLength::No).verify_pin(&pin("1234"), false);
        assert_eq!(verdict, Ok(PinVerdict::Locked), "{answer:02X?}");
    }
}

#[test]
fn tries_are_never_guessed_from_another_status() {
    let mut script = Script::new([&OK, &[0x63, 0x00]]);
    assert!(
        Jpki::new(&mut script, ExtendedLength::No)
            .verify_pin(&pin("1234"), true)
            .is_err()
    );
    assert_eq!(verifies(&script), 0);
}

#[test]
fn verify_is_sent_once_whatever_comes_back() {
    let answers: [Result<&[u8], TransmitError>; 12] = [
        Ok(&[]),
        Ok(&[0x90]),
        Ok(&[0x61, 0x10]),
        Ok(&[0x6C, 0x04]),
        Ok(&[0x6F, 0x00]),
        Ok(&[0x63, 0x00]),
        Ok(&[0xBE, 0xEF]),
        Err(TransmitError::Removed),
        Err(TransmitError::Reset),
        Err(TransmitError::Timeout),
        Err(TransmitError::Protocol),
        Err(TransmitError::ServiceGone),
    ];
    for answer in answers {
        // The script ends here: one more command would panic.
        let mut script = Script::new([&OK, &THREE]).then(answer);
        let error = Jpki::new(&mut script, ExtendedLength::No)
            .verify_pin(&pin("1234"), false)
            .unwrap_err();
        assert_eq!(error.reason(), Reason::PinOutcomeUnknown, "{answer:?}");
        assert_eq!(verifies(&script), 1);
    }
}

#[test]
fn before_verify_was_sent_a_lost_card_is_a_lost_card() {
    for answers in [Script::new([&[]]), Script::new([&OK, &[]])] {
        let mut script = answers;
        let error = Jpki::new(&mut script, ExtendedLength::No)
            .verify_pin(&pin("1234"), false)
            .unwrap_err();
        assert_eq!(error, Error::Transmit(TransmitError::Removed));
        assert_eq!(verifies(&script), 0);
    }
}

#[test]
fn errors_show_no_pin() {
    let mut script = Script::new([&OK, &THREE, &[0x6F, 0x00]]);
    let error = Jpki::new(&mut script, ExtendedLength::No)
        .verify_pin(&pin("9731"), false)
        .unwrap_err();
    assert!(!format!("{error} {error:?}").contains("9731"));
}
