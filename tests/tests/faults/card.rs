//! The card: pulled, confused, slow, silent.

use madoguchi_proto::certificate::v1::Medium;
use madoguchi_tests::{Clinic, Patient, Setup, ending, run};
use madoguchi_twin::Faults;
use madoguchi_twin::faults::{DelayAt, StatusAt};
use madoguchi_twin::vpcd::VpcdCard;

use crate::{APDUS, VERIFY, impatient};

/// A visit with that fault; how it ended, and never more VERIFYs than PINs were typed.
async fn visit_with(clinic: &Clinic, card: &VpcdCard, patient: &mut Patient<'_>, faults: Faults) -> String {
    let _ = card.set_faults(faults).unwrap();
    let before = card.report().unwrap().verify_count();
    let typed_before = patient.typed;
    let end = clinic.visit(Medium::Card, patient).await;
    let (sent, typed) = (
        card.report().unwrap().verify_count() - before,
        patient.typed - typed_before,
    );
    assert!(sent <= typed, "{sent} VERIFYs for {typed} PINs with {faults:?}");
    let _ = card.set_faults(Faults::default()).unwrap();
    clinic.take_off(card).await;
    ending(&end)
}

/// The same card without a fault.
async fn healthy_visit(clinic: &Clinic, card: &VpcdCard) {
    clinic.put_on(card).await;
    let end = clinic.visit(Medium::Card, &mut Patient::new(card)).await;
    assert_eq!(ending(&end), "completed full");
    clinic.take_off(card).await;
}

async fn pulled_at_each(apdus: impl Iterator<Item = u32>) {
    let clinic = impatient().open().await;
    let card = clinic.card("adult");
    for apdu in apdus {
        let mut patient = Patient::new(&card);
        let ended = visit_with(&clinic, &card, &mut patient, Faults::pull_at(apdu)).await;
        let expected = if apdu == VERIFY {
            "failed PIN_OUTCOME_UNKNOWN"
        } else {
            "failed CARD_REMOVED"
        };
        assert_eq!(ended, expected, "pulled at APDU {apdu}");
        healthy_visit(&clinic, &card).await;
    }
}

#[test]
fn a_card_pulled_at_any_apdu_before_the_pin_ends_typed_and_the_next_visit_works() {
    run(pulled_at_each(1..VERIFY));
}

#[test]
fn a_card_pulled_at_verify_or_after_ends_typed_and_the_next_visit_works() {
    run(pulled_at_each(VERIFY..=APDUS));
}

#[test]
fn the_last_apdu_is_the_last() {
    run(async {
        let clinic = impatient().open().await;
        let card = clinic.card("adult");
        // What the other tests count on: a card that is pulled after its last APDU is not missed.
        let ended = visit_with(
            &clinic,
            &card,
            &mut Patient::new(&card),
            Faults::pull_at(APDUS + 1),
        )
        .await;
        assert_eq!(ended, "completed full");
        assert_eq!(card.report().unwrap().apdu_count, APDUS);
    });
}

#[test]
fn a_card_that_is_put_back_is_read_on() {
    run(async {
        let clinic = Setup::default().open().await;
        for apdu in [1, 4, VERIFY, APDUS] {
            let card = clinic.card("adult");
            let mut patient = Patient {
                puts_back: Some(&clinic),
                ..Patient::new(&card)
            };
            let ended = visit_with(&clinic, &card, &mut patient, Faults::pull_at(apdu)).await;
            assert_eq!(ended, "completed full", "pulled at APDU {apdu}");
            let why = match apdu {
                VERIFY => "PIN_OUTCOME_UNKNOWN",
                APDUS => "CARD_REMOVED",
                _ => {
                    assert!(patient.asked_again.is_empty(), "nobody had typed yet");
                    continue;
                }
            };
            assert_eq!(
                patient.asked_again,
                [why],
                "a PIN that was sent is not sent again by itself"
            );
        }
    });
}

