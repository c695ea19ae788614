//! Reading the certificate from cards and readers with habits, and signing with cards that answer in parts.

use madoguchi_card::{Error, ExtendedLength, Jpki, TransmitError};
use madoguchi_core::Reason;
use madoguchi_core::certificate::CertificateDer;
use madoguchi_twin::{Faults, MemorySession};

use crate::script::Script;
use crate::{card, certificate};

const OK: [u8; 2] = [0x90, 0x00];

/// A DER of 700 bytes, as 256 bytes with status, and the rest.
fn der() -> (Vec<u8>, Vec<u8>) {
    let mut der = vec![0x30, 0x82, 0x02, 0xB8];
    der.extend((4..700).map(|at| at as u8));
    let head = [&der[..256], &OK].concat();
    (der, head)
}

fn read(script: &mut Script) -> (Result<CertificateDer, Error>, ExtendedLength) {
    let mut jpki = Jpki::new(script, ExtendedLength::Unknown);
    (jpki.certificate(), jpki.extended_length())
}

#[test]
fn a_refused_or_failed_probe_falls_back_to_chunks() {
    let (der, head) = der();
    let chunk = [&der[256..512], &OK].concat();
    let last = [&der[512..], &OK].concat();
    let refusals: [Result<&[u8], TransmitError>; 5] = [
        Ok(&[0x67, 0x00]),
        Ok(&[0x6C, 0x00]),
        Ok(&[0x6F, 0x00]),
        Ok(&[0x62, 0x82]),
        Err(TransmitError::Protocol),
    ];
    for refusal in refusals {
        let mut script = Script::new([&OK, &head])
            .then(refusal)
            .then(Ok(&chunk))
            .then(Ok(&last));
        let (certificate, extended) = read(&mut script);
        assert_eq!(certificate.unwrap().as_bytes(), der, "{refusal:?}");
        assert_eq!(extended, ExtendedLength::No);
        assert_eq!(
            script.sent[2],
            [0x00, 0xB0, 0x01, 0x00, 0x00, 0x01, 0xBC],
            "444 bytes extended"
        );
        assert_eq!(
            script.sent[4],
            [0x00, 0xB0, 0x02, 0x00, 0xBC],
            "exactly to the end"
        );
    }
}

#[test]
fn a_short_answer_is_kept_and_read_on_from() {
    let (der, head) = der();
    let part = [&der[256..500], &OK].concat();
    let last = [&der[500..], &OK].concat();
    let mut script = Script::new([&OK, &head, &part, &last]);
    let (certificate, extended) = read(&mut script);
    assert_eq!(certificate.unwrap().as_bytes(), der);
    assert_eq!(extended, ExtendedLength::No);
    assert_eq!(script.sent[3], [0x00, 0xB0, 0x01, 0xF4, 200]);
}

const LOST: [Result<&[u8], TransmitError>; 6] = [
    Ok(&[]),
    Err(TransmitError::Removed),
    Err(TransmitError::ReaderGone),
    Err(TransmitError::Unavailable),
    Err(TransmitError::ServiceGone),
    Err(TransmitError::Timeout),
];

#[test]
fn a_probe_that_loses_the_card_is_not_sent_a_second_time() {
    let (_, head) = der();
    for answer in LOST {
        let mut script = Script::new([&OK, &head]).then(answer);
        let (certificate, extended) = read(&mut script);
        assert!(matches!(certificate, Err(Error::Transmit(_))));
        assert_eq!((script.sent.len(), extended), (3, ExtendedLength::No));
    }
}

#[test]
fn a_card_that_is_lost_is_no_doubt_about_a_reader_that_is_known() {
    let (_, head) = der();
    for answer in LOST {
        let mut script = Script::new([&OK, &head]).then(answer);
        let mut jpki = Jpki::new(&mut script, ExtendedLength::Yes);
        assert!(matches!(jpki.certificate(), Err(Error::Transmit(_))));
        assert_eq!(jpki.extended_length(), ExtendedLength::Yes);
    }
}

#[test]
fn a_reader_that_loses_the_card_over_extended_length_reads_at_the_second_attempt() {
    let mut session: MemorySession = card("adult");
    session.set_faults(Faults {
        extended_length_loses_card: true,
        ..Faults::default()
    });
    let mut jpki = Jpki::new(&mut session, ExtendedLength::Unknown);
    jpki.select().unwrap();
    assert_eq!(jpki.certificate().unwrap_err().reason(), Reason::CardRemoved);
    let known = jpki.extended_length();
    session.power_cycle();
    let mut jpki = Jpki::new(&mut session, known);
    jpki.select().unwrap();
    assert_eq!(jpki.certificate().unwrap(), certificate("adult"));
}

