use madoguchi_driver_api::screen::{Answer, FaceOutcome, FaceRequest, PinHolder, PinRequest};
use madoguchi_driver_api::{Medium, Method, Reason};
use proptest::prelude::*;

use super::*;

fn bytes(command: &impl Command) -> Vec<u8> {
    minicbor::to_vec(command).unwrap()
}

#[test]
fn requests_are_as_the_page_says() {
    let pin = PinRequest {
        medium: Medium::Android,
        digits: 4,
        tries_left: Some(2),
        holder: PinHolder::Guardian,
        again_because: Some(Reason::PinWrong),
        language: "ja".into(),
    };
    let pin_map = [
        0xA6, 0x01, 0x04, 0x02, 0x02, 0x03, 0x01, 0x04, 0x01, 0x05, 0x02, 0x06, 0x62, b'j', b'a',
    ];
    assert_eq!(bytes(&AskPin::new(&pin, "ja".into())), pin_map);
    let plain = PinRequest {
        tries_left: None,
        again_because: None,
        ..pin
    };
    assert_eq!(bytes(&AskPin::new(&plain, "ja".into()))[0], 0xA4);
    let face = FaceRequest {
        again_because: Some(FaceOutcome::NoFace),
        language: "ja".into(),
    };
    assert_eq!(
        bytes(&Face::new(&face, "en".into())),
        [0xA2, 0x01, 0x03, 0x02, 0x62, b'e', b'n']
    );
    assert_eq!(bytes(&AcceptVisual {}), [0xA0]);
    assert_eq!(bytes(&Stop { id: 300 }), [0xA1, 0x01, 0x19, 0x01, 0x2C]);
    assert_eq!(
        bytes(&Exchange {
            target: 7,
            apdu: &[0, 0x20]
        }),
        [0xA2, 0x01, 0x07, 0x02, 0x42, 0x00, 0x20]
    );
}

#[test]
fn an_exchange_never_outgrows_its_room() {
    for len in [0, 5, 23, 24, 255, 256, 4096, 65_536] {
        let apdu = vec![0; len];
        let exchange = Exchange {
            target: u32::MAX,
            apdu: &apdu,
        };
        assert!(bytes(&exchange).len() <= exchange.room(), "{len}");
    }
}

#[test]
fn answers_are_read_and_nonsense_is_not() {
    let answer = |bytes: &[u8]| minicbor::decode::<Answered<'_>>(bytes).unwrap().answer();
    assert_eq!(answer(&[0xA2, 1, 1, 2, 3]), Some(Answer::Medium(Medium::IPhone)));
    assert_eq!(
        answer(&[0xA2, 1, 2, 2, 3]),
        Some(Answer::Method(Method::GuardianPin))
    );
    assert_eq!(answer(&[0xA1, 1, 3]), Some(Answer::Yes));
    assert_eq!(answer(&[0xA1, 1, 4]), Some(Answer::No));
    assert_eq!(
        answer(&[0xA2, 1, 5, 3, 0x62, b'v', b'i']),
        Some(Answer::Language("vi".into()))
    );
    assert_eq!(answer(&[0xA1, 1, 6]), Some(Answer::Quit));
    assert_eq!(answer(&[0xA1, 1, 1]), None);
    assert_eq!(answer(&[0xA2, 1, 2, 2, 9]), None);
    assert_eq!(answer(&[0xA1, 1, 5]), None);
    assert!(minicbor::decode::<Answered<'_>>(&[0xA1, 1, 9]).is_err());
}

#[test]
fn outcomes_are_numbered_from_one() {
    for (at, outcome) in number::OUTCOMES.into_iter().enumerate() {
        let number = u8::try_from(at + 1).unwrap();
        assert_eq!(number::outcome(outcome), Some(number));
        let done: FaceDone = minicbor::decode(&[0xA1, 1, number]).unwrap();
        assert_eq!(done.outcome(), Some(outcome));
    }
    for number in [0, 7, 23] {
        let done: FaceDone = minicbor::decode(&[0xA1, 1, number]).unwrap();
        assert_eq!(done.outcome(), None);
    }
}

#[test]
fn a_device_of_a_later_revision_is_understood_as_far_as_it_goes() {
    // Key 40 and what is under it are skipped.
    let mut message = vec![
        0xA8, 1, 3, 2, 0x61, b'm', 3, 0x61, b's', 4, 0x61, b'f', 5, 0x82, 1, 0x19, 3, 0xE8,
    ];
    message.extend([
        6, 0x81, 10, 7, 0x81, 0x62, b'j', b'a', 0x18, 40, 0xA1, 1, 0x82, 1, 2,
    ]);
    let about: About<'_> = minicbor::decode(&message).unwrap();
    assert_eq!((about.revision, about.model, about.serial), (3, "m", "s"));
    assert_eq!(about.features, [1, 1000]);
    assert_eq!(about.longest_apdu, None);
}

proptest! {
    #[test]
    fn any_result_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(minicbor::decode::<About<'_>>(&bytes));
        drop(minicbor::decode::<Answered<'_>>(&bytes).map(|answered| answered.answer()));
        drop(minicbor::decode::<Typed<'_>>(&bytes));
        drop(minicbor::decode::<FaceDone>(&bytes).map(|done| done.outcome()));
        drop(minicbor::decode::<InField>(&bytes));
        drop(minicbor::decode::<Activated<'_>>(&bytes));
        drop(minicbor::decode::<Exchanged<'_>>(&bytes));
    }
}
