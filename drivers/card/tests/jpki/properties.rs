//! What must hold whatever a card answers: no panic, no conversation without end, no PIN sent twice.

use madoguchi_card::{CardSession, ExtendedLength, Jpki, MAX_CERTIFICATE_LEN, TransmitError};
use proptest::prelude::*;

use crate::pin;

/// Answers what it was given, round and round.
struct Nonsense {
    answers: Vec<Result<Vec<u8>, TransmitError>>,
    sent: usize,
    verifies: usize,
}

impl CardSession for Nonsense {
    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>) -> Result<(), TransmitError> {
        response.clear();
        self.verifies += usize::from(command[1] == 0x20 && command.len() > 4);
        let answer = self.answers[self.sent % self.answers.len()].clone();
        self.sent += 1;
        response.extend(answer?);
        Ok(())
    }
}

fn status() -> impl Strategy<Value = [u8; 2]> {
    prop_oneof![
        4 => Just([0x90, 0x00]),
        2 => Just([0x63, 0xC3]),
        1 => any::<u8>().prop_map(|len| [0x61, len]),
        1 => any::<u8>().prop_map(|len| [0x6C, len]),
        1 => any::<[u8; 2]>(),
    ]
}

fn data() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(vec![]),
        Just(b"JPKIAPICCTOKEN2                 ".to_vec()),
        (1u8..0x40, any::<u8>(), 0usize..600).prop_map(|(hi, lo, len)| {
            let mut der = vec![0x30, 0x82, hi, lo];
            der.resize(4 + len, 7);
            der
        }),
        proptest::collection::vec(any::<u8>(), 0..300),
    ]
}

fn answer() -> impl Strategy<Value = Result<Vec<u8>, TransmitError>> {
    prop_oneof![
        8 => (data(), status()).prop_map(|(data, status)| Ok([&data[..], &status].concat())),
        1 => proptest::collection::vec(any::<u8>(), 0..2).prop_map(Ok),
        1 => Just(Err(TransmitError::Protocol)),
        1 => Just(Err(TransmitError::Timeout)),
    ]
}

proptest! {
    #[test]
    fn no_card_makes_the_application_panic_talk_for_ever_or_repeat_a_pin(
        answers in proptest::collection::vec(answer(), 1..20),
    ) {
        let mut card = Nonsense { answers, sent: 0, verifies: 0 };
        let mut jpki = Jpki::new(&mut card, ExtendedLength::Unknown);
        let _selected = jpki.select();
        let _label = jpki.label();
        if let Ok(certificate) = jpki.certificate() {
            prop_assert!(certificate.as_bytes().len() <= MAX_CERTIFICATE_LEN);
        }
        let _status = jpki.pin_status();
        let _verdict = jpki.verify_pin(&pin("1234"), true);
        let _signature = jpki.sign(b"message");
        let counted = jpki.apdu_count() as usize;
        prop_assert_eq!(counted, card.sent);
        prop_assert!(counted < 20_000);
        prop_assert!(card.verifies <= 1);
    }
}
