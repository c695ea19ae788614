//! The PC/SC service: killed and started again.

use madoguchi_proto::certificate::v1::Medium;
use madoguchi_proto::checkin::v1::check_in::State;
use madoguchi_tests::{Patient, Setup, Visit, ending, run};

use crate::impatient;

#[test]
fn pcscd_killed_and_started_again_between_visits_is_found_again() {
    run(async {
        let mut clinic = impatient().open().await;
        let driver = clinic.gateway.driver("pcsc").await.process_id;
        for _ in 0..2 {
            clinic.next_visit_works().await;
            clinic.pcscd.kill();
            clinic
                .gateway
                .readers_until("no usable reader", |readers| {
                    readers.iter().all(|reader| !reader.reason.is_empty())
                })
                .await;
            clinic.pcscd.restart().unwrap();
            clinic.empty().await;
        }
        clinic.next_visit_works().await;
        assert_eq!(
            clinic.gateway.driver("pcsc").await.process_id,
            driver,
            "the driver itself recovered"
        );
    });
}

#[test]
fn pcscd_killed_in_the_middle_of_a_visit_and_started_again_costs_one_more_pin() {
    run(async {
        let mut clinic = Setup::default()
            .set("check_in.reader_grace_seconds", 20)
            .open()
            .await;
        let card = clinic.card("adult");
        clinic.put_on(&card).await;
        let mut visit = Visit::start(clinic.gateway.channel().await, Medium::Card).await;
        visit.until_state(State::WaitingForPin).await;
        clinic.pcscd.kill();
        visit.until_state(State::WaitingForCard).await;
        // The card stays where it is; its thread finds the new service by itself.
        clinic.pcscd.restart().unwrap();
        let mut patient = Patient::new(&card);
        assert_eq!(ending(&visit.lead(&mut patient).await), "completed full");
        assert_eq!(patient.asked_again, ["CARD_REMOVED"]);
        assert_eq!(card.report().unwrap().verify_count(), 1);
        clinic.take_off(&card).await;
        clinic.next_visit_works().await;
    });
}

#[test]
fn a_visit_over_a_dead_pcscd_ends_typed() {
    run(async {
        let mut clinic = impatient().set("check_in.reader_grace_seconds", 1).open().await;
        let card = clinic.card("adult");
        clinic.put_on(&card).await;
        let mut visit = Visit::start(clinic.gateway.channel().await, Medium::Card).await;
        visit.until_state(State::WaitingForPin).await;
        clinic.pcscd.kill();
        let ended = ending(&visit.end().await);
        let typed = [
            "failed READER_SERVICE_UNAVAILABLE",
            "failed READER_REMOVED",
            "failed CARD_REMOVED",
        ];
        assert!(typed.contains(&ended.as_str()), "{ended}");
        assert_eq!(card.report().unwrap().verify_count(), 0);
        clinic.pcscd.restart().unwrap();
        clinic.take_off(&card).await;
        clinic.next_visit_works().await;
    });
}
