//! Every persona through the built program, over a real pcscd, by gRPC; and what it costs at the card.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

use madoguchi_proto::auth::v1::{Method, NextStep};
use madoguchi_proto::certificate::v1::Medium;
use madoguchi_proto::certificate::v1::certificate_check::{Outcome as CertificateOutcome, Revocation};
use madoguchi_proto::checkin::v1::CheckIn;
use madoguchi_proto::checkin::v1::check_in_outcome::Outcome;
use madoguchi_proto::eligibility::v1::eligibility_answer::Validity;
use madoguchi_tests::{Clinic, Patient, Setup, Visit, ending, run};
use madoguchi_twin::{Faults, Report};

async fn visit_of(clinic: &Clinic, persona: &str, medium: Medium) -> (CheckIn, Report) {
    let card = clinic.card(persona);
    let end = clinic.visit(medium, &mut Patient::new(&card)).await;
    let report = card.report().unwrap();
    clinic.take_off(&card).await;
    (end, report)
}

fn next_steps(check_in: &CheckIn) -> Vec<NextStep> {
    match check_in.outcome.clone().and_then(|outcome| outcome.outcome) {
        Some(Outcome::Failed(failure)) => failure.next_steps().collect(),
        _ => Vec::new(),
    }
}

#[test]
fn cards_that_are_good_check_in_with_pin_and_consent() {
    run(async {
        let clinic = Setup::default().open().await;
        for persona in ["adult", "child"] {
            let (end, report) = visit_of(&clinic, persona, Medium::Card).await;
            assert_eq!(ending(&end), "completed full", "{persona}");
            assert_eq!((end.medium(), end.method()), (Medium::Card, Method::Pin));
            let check = end.certificate_check.clone().unwrap();
            assert_eq!(
                (check.outcome(), check.reason.as_str()),
                (CertificateOutcome::Full, "")
            );
            assert_eq!(check.revocation(), Revocation::NotChecked);
            let receipt = end.consent_receipt.clone().unwrap();
            assert_eq!(receipt.decisions.len(), 4);
            assert_eq!(receipt.certificate_thumbprint, check.thumbprint);
            let answer = end.eligibility_answer.clone().unwrap();
            assert_eq!(answer.validity(), Validity::Valid);
            assert!(
                !answer.insurances.is_empty() && answer.medications.is_some() && answer.surgeries.is_some()
            );
            assert!(end.pending_action.is_none() && !end.reader_id.is_empty());
            assert_eq!(report.verify_count(), 1, "{persona}");
            assert_eq!(
                end.apdu_count, report.apdu_count,
                "what is told is what the card was sent"
            );
        }
    });
}

#[test]
fn phones_check_in_each_in_its_own_way() {
    run(async {
        let clinic = Setup::default().open().await;
        let (android, report) = visit_of(&clinic, "android", Medium::Android).await;
        assert_eq!(ending(&android), "completed full");
        assert_eq!(
            (android.medium(), android.method()),
            (Medium::Android, Method::Pin)
        );
        assert_eq!(report.verify_count(), 1);
        let (iphone, report) = visit_of(&clinic, "iphone", Medium::Iphone).await;
        assert_eq!(ending(&iphone), "completed full");
        assert_eq!(
            (iphone.medium(), iphone.method()),
            (Medium::Iphone, Method::Device)
        );
        assert_eq!(report.verify_count(), 0, "an iPhone is asked for no PIN");
    });
}

