use madoguchi_proto::auth::v1::Failure;
use madoguchi_proto::certificate::v1::{CertificateCheck, certificate_check};
use madoguchi_proto::checkin::v1::{CheckInOutcome, Completed};
use madoguchi_proto::consent::v1::{ConsentDecision, ConsentItem, ConsentReceipt};
use madoguchi_proto::eligibility::v1::{EligibilityAnswer, MedicalEntries, eligibility_answer};

use super::*;
use crate::cli::visit::VisitLine;

fn end(state: State, outcome: Option<Outcome>) -> End {
    let outcome = outcome.map(|outcome| CheckInOutcome {
        outcome: Some(outcome),
    });
    let check_in = CheckIn {
        check_in_id: "visit-1".to_owned(),
        state: state.into(),
        outcome,
        apdu_count: 11,
        ..CheckIn::default()
    };
    End {
        check_in,
        gave_up: None,
        elapsed: Duration::from_millis(250),
    }
}

fn completed(good_for: certificate_check::Outcome, reason: &str) -> End {
    let outcome = Outcome::Completed(Completed {
        certificate_outcome: good_for.into(),
    });
    let mut end = end(State::Completed, Some(outcome));
    let check = CertificateCheck {
        outcome: good_for.into(),
        reason: reason.to_owned(),
        ..CertificateCheck::default()
    };
    end.check_in.certificate_check = Some(check);
    let validity = eligibility_answer::Validity::Valid.into();
    end.check_in.eligibility_answer = Some(EligibilityAnswer {
        validity,
        ..EligibilityAnswer::default()
    });
    end
}

fn failed(reason: &str) -> End {
    let next_steps = vec![NextStep::VisitMunicipality.into()];
    let failure = Failure {
        reason: reason.to_owned(),
        message_ja: String::new(),
        next_steps,
        details: vec![],
    };
    end(State::Failed, Some(Outcome::Failed(failure)))
}

#[test]
fn a_full_check_in_says_what_came_along_and_exits_zero() {
    let mut end = completed(certificate_check::Outcome::Full, "");
    let grant = |item: ConsentItem, granted| ConsentDecision {
        item: item.into(),
        granted,
        ..ConsentDecision::default()
    };
    let decisions = vec![
        grant(ConsentItem::Diagnosis, false),
        grant(ConsentItem::Medication, true),
    ];
    end.check_in.consent_receipt = Some(ConsentReceipt {
        decisions,
        ..ConsentReceipt::default()
    });
    end.check_in.eligibility_answer.as_mut().unwrap().medications = Some(MedicalEntries::default());

    assert_eq!(end.exit(), Exit::Completed);
    assert_eq!(
        end.sentence(),
        "Checked in. Insurance: valid. With consent came: medication."
    );
    let line = VisitLine::of(&end, Some("adult"));
    assert_eq!(
        serde_json::to_string(&line).unwrap(),
        r#"{"persona":"adult","medium":null,"method":null,"outcome":"completed","reason":null,"#.to_owned()
            + r#""certificate_outcome":"full","consents":["medication"],"eligibility":"valid","#
            + r#""elapsed_ms":250,"apdus":11}"#
    );
    assert_eq!(VisitLine::with_id(&end).check_in_id.as_deref(), Some("visit-1"));
}

#[test]
fn eligibility_only_is_completed_with_a_reason() {
    let end = completed(
        certificate_check::Outcome::EligibilityOnly,
        "CERTIFICATE_IN_GRACE",
    );
    assert_eq!((end.outcome(), end.exit()), ("completed", Exit::Completed));
    assert_eq!(end.reason(), Some(Reason::CertificateInGrace));
    assert!(end.sentence().contains(Reason::CertificateInGrace.message_ja()));
}

#[test]
fn each_end_has_an_exit_code_of_its_class() {
    assert_eq!(failed("PIN_LOCKED").exit(), Exit::Pin);
    assert_eq!(failed("CARD_REMOVED").exit(), Exit::Card);
    assert_eq!(failed("CERTIFICATE_EXPIRED").exit(), Exit::Certificate);
    assert_eq!(failed("REASON_OF_A_NEWER_GATEWAY").exit(), Exit::Internal);
    assert_eq!(end(State::Expired, None).exit(), Exit::Expired);
    assert_eq!(end(State::Cancelled, None).exit(), Exit::Cancelled);
    assert_eq!(end(State::Unspecified, None).exit(), Exit::Internal);
}

#[test]
fn a_visit_that_was_given_up_says_why() {
    let mut end = end(State::Cancelled, None);
    end.gave_up = Some(Reason::PinWrong);
    assert_eq!(
        (end.outcome(), end.reason(), end.exit()),
        ("cancelled", Some(Reason::PinWrong), Exit::Pin)
    );
}

#[test]
fn a_failure_says_what_may_be_done() {
    let sentence = failed("PIN_LOCKED").sentence();
    assert!(sentence.starts_with("Not checked in."), "{sentence}");
    assert!(sentence.contains(Reason::PinLocked.message_ja()), "{sentence}");
    assert!(sentence.contains("市区町村"), "{sentence}");
}
