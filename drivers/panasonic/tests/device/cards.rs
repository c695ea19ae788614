//! Whole conversations with the card in the slot, by the card application.

use madoguchi_card::{Error as CardError, ExtendedLength, Jpki};
use madoguchi_core::Medium;
use madoguchi_driver_api::screen::FaceOutcome;
use madoguchi_driver_api::{Error, Pin, Reader};
use madoguchi_twin::Faults;
use madoguchi_twin::device::{Act, FaceScript, Insert};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::people::face;
use crate::world::{Session, World, call, isolated};

const CHALLENGE: &[u8] = b"a challenge";

fn sign(reader: &mut dyn Reader) -> Result<Vec<u8>, CardError> {
    let mut session = Session(reader);
    let mut jpki = Jpki::new(&mut session, ExtendedLength::Unknown);
    jpki.select()?;
    jpki.sign(CHALLENGE)
}

#[test]
fn a_card_is_read_and_signs_after_its_holder_s_face() {
    isolated(
        "cards::a_card_is_read_and_signs_after_its_holder_s_face",
        |folder| {
            let world = World::new(folder);
            let stage = world.stage();
            let mut reader = world.powered("adult");
            // As the host does it: label first, then the face, then certificate and signature, all in one power session.
            {
                let mut session = Session(&mut *reader);
                let mut jpki = Jpki::new(&mut session, ExtendedLength::Unknown);
                jpki.select().unwrap();
                assert_eq!(jpki.label().unwrap(), Medium::Card);
            }
            let began = std::time::Instant::now();
            assert_eq!(reader.verify_face(&face(), &call()), Ok(FaceOutcome::Match));
            println!(
                "measured: verify_face {:?}, 20 ms of it the camera's",
                began.elapsed()
            );
            let (certificate, signature) = {
                let mut session = Session(&mut *reader);
                let mut jpki = Jpki::new(&mut session, ExtendedLength::Unknown);
                jpki.was_interrupted();
                // The application is selected: no SELECT of its name, which would be a new beginning.
                (jpki.certificate().unwrap(), jpki.sign(CHALLENGE).unwrap())
            };
            let (_, parsed) = X509Certificate::from_der(certificate.as_bytes()).unwrap();
            let key = parsed.public_key().subject_public_key.data.as_ref();
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
                .verify(CHALLENGE, &signature)
                .unwrap();
            let card = stage.state().unwrap().card.unwrap();
            assert_eq!((card.pins_sent, card.tries_left), (0, Some(3)), "without a PIN");

            reader.power_off();
            reader.power_on(&call()).unwrap();
            assert!(
                matches!(sign(&mut *reader), Err(CardError::SignatureRefused(_))),
                "what the face granted went with the power"
            );
        },
    );
}

#[test]
fn another_face_grants_nothing_and_staff_s_word_does() {
    isolated(
        "cards::another_face_grants_nothing_and_staff_s_word_does",
        |folder| {
            let world = World::new(folder);
            let mut reader = world.powered("no-pin");
            let other = FaceScript::always(FaceOutcome::NoMatch);
            world.stage().act(Act::Face(other)).unwrap();
            assert_eq!(reader.verify_face(&face(), &call()), Ok(FaceOutcome::NoMatch));
            assert!(matches!(sign(&mut *reader), Err(CardError::SignatureRefused(_))));
            reader.accept_visual(&call()).unwrap();
            assert!(sign(&mut *reader).is_ok());
            world.stage().act(Act::Remove).unwrap();
            assert_eq!(reader.accept_visual(&call()), Err(Error::CardRemoved));
        },
    );
}

#[test]
fn a_verify_that_is_lost_with_the_card_is_never_sent_again() {
    isolated(
        "cards::a_verify_that_is_lost_with_the_card_is_never_sent_again",
        |folder| {
            let world = World::new(folder);
            let mut reader = world.open();
            // SELECT, SELECT of the PIN, the question for its tries, VERIFY.
            let insert = Insert {
                persona: "adult".into(),
                faults: Faults::pull_at(4),
                fresh: false,
                armed_ms: None,
                kind: None,
            };
            world.stage().act(Act::Insert(insert)).unwrap();
            world.event("card in", |event| {
                matches!(event, madoguchi_driver_api::Event::CardInserted { .. })
            });
            reader.power_on(&call()).unwrap();
            let outcome = {
                let mut session = Session(&mut *reader);
                let mut jpki = Jpki::new(&mut session, ExtendedLength::Unknown);
                jpki.select().unwrap();
                jpki.verify_pin(&Pin::new(b"1234".to_vec()).unwrap(), false)
            };
            assert!(
                matches!(outcome, Err(CardError::PinOutcomeUnknown(_))),
                "{outcome:?}"
            );
            let card = world.stage().state().unwrap().card.unwrap();
            assert_eq!((card.pins_sent, card.inserted), (1, false));
            let transmit = |reader: &mut dyn Reader| {
                reader.transmit(&[0x00, 0x20, 0x00, 0x80], &mut Vec::new(), &call())
            };
            assert_eq!(transmit(&mut *reader), Err(Error::CardRemoved));
            reader.power_off();
            assert_eq!(reader.power_on(&call()), Err(Error::NoCard));
        },
    );
}
