//! The card in the device's own field: whole visits to the JPKI application, and what a card does wrong.

use madoguchi_card::{ExtendedLength, Jpki};
use madoguchi_core::reader::PinVerdict;
use madoguchi_driver_api::screen::FaceOutcome;
use madoguchi_driver_api::{Error, Medium, Pin, Reader, control};
use madoguchi_twin::Faults;
use madoguchi_twin::device::{Act, Generation, Insert};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::desk::{Session, long, one};
use crate::discovery::insert;
use crate::face::request;

pub(crate) const SELECT: &[u8] = b"\x00\xA4\x04\x0C\x0A\xD3\x92\xF0\x00\x26\x01\x00\x00\x00\x01";

/// How the person is verified between reading and signing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Face,
    Pin,
    Staff,
}

/// Whether the certificate's key made this signature of `challenge`.
pub(crate) fn check(certificate: &[u8], signature: &[u8]) {
    let (_, parsed) = X509Certificate::from_der(certificate).unwrap();
    let key = parsed.public_key().subject_public_key.data.as_ref();
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
        .verify(b"challenge", signature)
        .unwrap();
}

/// Reads and signs, and says whether extended length was used.
fn visit(reader: &mut dyn Reader, by: By) -> ExtendedLength {
    reader.power_on(&long()).unwrap();
    let mut session = Session(reader, long());
    let mut jpki = Jpki::new(&mut session, ExtendedLength::Unknown);
    jpki.select().unwrap();
    assert_eq!(jpki.label(), Ok(Medium::Card));
    let certificate = jpki.certificate().unwrap();
    let extended = jpki.extended_length();
    let signature = match by {
        By::Pin => {
            let pin = Pin::new(b"1234".to_vec()).unwrap();
            assert_eq!(jpki.verify_pin(&pin, false), Ok(PinVerdict::Verified));
            jpki.sign(b"challenge").unwrap()
        }
        By::Face | By::Staff => {
            assert!(jpki.sign(b"challenge").is_err(), "nobody was verified yet");
            let reader = &mut *session.0;
            if by == By::Face {
                assert_eq!(reader.verify_face(&request(), &long()), Ok(FaceOutcome::Match));
            } else {
                reader.accept_visual(&long()).unwrap();
            }
            let mut jpki = Jpki::new(&mut session, extended);
            jpki.sign(b"challenge").unwrap()
        }
    };
    check(certificate.as_bytes(), &signature);
    reader.power_off();
    extended
}

#[test]
fn a_whole_visit_by_each_method() {
    let (_desk, twin, mut reader) = one(Generation::New);
    twin.stage().insert("adult").unwrap();
    for by in [By::Face, By::Pin, By::Staff, By::Face] {
        assert_eq!(visit(&mut *reader, by), ExtendedLength::Yes);
        let card = twin.stage().state().unwrap().card.unwrap();
        assert!(!card.powered, "off on the way out");
    }
    assert_eq!(twin.stage().state().unwrap().card.unwrap().pins_sent, 1);
}

#[test]
fn an_old_device_does_without_extended_length() {
    let (_desk, twin, mut reader) = one(Generation::Old);
    twin.stage().insert("adult").unwrap();
    for by in [By::Face, By::Pin] {
        assert_eq!(visit(&mut *reader, by), ExtendedLength::No);
    }
    reader.power_on(&long()).unwrap();
    let mut response = vec![1];
    let extended = reader.transmit(&[0, 0xB0, 0, 0, 0, 6, 0], &mut response, &long());
    assert!(matches!(extended, Err(Error::Protocol { .. })), "{extended:?}");
    assert!(response.is_empty());
    // And goes on.
    reader.transmit(SELECT, &mut response, &long()).unwrap();
    assert_eq!(response, [0x90, 0]);
}

