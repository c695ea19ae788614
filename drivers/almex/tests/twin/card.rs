//! The card on the tray: read and sign, paper, other cards, and cards that go.

use madoguchi_card::{ExtendedLength, Jpki};
use madoguchi_core::Reason;
use madoguchi_driver_almex::LAST_RETURN_VALUE;
use madoguchi_driver_api::screen::{Answer, FaceOutcome, Page, Screen};
use madoguchi_driver_api::{Error, Event, Reader, control};
use madoguchi_twin::Faults;
use madoguchi_twin::device::{Act, Generation, PageKind};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::screens::face_request;
use crate::support::{Desk, SERIAL, Session, insert_with, long, wait_for_event};

/// Reads the certificate, has a challenge signed without a PIN, and checks the signature.
fn read_and_sign(reader: &mut dyn Reader) {
    let mut session = Session(reader);
    let mut jpki = Jpki::new(&mut session, ExtendedLength::Unknown);
    jpki.select().unwrap();
    let certificate = jpki.certificate().unwrap();
    let signature = jpki.sign(b"challenge").unwrap();
    let (_, parsed) = X509Certificate::from_der(certificate.as_bytes()).unwrap();
    let key = parsed.public_key().subject_public_key.data.as_ref();
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
        .verify(b"challenge", &signature)
        .unwrap();
}

#[test]
fn after_a_face_match_the_card_is_read_and_signs_without_a_pin() {
    for generation in [Generation::Old, Generation::New] {
        let desk = Desk::new(generation);
        let mut reader = desk.powered("adult");
        assert_eq!(
            reader.verify_face(&face_request(), &long()),
            Ok(FaceOutcome::Match)
        );
        read_and_sign(&mut *reader);
        let card = desk.stage().state().unwrap().card.unwrap();
        assert_eq!((card.powered, card.pins_sent), (true, 0));
        reader.power_off();
        assert!(!desk.stage().state().unwrap().card.unwrap().powered);
        // What was verified went with the power.
        reader.power_on(&long()).unwrap();
        let mut session = Session(&mut *reader);
        let mut jpki = Jpki::new(&mut session, ExtendedLength::No);
        jpki.select().unwrap();
        assert!(jpki.sign(b"challenge").is_err());
    }
}

#[test]
fn after_staff_s_word_it_signs_too() {
    let desk = Desk::new(Generation::New);
    let mut reader = desk.open();
    assert_eq!(reader.accept_visual(&long()), Err(Error::NoCard));
    let mut reader = {
        drop(reader);
        desk.powered("no-pin")
    };
    let person = desk.once(
        |state| state.page() == Some(PageKind::StaffCheck),
        Act::press(Answer::Yes),
    );
    let page = Screen {
        page: Page::StaffCheck,
        language: "ja".into(),
    };
    assert_eq!(reader.present(&page, &long()), Ok(Answer::Yes));
    person.join().unwrap();
    assert_eq!(reader.accept_visual(&long()), Ok(()));
    read_and_sign(&mut *reader);
}

#[test]
fn paper_counts_as_a_card_and_is_not_recognised() {
    let desk = Desk::new(Generation::New);
    desk.info();
    desk.stage().insert("paper-card").unwrap();
    // While the device still looks for a chip there is none.
    assert!(!desk.info().card_present);
    let inserted = Event::CardInserted {
        selector: SERIAL.into(),
    };
    wait_for_event(&*desk.driver, |event| *event == inserted);
    assert!(desk.info().card_present);
    let mut reader = desk.open();
    let refused = reader.power_on(&long()).unwrap_err();
    assert_eq!(refused, Error::CardNotRecognized);
    assert_eq!(refused.reason(), Reason::CardNotRecognized);
    assert_eq!(desk.stage().state().unwrap().beeps, 0, "it beeps for chips");
    let said = reader.control(LAST_RETURN_VALUE, b"", &long()).unwrap();
    assert_eq!(String::from_utf8(said).unwrap(), "CON 204 no chip: paper");
    desk.stage().act(Act::Remove).unwrap();
    desk.lay("adult");
    assert!(reader.power_on(&long()).is_ok());
}

#[test]
fn a_card_of_another_kind_is_told_by_its_application() {
    let desk = Desk::new(Generation::New);
    let mut reader = desk.powered("not-my-number");
    let mut session = Session(&mut *reader);
    let selected = Jpki::new(&mut session, ExtendedLength::Unknown).select();
    assert_eq!(
        selected.map_err(|error| error.reason()),
        Err(Reason::CardNotRecognized)
    );
}

#[test]
fn a_card_that_is_not_there_or_goes_is_told() {
    let desk = Desk::new(Generation::New);
    let mut reader = desk.open();
    let mut response = vec![1];
    assert_eq!(reader.power_on(&long()), Err(Error::NoCard));
    desk.lay("adult");
    reader.power_on(&long()).unwrap();
    let select = [0x00, 0xA4, 0x04, 0x0C, 0x02, 0x3F, 0x00];
    assert_eq!(reader.transmit(&select, &mut response, &long()), Ok(()));
    assert_eq!(response.len(), 2);
    desk.stage().act(Act::Remove).unwrap();
    let gone = reader.transmit(&select, &mut response, &long());
    assert_eq!(gone, Err(Error::CardRemoved));
    assert!(response.is_empty());
    // Pulled in the middle.
    desk.stage().act(insert_with(Faults::pull_at(1))).unwrap();
    desk.wait(|state| state.card_present);
    reader.power_on(&long()).unwrap();
    let gone = reader.transmit(&select, &mut response, &long());
    assert_eq!(gone, Err(Error::CardRemoved));
}

#[test]
fn a_card_that_lost_its_power_is_told() {
    let desk = Desk::new(Generation::New);
    let mut reader = desk.powered("adult");
    let mut response = Vec::new();
    reader.power_off();
    let select = [0x00, 0xA4, 0x04, 0x0C, 0x02, 0x3F, 0x00];
    assert_eq!(
        reader.transmit(&select, &mut response, &long()),
        Err(Error::CardReset)
    );
    assert!(matches!(
        reader.transmit(&[0; 5_000], &mut response, &long()),
        Err(Error::Protocol { .. })
    ));
}

#[test]
fn control_echoes_and_refuses_what_nobody_knows() {
    let desk = Desk::new(Generation::New);
    let mut reader = desk.open();
    assert_eq!(
        reader.control(control::ECHO, b"echo", &long()),
        Ok(b"echo".to_vec())
    );
    assert_eq!(reader.control(LAST_RETURN_VALUE, b"", &long()), Ok(vec![]));
    assert_eq!(reader.control(7, b"", &long()), Err(Error::Unsupported));
}
