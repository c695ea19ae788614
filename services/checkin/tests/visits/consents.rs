//! What is answered for a patient: what does not fit is refused and the visit goes on, and auditors hear who stands for it.

use madoguchi_auth::{Submission, Word};
use madoguchi_core::audit::Action as AuditAction;
use madoguchi_core::check_in::{Action, CheckIn, State};
use madoguchi_core::consent::{
    Attestation, AttestedCause, AttestedForm, CaptureMethod, Decision, OtherDecision, Question, QuestionItem,
};
use madoguchi_core::{CallerId, ConsentItemId, Medium, StaffId};
use madoguchi_session::Updates;

use crate::house::{House, until_pending};

/// A visit that waits for consent.
async fn waiting(house: &House) -> (Updates<CheckIn>, CheckIn) {
    house.put("adult");
    let started = house.start(Medium::Card).await;
    let mut updates = house.watch(&started).await;
    let prompt = until_pending(&mut updates).await;
    house.submit_pin(&prompt, "1234", false).await;
    let asked = until_pending(&mut updates).await;
    (updates, asked)
}

fn question(asked: &CheckIn) -> &Question {
    match &asked.pending.as_ref().unwrap().action {
        Action::DecideConsents(question) => question,
        other => panic!("{other:?}"),
    }
}

fn yes_to_all(question: &Question) -> Submission {
    let yes = |item: &QuestionItem| Decision {
        item: item.item,
        granted: true,
    };
    Submission::Consents {
        decisions: question.items.iter().map(yes).collect(),
        others: Vec::new(),
        wording_version: question.wording_version.clone(),
        word: None,
    }
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_is_refused_and_the_visit_goes_on() {
    let house = House::new().await;
    let (mut updates, asked) = waiting(&house).await;
    let action = asked.pending.as_ref().unwrap().id.clone();
    let mut more = yes_to_all(question(&asked));
    if let Submission::Consents { others, .. } = &mut more {
        others.push(OtherDecision {
            item_id: ConsentItemId::new("dental").unwrap(),
            granted: true,
        });
    }
    let refusal = house
        .check_ins
        .submit(&asked.id, action.clone(), more)
        .await
        .unwrap_err();
    assert_eq!(refusal.violations[0].field, "decisions");
    let now = house.check_ins.get(&asked.id).await.unwrap();
    assert_eq!(now.pending.as_ref().map(|pending| &pending.id), Some(&action));
    house
        .check_ins
        .submit(&asked.id, action, yes_to_all(question(&asked)))
        .await
        .unwrap();
    let end = until_pending(&mut updates).await;
    assert_eq!(end.state, State::Completed);
}

#[tokio::test]
async fn auditors_hear_who_stands_for_an_answer_in_a_visit_and_who_recorded_it() {
    let house = House::new().await;
    let (mut updates, asked) = waiting(&house).await;
    let attestation = Attestation {
        form: AttestedForm::Paper,
        staff_id: StaffId::new("nurse-7").unwrap(),
        cause: AttestedCause::InBed,
        document_reference: Some("2026-118".to_owned()),
    };
    let ward = CallerId::new("ward").unwrap();
    assert_ne!(asked.caller, ward);
    let mut on_paper = yes_to_all(question(&asked));
    if let Submission::Consents {
        wording_version,
        word,
        ..
    } = &mut on_paper
    {
        // Signed in the words of last month.
        "2026-12".clone_into(wording_version);
        *word = Some(Word {
            attestation: attestation.clone(),
            caller: ward.clone(),
        });
    }
    let action = asked.pending.as_ref().unwrap().id.clone();
    house.check_ins.submit(&asked.id, action, on_paper).await.unwrap();
    let receipt = until_pending(&mut updates).await.receipt.unwrap();
    assert_eq!(
        (
            receipt.method,
            &receipt.attestation,
            receipt.wording_version.as_str()
        ),
        (CaptureMethod::Paper, &Some(attestation.clone()), "2026-12")
    );
    let told = house.receipts.told().pop().unwrap();
    assert_eq!(told.action, AuditAction::ConsentRecorded);
    assert_eq!(
        (told.caller, told.staff_id, told.check_in_id),
        (Some(ward), Some(attestation.staff_id), Some(asked.id))
    );
}
