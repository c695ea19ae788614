//! The driver's process: killed with -9.

use std::time::Duration;

use madoguchi_proto::certificate::v1::Medium;
use madoguchi_proto::checkin::v1::check_in::State;
use madoguchi_tests::{Clinic, Patient, Setup, Visit, Watched, ending, run};
use madoguchi_twin::Faults;
use madoguchi_twin::faults::DelayAt;

use crate::{APDUS, VERIFY};

/// pcscd looks for a card twice a second. One that is back within that time on a reader whose program was killed it overlooks;
/// no hand is so quick.
const PCSCD_LOOKS: Duration = Duration::from_millis(600);

fn setup() -> Setup {
    // A reader whose driver is being started again is waited for.
    Setup::default()
        .set("check_in.reader_grace_seconds", 20)
        .set("drivers.restart.min_pause_ms", 10)
}

async fn kill_driver(clinic: &Clinic) {
    let process = Watched::new(clinic.gateway.driver("pcsc").await.process_id);
    process.kill();
    process.ends("a driver killed with -9").await;
}

#[test]
fn a_driver_killed_while_the_pin_is_typed_is_started_again_and_the_visit_goes_on() {
    run(async {
        let clinic = setup().open().await;
        let card = clinic.card("adult");
        clinic.put_on(&card).await;
        let mut visit = Visit::start(clinic.gateway.channel().await, Medium::Card).await;
        visit.until_state(State::WaitingForPin).await;
        let first = clinic.gateway.driver("pcsc").await;
        kill_driver(&clinic).await;
        let mut patient = Patient::new(&card);
        let ended = ending(&visit.lead(&mut patient).await);
        let typed = ["completed full", "failed DRIVER_FAILED"];
        assert!(typed.contains(&ended.as_str()), "{ended}");
        assert!(card.report().unwrap().verify_count() <= 1);
        clinic.take_off(&card).await;
        let second = clinic.gateway.driver("pcsc").await;
        assert_eq!(second.restart_count, first.restart_count + 1);
        assert_ne!(second.process_id, first.process_id);
        clinic.next_visit_works().await;
    });
}

#[test]
fn a_driver_killed_while_the_card_works_ends_typed_and_the_pin_is_not_sent_again() {
    run(async {
        let clinic = setup().open().await;
        for (apdu, reasons) in [
            (5, &["failed DRIVER_FAILED"][..]),
            (VERIFY, &["failed PIN_OUTCOME_UNKNOWN", "completed full"]),
            (APDUS, &["failed DRIVER_FAILED"]),
        ] {
            let card = clinic.card("adult");
            let late = DelayAt {
                apdu,
                delay_ms: 1_500,
            };
            let _ = card
                .set_faults(Faults {
                    delay_at_apdu: Some(late),
                    ..Faults::default()
                })
                .unwrap();
            let mut patient = Patient::new(&card);
            let mut visit = Visit::start(clinic.gateway.channel().await, Medium::Card).await;
            let leading = visit.lead(&mut patient);
            let killing = async {
                // The card tells that it is at it; it answers so much later that the driver is dead by then.
                while card.report().unwrap().apdu_count < apdu {
                    tokio::task::yield_now().await;
                }
                kill_driver(&clinic).await;
            };
            let (end, ()) = tokio::join!(leading, killing);
            let ended = ending(&end);
            assert!(
                reasons.contains(&ended.as_str()),
                "killed at APDU {apdu}: {ended}"
            );
            let sent = card.report().unwrap().verify_count();
            assert!(sent <= patient.typed, "{sent} VERIFYs for {} PINs", patient.typed);
            // The card lies there still, and is not the next patient's before it was lifted.
            clinic.take_off(&card).await;
            tokio::time::sleep(PCSCD_LOOKS).await;
            let next = clinic.visit(Medium::Card, &mut Patient::new(&card)).await;
            assert_eq!(ending(&next), "completed full", "killed at APDU {apdu}");
            clinic.take_off(&card).await;
        }
        assert_eq!(clinic.gateway.driver("pcsc").await.restart_count, 3);
    });
}
