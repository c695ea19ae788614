//! Selecting the application and reading the label.

use madoguchi_card::{Error, ExtendedLength, Jpki, TransmitError};
use madoguchi_core::{Medium, Reason};

use crate::script::Script;

fn select(script: &mut Script) -> Result<(), Error> {
    Jpki::new(script, ExtendedLength::Unknown).select()
}

#[test]
fn the_first_command_is_repeated_once_where_the_card_says_6f00() {
    let mut script = Script::new([&[0x6F, 0x00], &[0x90, 0x00]]);
    assert_eq!(select(&mut script), Ok(()));
    assert_eq!(script.sent[0], script.sent[1]);

    let mut script = Script::new([&[0x6F, 0x00], &[0x6F, 0x00]]);
    assert_eq!(
        select(&mut script).unwrap_err().reason(),
        Reason::CardProtocolError
    );
    assert_eq!(script.sent.len(), 2, "once");

    let mut script = Script::new([&[0x90, 0x00], &[0x6F, 0x00]]);
    let mut jpki = Jpki::new(&mut script, ExtendedLength::Unknown);
    assert_eq!(jpki.select(), Ok(()));
    assert!(jpki.select().is_err());
    assert_eq!(jpki.apdu_count(), 2, "only the very first");
}

#[test]
fn a_card_without_the_application_is_not_recognized() {
    for answer in [
        [0x6A, 0x82],
        [0x6D, 0x00],
        [0x6E, 0x00],
        [0x67, 0x00],
        [0x6A, 0x81],
        [0x69, 0x99],
    ] {
        let error = select(&mut Script::new([&answer])).unwrap_err();
        assert!(matches!(error, Error::NotJpki(_)));
        assert_eq!(error.reason(), Reason::CardNotRecognized);
    }
}

#[test]
fn no_answer_is_told_apart() {
    for (answer, reason) in [
        (Ok(&[][..]), Reason::CardRemoved),
        (Ok(&[0x90]), Reason::CardRemoved),
        (Err(TransmitError::Removed), Reason::CardRemoved),
        (Err(TransmitError::Reset), Reason::CardUnresponsive),
        (Err(TransmitError::Timeout), Reason::CardUnresponsive),
        (Err(TransmitError::Unavailable), Reason::ReaderUnavailable),
        (Err(TransmitError::ReaderGone), Reason::ReaderRemoved),
        (Err(TransmitError::ServiceGone), Reason::ReaderServiceUnavailable),
        (Err(TransmitError::Protocol), Reason::CardProtocolError),
    ] {
        let error = select(&mut Script::default().then(answer)).unwrap_err();
        assert_eq!(error.reason(), reason);
    }
}

#[test]
fn a_label_is_read_again_with_the_length_that_the_card_names() {
    let mut script = Script::new([
        &[0x90, 0x00],
        &[0x90, 0x00],
        &[0x6C, 0x10],
        b"JPKIAPICCTOKEN2 \x90\x00",
    ]);
    let mut jpki = Jpki::new(&mut script, ExtendedLength::Unknown);
    jpki.select().unwrap();
    assert_eq!(jpki.label(), Ok(Medium::Card));
    assert_eq!(script.sent[3], [0x00, 0xB0, 0x00, 0x00, 0x10]);
}

#[test]
fn an_old_card_and_an_unknown_token_are_told_apart() {
    for (label, reason) in [
        (
            &b"JPKIAPICCTOKEN                  \x90\x00"[..],
            Reason::CardObsolete,
        ),
        (
            b"SOMETHING ELSE                  \x90\x00",
            Reason::CardNotRecognized,
        ),
    ] {
        let mut script = Script::new([&[0x90, 0x00], &[0x90, 0x00], label]);
        let mut jpki = Jpki::new(&mut script, ExtendedLength::Unknown);
        jpki.select().unwrap();
        assert_eq!(jpki.label().unwrap_err().reason(), reason);
    }
}