#[test]
fn expired_cards_are_good_for_eligibility_only_and_then_for_nothing() {
    run(async {
        let clinic = Setup::default().open().await;
        let (grace, _) = visit_of(&clinic, "expired-in-grace", Medium::Card).await;
        assert_eq!(ending(&grace), "completed eligibility only");
        assert!(grace.consent_receipt.is_none(), "there is nothing to consent to");
        assert_eq!(
            grace.certificate_check.as_ref().unwrap().reason,
            "CERTIFICATE_IN_GRACE"
        );
        let answer = grace.eligibility_answer.clone().unwrap();
        assert!(!answer.insurances.is_empty());
        assert!(
            answer.diagnoses.is_none() && answer.medications.is_none() && answer.health_checkups.is_none()
        );

        let (gone, report) = visit_of(&clinic, "expired-out-of-grace", Medium::Card).await;
        assert_eq!(ending(&gone), "failed CERTIFICATE_EXPIRED");
        assert_eq!(report.verify_count(), 0, "nobody types a PIN for nothing");
        assert_eq!(next_steps(&gone).first(), Some(&NextStep::ShowMynaportal));
        assert!(next_steps(&gone).contains(&NextStep::VisitMunicipality));
        assert!(gone.eligibility_answer.is_none());
    });
}

#[test]
fn nobody_is_asked_for_a_pin_that_cannot_be_tried() {
    run(async {
        let clinic = Setup::default().open().await;
        for (persona, expected) in [
            ("locked-pin", "failed PIN_LOCKED"),
            ("no-pin", "failed PIN_NOT_SET"),
        ] {
            let card = clinic.card(persona);
            let mut patient = Patient::new(&card);
            let end = clinic.visit(Medium::Card, &mut patient).await;
            assert_eq!(ending(&end), expected);
            assert_eq!(
                (patient.typed, card.report().unwrap().verify_count()),
                (0, 0),
                "{persona}"
            );
            assert!(!next_steps(&end).contains(&NextStep::TryAgain), "{persona}");
            clinic.take_off(&card).await;
        }
    });
}

#[test]
fn what_is_not_consented_is_not_answered() {
    run(async {
        let clinic = Setup::default().open().await;
        let card = clinic.card("adult");
        let mut patient = Patient {
            consents: false,
            ..Patient::new(&card)
        };
        let end = clinic.visit(Medium::Card, &mut patient).await;
        assert_eq!(ending(&end), "completed full");
        assert!(
            end.consent_receipt
                .unwrap()
                .decisions
                .iter()
                .all(|decision| !decision.granted)
        );
        let answer = end.eligibility_answer.unwrap();
        assert!(
            !answer.insurances.is_empty(),
            "the insurance itself is passed on without consent"
        );
        assert!(answer.diagnoses.is_none() && answer.medications.is_none());
        assert!(answer.surgeries.is_none() && answer.health_checkups.is_none());
    });
}

#[test]
fn another_medium_than_chosen_is_guided_and_not_failed() {
    run(async {
        let clinic = Setup::default().open().await;
        let (card, phone) = (clinic.card("adult"), clinic.card("iphone"));
        clinic.put_on(&card).await;
        let mut visit = Visit::start(clinic.gateway.channel().await, Medium::Iphone).await;
        let guidance = madoguchi_proto::auth::v1::Guidance::OtherMedium;
        let told = visit.until(|now| now.guidance() == guidance).await;
        assert_eq!(told.guidance(), guidance);
        clinic.take_off(&card).await;
        let _ = phone.insert().unwrap();
        assert_eq!(
            ending(&visit.lead(&mut Patient::new(&phone)).await),
            "completed full"
        );
    });
}

#[test]
fn the_card_is_sent_no_more_apdus_than_promised() {
    run(async {
        let clinic = Setup::default().open().await;
        for (faults, most) in [
            (Faults::default(), 12),
            (
                Faults {
                    no_extended_length: true,
                    ..Faults::default()
                },
                17,
            ),
        ] {
            let card = clinic.card("adult");
            let _ = card.set_faults(faults).unwrap();
            let end = clinic.visit(Medium::Card, &mut Patient::new(&card)).await;
            assert_eq!(ending(&end), "completed full");
            let report = card.report().unwrap();
            // Label, certificate, tries, VERIFY and SIGN, all told by the card itself.
            assert!(
                report.apdu_count <= most,
                "{} APDUs, {most} at most",
                report.apdu_count
            );
            assert!(report.seen.iter().any(|seen| seen.header[1] == 0x2A), "it signed");
            clinic.take_off(&card).await;
        }
    });
}
