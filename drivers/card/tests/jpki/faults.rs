//! A card that fails at every APDU of a visit in turn: a typed reason each time, no PIN sent twice, and the next visit
//! works.

use madoguchi_card::{Error, ExtendedLength, Jpki};
use madoguchi_core::Reason;
use madoguchi_twin::faults::StatusAt;
use madoguchi_twin::{Faults, MemorySession};

use crate::{card, pin};

const VISIT: u32 = 11;
const VERIFY: u32 = 9;

fn visit(session: &mut MemorySession) -> Result<Vec<u8>, Error> {
    let mut jpki = Jpki::new(session, ExtendedLength::Unknown);
    jpki.select()?;
    jpki.label()?;
    jpki.certificate()?;
    jpki.pin_status()?;
    jpki.verify_pin(&pin("1234"), false)?;
    jpki.sign(b"message")
}

/// Runs a visit with the fault at each APDU in turn, then one without.
fn each(fault: impl Fn(u32) -> Faults, check: impl Fn(u32, Result<Vec<u8>, Error>)) {
    for apdu in 1..=VISIT {
        let mut session = card("adult");
        session.set_faults(fault(apdu));
        check(apdu, visit(&mut session));
        assert!(session.report().verify_count() <= 1, "APDU {apdu}");
        session.set_faults(Faults::default());
        session.reinsert();
        assert!(
            visit(&mut session).is_ok(),
            "the visit after a fault at APDU {apdu}"
        );
    }
}

#[test]
fn pulled_at_every_apdu() {
    each(Faults::pull_at, |apdu, result| {
        let expected = if apdu == VERIFY {
            Reason::PinOutcomeUnknown
        } else {
            Reason::CardRemoved
        };
        assert_eq!(result.unwrap_err().reason(), expected, "APDU {apdu}");
    });
}

#[test]
fn silent_from_every_apdu_on() {
    each(
        |apdu| Faults {
            hang_at_apdu: Some(apdu),
            ..Faults::default()
        },
        |apdu, result| {
            let expected = if apdu == VERIFY {
                Reason::PinOutcomeUnknown
            } else {
                Reason::CardUnresponsive
            };
            assert_eq!(result.unwrap_err().reason(), expected, "APDU {apdu}");
        },
    );
}

#[test]
fn garbage_at_every_apdu() {
    const PROBE: u32 = 6;
    each(
        |apdu| Faults {
            garbage_at_apdu: Some(apdu),
            ..Faults::default()
        },
        |apdu, result| match result {
            // Only the probe of extended length may go wrong without harm.
            Ok(_) => assert_eq!(apdu, PROBE),
            Err(error) => {
                let expected = match apdu {
                    2 => Reason::CardNotRecognized,
                    4 | 5 => Reason::CertificateUnreadable,
                    VERIFY => Reason::PinOutcomeUnknown,
                    _ => Reason::CardProtocolError,
                };
                assert_eq!(error.reason(), expected, "APDU {apdu}");
            }
        },
    );
}

#[test]
fn a_bad_status_at_every_apdu_is_survived_at_the_first_and_at_the_probe() {
    each(
        |apdu| Faults {
            status_at_apdu: Some(StatusAt { apdu, status: 0x6F00 }),
            ..Faults::default()
        },
        |apdu, result| assert_eq!(result.is_ok(), matches!(apdu, 1 | 6), "APDU {apdu}"),
    );
}
