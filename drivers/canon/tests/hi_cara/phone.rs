//! Phones on the device itself: it needs no reader beside it.

use std::thread;
use std::time::{Duration, Instant};

use madoguchi_card::{ExtendedLength, Jpki};
use madoguchi_core::reader::PinVerdict;
use madoguchi_driver_api::screen::{Answer, Page, PinHolder, Screen};
use madoguchi_driver_api::{Error, Medium};
use madoguchi_twin::Faults;
use madoguchi_twin::device::{Act, Generation, Insert, PageKind};

use crate::card::{SELECT, check};
use crate::desk::{Session, long, one, seen};
use crate::discovery::insert;
use crate::face;
use crate::pin::{digits, request};

fn present(medium: Medium) -> Screen {
    Screen {
        page: Page::Present { medium },
        language: "ja".to_owned(),
    }
}

#[test]
fn an_android_phone_is_read_after_its_pin_was_typed_on_the_device() {
    for generation in [Generation::Old, Generation::New] {
        let (_desk, twin, mut reader) = one(generation);
        let stage = twin.stage();
        let ask = request(Medium::Android, PinHolder::Patient);
        let pin = thread::scope(|scope| {
            let entered = scope.spawn(|| reader.enter_pin(&ask, &long()));
            seen(stage, "the pad", |state| state.pin.is_some());
            stage.act(digits(b"1234")).unwrap();
            entered.join().unwrap().unwrap().unwrap()
        });
        assert_eq!(
            reader.present(&present(Medium::Android), &long()),
            Ok(Answer::Seen)
        );
        assert_eq!(stage.state().unwrap().page(), Some(PageKind::Present));
        stage.insert("android").unwrap();
        reader.power_on(&long()).unwrap();
        let mut session = Session(&mut *reader, long());
        let mut jpki = Jpki::new(&mut session, ExtendedLength::Unknown);
        jpki.select().unwrap();
        assert_eq!(jpki.label(), Ok(Medium::Android));
        assert!(jpki.certificate().is_err(), "it is behind the PIN");
        assert_eq!(jpki.verify_pin(&pin, false), Ok(PinVerdict::Verified));
        let certificate = jpki.certificate().unwrap();
        let signature = jpki.sign(b"challenge").unwrap();
        check(certificate.as_bytes(), &signature);
        reader.power_off();
        let state = stage.state().unwrap();
        assert_eq!((state.pins_held, state.card.unwrap().pins_sent), (0, 1));
    }
}

#[test]
fn an_iphone_that_is_armed_is_read_as_it_is() {
    let (_desk, twin, mut reader) = one(Generation::New);
    let stage = twin.stage();
    stage.insert("iphone").unwrap();
    reader.power_on(&long()).unwrap();
    let mut session = Session(&mut *reader, long());
    let mut jpki = Jpki::new(&mut session, ExtendedLength::Unknown);
    jpki.select().unwrap();
    assert_eq!(jpki.label(), Ok(Medium::IPhone));
    let certificate = jpki.certificate().unwrap();
    check(certificate.as_bytes(), &jpki.sign(b"challenge").unwrap());
    assert_eq!(stage.state().unwrap().card.unwrap().pins_sent, 0);
}

#[test]
fn a_phone_that_moves_off_is_a_removed_card_and_never_half_an_answer() {
    let (_desk, twin, mut reader) = one(Generation::New);
    let stage = twin.stage();
    stage
        .act(Act::Insert(Insert {
            faults: Faults::pull_at(2),
            ..insert("android")
        }))
        .unwrap();
    reader.power_on(&long()).unwrap();
    let mut response = Vec::new();
    reader.transmit(SELECT, &mut response, &long()).unwrap();
    for _ in 0..2 {
        let moved = reader.transmit(SELECT, &mut response, &long());
        assert_eq!(moved, Err(Error::CardRemoved));
        assert!(response.is_empty());
    }
    assert_eq!(reader.power_on(&long()), Err(Error::NoCard));
    stage.insert("android").unwrap();
    reader.power_on(&long()).unwrap();
    reader.transmit(SELECT, &mut response, &long()).unwrap();
}

#[test]
fn a_phone_beside_a_card_is_a_collision_until_one_is_left() {
    let (desk, twin, mut reader) = one(Generation::New);
    let stage = twin.stage();
    let mut response = Vec::new();
    stage.insert("adult").unwrap();
    reader.power_on(&long()).unwrap();
    stage.act(Act::InsertBeside(insert("android"))).unwrap();
    let reset = reader.transmit(SELECT, &mut response, &long());
    assert_eq!(reset, Err(Error::CardReset), "the field went off");
    assert_eq!(
        reader.verify_face(&face::request(), &long()),
        Err(Error::CardReset)
    );
    assert_eq!(reader.power_on(&long()), Err(Error::CardUnresponsive));
    assert!(desk.readers()[0].card_present);

    stage.act(Act::RemoveBeside).unwrap();
    reader.power_on(&long()).unwrap();
    reader.transmit(SELECT, &mut response, &long()).unwrap();
    reader.power_off();

    // The other way round: what is left is the phone.
    stage.act(Act::InsertBeside(insert("android"))).unwrap();
    assert_eq!(reader.power_on(&long()), Err(Error::CardUnresponsive));
    stage.act(Act::Remove).unwrap();
    reader.power_on(&long()).unwrap();
    let mut session = Session(&mut *reader, long());
    let mut jpki = Jpki::new(&mut session, ExtendedLength::No);
    jpki.select().unwrap();
    assert_eq!(jpki.label(), Ok(Medium::Android));
    reader.power_off();
    stage.act(Act::Remove).unwrap();
    assert_eq!(reader.power_on(&long()), Err(Error::NoCard));
    let since = Instant::now();
    desk.wait_until("nothing", |readers| !readers[0].card_present);
    assert!(since.elapsed() < Duration::from_secs(2));
}