#[test]
fn what_was_verified_is_lost_with_the_power() {
    let (_desk, twin, mut reader) = one(Generation::New);
    twin.stage().insert("adult").unwrap();
    reader.power_on(&long()).unwrap();
    assert_eq!(reader.verify_face(&request(), &long()), Ok(FaceOutcome::Match));
    reader.power_off();
    reader.power_off();
    let mut response = Vec::new();
    assert_eq!(
        reader.transmit(SELECT, &mut response, &long()),
        Err(Error::CardRemoved)
    );
    reader.power_on(&long()).unwrap();
    let mut session = Session(&mut *reader, long());
    let mut jpki = Jpki::new(&mut session, ExtendedLength::No);
    jpki.select().unwrap();
    assert!(jpki.sign(b"challenge").is_err());
    drop(reader);
    assert!(!twin.stage().state().unwrap().card.unwrap().powered);
}

#[test]
fn what_a_card_does_wrong_is_told_as_it_is() {
    let (_desk, twin, mut reader) = one(Generation::New);
    let stage = twin.stage();
    assert_eq!(reader.power_on(&long()), Err(Error::NoCard));
    stage.insert("paper-card").unwrap();
    assert_eq!(reader.power_on(&long()), Err(Error::NoCard), "no antenna sees it");
    stage.act(Act::Remove).unwrap();

    let mut response = Vec::new();
    let mut with = |faults: Faults| {
        stage
            .act(Act::Insert(Insert {
                faults,
                fresh: true,
                ..insert("adult")
            }))
            .unwrap();
        reader.power_on(&long()).unwrap();
        let result = reader.transmit(SELECT, &mut response, &long());
        // By a fault it may have gone by itself.
        let _gone = stage.act(Act::Remove);
        result
    };
    assert_eq!(with(Faults::default()), Ok(()));
    assert_eq!(with(Faults::pull_at(1)), Err(Error::CardRemoved));
    let hangs = Faults {
        hang_at_apdu: Some(1),
        ..Faults::default()
    };
    assert_eq!(with(hangs), Err(Error::CardUnresponsive));
    let slow = Faults {
        delay_ms: 2500,
        ..Faults::default()
    };
    assert_eq!(with(slow), Ok(()), "slow is not mute");

    stage.insert("adult").unwrap();
    reader.power_on(&long()).unwrap();
    stage.act(Act::Remove).unwrap();
    let removed = reader.transmit(SELECT, &mut response, &long());
    assert_eq!(removed, Err(Error::CardRemoved));
    stage.insert("adult").unwrap();
    let unpowered = reader.transmit(SELECT, &mut response, &long());
    assert_eq!(
        unpowered,
        Err(Error::CardRemoved),
        "another card, or the same anew"
    );
}

#[test]
fn the_longest_and_the_shortest_apdu() {
    let (_desk, twin, mut reader) = one(Generation::New);
    twin.stage().insert("adult").unwrap();
    reader.power_on(&long()).unwrap();
    let mut response = Vec::new();
    let mut longest = vec![0x00, 0xD6, 0, 0, 0, 0x0F, 0xF9];
    longest.resize(4096, 0x5A);
    reader.transmit(&longest, &mut response, &long()).unwrap();
    assert_eq!(
        response.len(),
        2,
        "the card does not know it, but it was carried there"
    );
    longest.push(0);
    let too_long = reader.transmit(&longest, &mut response, &long());
    assert!(matches!(too_long, Err(Error::Protocol { .. })), "{too_long:?}");
    let too_short = reader.transmit(&[0, 0xB0], &mut response, &long());
    assert!(matches!(too_short, Err(Error::Protocol { .. })), "{too_short:?}");
    assert_eq!(twin.stage().state().unwrap().card.unwrap().apdu_count, 1);
}

#[test]
fn control_answers_the_echo_and_nothing_else() {
    let (_desk, _twin, mut reader) = one(Generation::New);
    assert_eq!(
        reader.control(control::ECHO, b"hello", &long()).unwrap(),
        b"hello"
    );
    let maker = control::FIRST_MAKER_CODE;
    assert_eq!(reader.control(maker, b"", &long()), Err(Error::Unsupported));
}