#[test]
fn a_phone_that_slips_away_is_held_up_again_and_each_tap_costs_a_pin_of_its_own() {
    run(async {
        let clinic = Setup::default().open().await;
        let phone = clinic.card("android");
        let healthy = clinic.visit(Medium::Android, &mut Patient::new(&phone)).await;
        assert_eq!(ending(&healthy), "completed full");
        let apdus = phone.report().unwrap().apdu_count;
        clinic.take_off(&phone).await;
        for apdu in 1..=apdus {
            let phone = clinic.card("android");
            let _ = phone.set_faults(Faults::pull_at(apdu)).unwrap();
            let mut patient = Patient {
                puts_back: Some(&clinic),
                ..Patient::new(&phone)
            };
            let end = clinic.visit(Medium::Android, &mut patient).await;
            assert_eq!(ending(&end), "completed full", "pulled at APDU {apdu}");
            let sent = phone.report().unwrap().verify_count();
            assert!(
                sent <= patient.typed && patient.typed <= 2,
                "{sent} VERIFYs for {} PINs",
                patient.typed
            );
            clinic.take_off(&phone).await;
        }
    });
}

/// Each of these faults at each APDU in turn.
async fn confused(faults: &[fn(u32) -> Faults]) {
    let clinic = impatient().open().await;
    let card = clinic.card("adult");
    for apdu in 1..=APDUS {
        for fault in faults {
            let ended = visit_with(&clinic, &card, &mut Patient::new(&card), fault(apdu)).await;
            let typed = [
                "completed full",
                "failed CARD_PROTOCOL_ERROR",
                "failed CARD_UNRESPONSIVE",
                "failed CARD_NOT_RECOGNIZED",
                "failed CERTIFICATE_UNREADABLE",
                "failed CERTIFICATE_MALFORMED",
                "failed CERTIFICATE_NOT_TRUSTED",
                "failed PIN_NOT_SET",
                "failed PIN_OUTCOME_UNKNOWN",
                "failed SIGNATURE_INVALID",
            ];
            assert!(typed.contains(&ended.as_str()), "{:?}: {ended}", fault(apdu));
        }
    }
    healthy_visit(&clinic, &card).await;
}

fn status(apdu: u32, status: u16) -> Faults {
    Faults {
        status_at_apdu: Some(StatusAt { apdu, status }),
        ..Faults::default()
    }
}

#[test]
fn a_bad_status_word_at_any_apdu_ends_typed_or_is_got_over() {
    run(confused(&[
        |apdu| status(apdu, 0x6F00),
        |apdu| status(apdu, 0x6A82),
    ]));
}

#[test]
fn garbage_or_half_an_answer_at_any_apdu_ends_typed_or_is_got_over() {
    run(confused(&[
        |apdu| Faults {
            garbage_at_apdu: Some(apdu),
            ..Faults::default()
        },
        |apdu| Faults {
            cut_at_apdu: Some(apdu),
            ..Faults::default()
        },
    ]));
}

#[test]
fn a_slow_card_is_read_all_the_same() {
    run(async {
        let clinic = Setup::default().open().await;
        let card = clinic.card("adult");
        let slow = Faults {
            delay_ms: 60,
            ..Faults::default()
        };
        let late = Faults {
            delay_at_apdu: Some(DelayAt {
                apdu: VERIFY,
                delay_ms: 900,
            }),
            ..Faults::default()
        };
        for faults in [slow, late] {
            let ended = visit_with(&clinic, &card, &mut Patient::new(&card), faults).await;
            assert_eq!(ended, "completed full", "{faults:?}");
        }
    });
}

#[test]
fn a_card_that_hangs_costs_its_visit_and_neither_driver_nor_counter() {
    run(async {
        let mut setup = impatient();
        for call in [
            "open_card",
            "read_certificate",
            "pin_status",
            "verify_pin",
            "sign",
        ] {
            setup = setup.set(&format!("drivers.calls.{call}_timeout_ms"), 2_500);
        }
        let clinic = setup.open().await;
        let card = clinic.card("adult");
        for apdu in [1, 5, VERIFY, APDUS] {
            let hang = Faults {
                hang_at_apdu: Some(apdu),
                ..Faults::default()
            };
            let ended = visit_with(&clinic, &card, &mut Patient::new(&card), hang).await;
            let expected = if apdu == VERIFY {
                "failed PIN_OUTCOME_UNKNOWN"
            } else {
                "failed CARD_UNRESPONSIVE"
            };
            assert_eq!(ended, expected, "hangs at APDU {apdu}");
            healthy_visit(&clinic, &card).await;
        }
        // An APDU ends with its call, whatever becomes of the card.
        assert_eq!(clinic.gateway.driver("pcsc").await.restart_count, 0);
    });
}
