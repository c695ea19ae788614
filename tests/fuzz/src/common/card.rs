//! Cards: APDUs, the chip that takes them apart, the application that reads what a card says.

use madoguchi_apdu::{Command, DecodeError, Response, StatusWord, total_len};
use madoguchi_card::{CardSession, ExtendedLength, Jpki, MAX_CERTIFICATE_LEN, TransmitError};
use madoguchi_core::Pin;
use madoguchi_twin::device::CardKind;

use crate::device;
use crate::feed::Feed;

/// What is asked of a card takes no more: a certificate in twice as many pieces as it needs, each in 64 parts.
const MAX_SENT: u32 = 10_000;
/// So much is asked of it in one run.
const MAX_STEPS: usize = 8;
/// RSA takes milliseconds: a chip signs so often in one run.
const MAX_SIGNATURES: u32 = 2;

/// APDUs to a chip, answers to the application, and any bytes as either.
pub(super) fn card(feed: &mut Feed<'_>) {
    match feed.byte() % 3 {
        0 => words(feed),
        1 => chip(feed),
        _ => application(feed),
    }
}

fn words(feed: &mut Feed<'_>) {
    let (cap, bytes) = (usize::from(feed.word()), feed.chunk());
    if let Ok(len) = total_len(bytes, cap) {
        assert!(len <= cap && len >= 2);
        assert_eq!(bytes.first(), Some(&0x30));
    }
    match Response::parse(bytes.to_vec()) {
        Ok(response) => {
            assert_eq!([response.data(), &response.status().to_bytes()].concat(), bytes);
        }
        Err(_) => assert!(bytes.len() < 2),
    }
    match Command::decode(bytes) {
        Ok(command) => {
            assert_eq!(command.as_bytes(), bytes);
            if let Ok(again) = Command::new(command.header(), command.body(), command.le()) {
                let again = Command::decode(again.as_bytes());
                assert!(
                    again.is_ok_and(
                        |again| again.body() == command.body() && again.header() == command.header()
                    )
                );
            }
        }
        Err(DecodeError::TooShort) => assert!(bytes.len() < 4),
        Err(_) => assert!(bytes.len() > 4),
    }
}

fn chip(feed: &mut Feed<'_>) {
    let CardKind::Chip(card) = device::card() else {
        unreachable!("the adult has a chip");
    };
    let mut card = card.clone();
    let mut signatures = 0;
    card.power_on();
    while !feed.is_empty() {
        let command = feed.chunk();
        if command.get(1) == Some(&0x2A) {
            signatures += 1;
            if signatures > MAX_SIGNATURES {
                return;
            }
        }
        let answer = card.transmit(command);
        let Ok(answer) = Response::parse(answer) else {
            unreachable!("the chip gives no status word");
        };
        assert!(answer.data().len() <= 0x1_0000);
        assert!(answer.status() != StatusWord::from_u16(0));
    }
}

fn application(feed: &mut Feed<'_>) {
    let mut answers = Vec::new();
    let extended = match feed.byte() % 3 {
        0 => ExtendedLength::Unknown,
        1 => ExtendedLength::Yes,
        _ => ExtendedLength::No,
    };
    let plan = feed.chunk();
    while !feed.is_empty() && answers.len() < 64 {
        answers.push(answer(feed));
    }
    if answers.is_empty() {
        return;
    }
    let Ok(pin) = Pin::new(b"1234".to_vec()) else {
        unreachable!("four digits are a PIN");
    };
    let mut card = Scripted {
        answers,
        sent: 0,
        verifies: 0,
    };
    let mut asked = 0;
    let mut jpki = Jpki::new(&mut card, extended);
    for step in plan.iter().take(MAX_STEPS) {
        let before = jpki.apdu_count();
        match step % 7 {
            0 => _ = jpki.select(),
            1 => _ = jpki.label(),
            2 => {
                if let Ok(certificate) = jpki.certificate() {
                    let bytes = certificate.as_bytes();
                    assert!(bytes.len() <= MAX_CERTIFICATE_LEN);
                    assert_eq!(total_len(bytes, MAX_CERTIFICATE_LEN), Ok(bytes.len()));
                }
            }
            3 => _ = jpki.pin_status(),
            4 => {
                asked += 1;
                _ = jpki.verify_pin(&pin, true);
            }
            5 => _ = jpki.sign(b"message"),
            _ => jpki.was_interrupted(),
        }
        assert!(jpki.apdu_count() - before < MAX_SENT, "it talks for ever");
    }
    let counted = jpki.apdu_count();
    assert_eq!(counted, card.sent);
    assert!(card.verifies <= asked, "a PIN is sent twice");
}

fn answer(feed: &mut Feed<'_>) -> Result<Vec<u8>, TransmitError> {
    match feed.byte() % 10 {
        0 => Err(TransmitError::Protocol),
        1 => Err(TransmitError::Removed),
        2 => Err(TransmitError::Reset),
        3 => Ok(b"JPKIAPICCTOKEN2                 \x90\x00".to_vec()),
        4 => Ok([feed.chunk(), &[0x61, feed.byte()]].concat()),
        5 => Ok(vec![0x6C, feed.byte()]),
        6 => {
            let [high, low] = feed.word().to_be_bytes();
            let mut der = vec![0x30, 0x82, high, low];
            der.resize(usize::from(feed.word()) % 600 + 4, 7);
            Ok([&der[..], &[0x90, 0]].concat())
        }
        7 => Ok(feed.chunk().to_vec()),
        8 => Ok([feed.chunk(), &[0x63, 0xC0 | feed.byte()]].concat()),
        _ => Ok([feed.chunk(), &[0x90, 0]].concat()),
    }
}

/// Answers what it was given, round and round.
struct Scripted {
    answers: Vec<Result<Vec<u8>, TransmitError>>,
    sent: u32,
    verifies: usize,
}

impl CardSession for Scripted {
    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>) -> Result<(), TransmitError> {
        response.clear();
        assert!(Command::decode(command).is_ok(), "the application sends no APDU");
        // With digits in it, not the empty one that asks for the tries.
        self.verifies += usize::from(command.get(1) == Some(&0x20) && command.len() > 4);
        let at = self.sent as usize % self.answers.len();
        self.sent += 1;
        response.extend(self.answers[at].clone()?);
        Ok(())
    }
}
