//! How many APDUs a visit costs, counted at the card.

use madoguchi_card::{Error, ExtendedLength, Jpki};
use madoguchi_core::Medium;
use madoguchi_core::reader::{PinStatus, PinVerdict};
use madoguchi_twin::{Faults, MemorySession};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

use crate::{card, certificate, pin};

const MESSAGE: &[u8] = b"a challenge of somebody's own";

/// Everything a visit asks of a card; returns what is known of extended length then.
fn visit(session: &mut MemorySession, extended: ExtendedLength) -> (u32, ExtendedLength) {
    let mut jpki = Jpki::new(session, extended);
    jpki.select().unwrap();
    assert_eq!(jpki.label().unwrap(), Medium::Card);
    assert_eq!(jpki.certificate().unwrap(), certificate("adult"));
    assert_eq!(jpki.pin_status().unwrap(), PinStatus::TriesLeft(3));
    assert_eq!(
        jpki.verify_pin(&pin("1234"), false).unwrap(),
        PinVerdict::Verified
    );
    assert_signed(&jpki.sign(MESSAGE).unwrap(), "adult");
    (jpki.apdu_count(), jpki.extended_length())
}

fn assert_signed(signature: &[u8], name: &str) {
    let der = certificate(name);
    let key = public_key(der.as_bytes());
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
        .verify(MESSAGE, signature)
        .unwrap();
}

/// The RSAPublicKey of an RSA-2048 certificate: the one BIT STRING that begins like this.
fn public_key(der: &[u8]) -> &[u8] {
    let head = [0x03, 0x82, 0x01, 0x0F, 0x00];
    let at = der.windows(head.len()).position(|window| window == head).unwrap();
    &der[at + head.len()..at + head.len() + 0x10E]
}

#[test]
fn a_visit_with_extended_length_takes_11_apdus() {
    assert!(
        (1_150..1_300).contains(&certificate("adult").as_bytes().len()),
        "the certificate has about 1.2 KB"
    );
    let mut session = card("adult");
    assert_eq!(
        visit(&mut session, ExtendedLength::Unknown),
        (11, ExtendedLength::Yes)
    );
    assert_eq!(session.report().apdu_count, 11, "counted at the card");
    session.reinsert();
    assert_eq!(
        visit(&mut session, ExtendedLength::Yes),
        (11, ExtendedLength::Yes)
    );
}

#[test]
fn a_visit_without_extended_length_takes_15_apdus_with_the_probe_and_14_without() {
    let mut session = card("adult");
    session.set_faults(Faults {
        no_extended_length: true,
        ..Faults::default()
    });
    assert_eq!(
        visit(&mut session, ExtendedLength::Unknown),
        (15, ExtendedLength::No)
    );
    assert_eq!(session.report().apdu_count, 15, "counted at the card");
    session.reinsert();
    assert_eq!(visit(&mut session, ExtendedLength::No), (14, ExtendedLength::No));
}

#[test]
fn a_pin_that_was_not_asked_about_is_asked_about_first() {
    let mut session = card("adult");
    let mut jpki = Jpki::new(&mut session, ExtendedLength::Unknown);
    jpki.select().unwrap();
    assert_eq!(
        jpki.verify_pin(&pin("1234"), false).unwrap(),
        PinVerdict::Verified
    );
    assert_eq!(jpki.apdu_count(), 4, "SELECT, SELECT, tries, VERIFY");
}

#[test]
fn an_android_phone_is_verified_before_its_certificate_is_read() {
    let mut session = card("android");
    let mut jpki = Jpki::new(&mut session, ExtendedLength::Unknown);
    jpki.select().unwrap();
    assert_eq!(jpki.label().unwrap(), Medium::Android);
    assert!(matches!(jpki.certificate(), Err(Error::CertificateStatus(status)) if status.as_u16() == 0x6982));
    assert_eq!(
        jpki.verify_pin(&pin("1234"), false).unwrap(),
        PinVerdict::Verified
    );
    assert_eq!(jpki.certificate().unwrap(), certificate("android"));
    assert_signed(&jpki.sign(MESSAGE).unwrap(), "android");
}

#[test]
fn an_iphone_signs_without_a_pin() {
    let mut session = card("iphone");
    let mut jpki = Jpki::new(&mut session, ExtendedLength::Unknown);
    jpki.select().unwrap();
    assert_eq!(jpki.label().unwrap(), Medium::IPhone);
    assert_eq!(jpki.certificate().unwrap(), certificate("iphone"));
    assert_signed(&jpki.sign(MESSAGE).unwrap(), "iphone");
    assert_eq!(jpki.apdu_count(), 8);
}