#[test]
fn what_is_no_certificate_is_refused() {
    let filler = [&[0xFF; 256][..], &OK].concat();
    let huge = [&[0x30, 0x82, 0x40, 0x01][..], &[0; 252], &OK].concat();
    for head in [
        &filler[..],
        &huge,
        &[0x30, 0x90, 0x00],
        &OK,
        &[0x6B, 0x00],
        &[0x30, 0x62, 0x82],
    ] {
        let (certificate, _) = read(&mut Script::new([&OK, head]));
        assert_eq!(
            certificate.unwrap_err().reason(),
            Reason::CertificateUnreadable,
            "{head:02X?}"
        );
    }
}

#[test]
fn a_file_that_ends_too_soon_is_refused_and_not_read_for_ever() {
    let (der, head) = der();
    let end_of_file = [&der[256..300], &[0x62, 0x82]].concat();
    for rest in [&OK[..], &[0x6B, 0x00], &end_of_file] {
        let mut script = Script::new([&OK, &head, &[0x67, 0x00], rest]);
        assert_eq!(read(&mut script).0, Err(Error::CertificateCutOff));
    }
}

#[test]
fn a_card_that_gives_a_byte_at_a_time_is_given_up() {
    let (_, head) = der();
    let byte = [&[7][..], &OK].concat();
    let mut script = Script::new([&OK, &head, &[0x67, 0x00]]);
    for _ in 0..129 {
        script = script.then(Ok(&byte));
    }
    assert_eq!(read(&mut script).0, Err(Error::CertificateCutOff));
    assert_eq!(script.sent.len(), 3 + 129);
}

#[test]
fn a_signature_in_parts_without_end_is_given_up() {
    let mut script = Script::new([&OK, &[7, 0x61, 0x01]]);
    for _ in 0..64 {
        script = script.then(Ok(&[7, 0x61, 0x01]));
    }
    assert!(
        Jpki::new(&mut script, ExtendedLength::Unknown)
            .sign(b"m")
            .is_err()
    );
}

#[test]
fn more_than_was_asked_for_is_refused() {
    let (_, head) = der();
    let much = [&[0; 445][..], &OK].concat();
    assert_eq!(
        read(&mut Script::new([&OK, &head, &much])).0,
        Err(Error::UnexpectedData)
    );
}

#[test]
fn a_short_certificate_takes_no_second_read() {
    let answer = [&[0x30, 0x03, 1, 2, 3][..], &[0xFF; 251], &OK].concat();
    let mut script = Script::new([&OK, &answer]);
    assert_eq!(read(&mut script).0.unwrap().as_bytes(), [0x30, 0x03, 1, 2, 3]);
}

#[test]
fn the_twin_s_cut_answer_is_read_on_from() {
    let mut session: MemorySession = card("adult");
    session.set_faults(Faults {
        cut_at_apdu: Some(4),
        ..Faults::default()
    });
    let mut jpki = Jpki::new(&mut session, ExtendedLength::Unknown);
    jpki.select().unwrap();
    assert_eq!(jpki.certificate().unwrap(), certificate("adult"));
}

#[test]
fn a_signature_in_parts_is_gathered_whatever_its_length() {
    let mut script = Script::new([&OK, &[1, 2, 0x61, 0x02], &[3, 4, 0x61, 0x01], &[5, 0x90, 0x00]]);
    assert_eq!(
        Jpki::new(&mut script, ExtendedLength::Unknown)
            .sign(b"m")
            .unwrap(),
        [1, 2, 3, 4, 5]
    );
    assert_eq!(script.sent[2], [0x00, 0xC0, 0x00, 0x00, 0x02]);
    assert_eq!(script.sent[3], [0x00, 0xC0, 0x00, 0x00, 0x01]);

    let mut script = Script::new([&OK, &[0x6C, 0x60], &[7, 0x90, 0x00]]);
    assert_eq!(
        Jpki::new(&mut script, ExtendedLength::Unknown)
            .sign(b"m")
            .unwrap(),
        [7]
    );
    assert_eq!(script.sent[2].last(), Some(&0x60));
    assert_eq!(
        script.sent[1][..script.sent[1].len() - 1],
        script.sent[2][..script.sent[2].len() - 1]
    );

    let mut script = Script::new([&OK, &OK]);
    assert_eq!(
        Jpki::new(&mut script, ExtendedLength::Unknown).sign(b"m"),
        Err(Error::UnexpectedData)
    );
}

#[test]
fn the_digest_info_is_made_here() {
    let mut script = Script::new([&OK, &[7, 0x90, 0x00]]);
    Jpki::new(&mut script, ExtendedLength::Unknown)
        .sign(b"abc")
        .unwrap();
    let sent = &script.sent[1];
    assert_eq!(sent[..5], [0x80, 0x2A, 0x00, 0x80, 0x33]);
    assert_eq!(
        sent[5..24],
        *b"\x30\x31\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
    );
    assert_eq!(sent[24..28], [0xBA, 0x78, 0x16, 0xBF], "SHA-256 of abc");
    assert_eq!((sent.len(), sent[56]), (57, 0x00));
}
