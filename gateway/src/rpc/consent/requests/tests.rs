//! Which field is wrong, all at once.

use super::*;
use crate::rpc::fields::wrong_fields;
use crate::rpc::wire::consent as wire;

fn record_request() -> pb::RecordConsentRequest {
    pb::RecordConsentRequest {
        request_id: "1".to_owned(),
        subject: Some(pb::record_consent_request::Subject::CardKey("ab".repeat(32))),
        decisions: vec![answer(1, "")],
        wording_version: "2027-01".to_owned(),
        language: String::new(),
        attestation: Some(pb::Attestation {
            form: pb::AttestedForm::Paper.into(),
            staff_id: "staff-1".to_owned(),
            cause: pb::AttestedCause::InCar.into(),
            document_reference: "2026-118".to_owned(),
        }),
    }
}

fn answer(item: i32, item_id: &str) -> pb::ConsentDecision {
    pb::ConsentDecision {
        item,
        granted: true,
        item_id: item_id.to_owned(),
        ..Default::default()
    }
}

fn read(wire: Vec<pb::ConsentDecision>) -> Result<Answers, Refusal> {
    let mut fields = Fields::default();
    let read = decisions(&mut fields, wire);
    fields.finish(read)
}

#[test]
fn a_receipt_and_a_visit_are_asked_by_id() {
    let by_id = |receipt_id: &str| {
        receipt(pb::GetConsentReceiptRequest {
            receipt_id: receipt_id.to_owned(),
        })
    };
    assert!(by_id("r-1").is_ok());
    assert_eq!(wrong_fields(by_id("")), ["receipt_id"]);
    let visit = |check_in_id: &str| {
        list(pb::ListConsentReceiptsRequest {
            check_in_id: check_in_id.to_owned(),
        })
    };
    assert!(visit("v-1").is_ok());
    assert_eq!(wrong_fields(visit("v 1")), ["check_in_id"]);
    let language = |language: &str| {
        question(pb::GetConsentQuestionRequest {
            language: language.to_owned(),
        })
    };
    assert_eq!(language("").unwrap(), "ja");
    assert_eq!(wrong_fields(language("日本語")), ["language"]);
}

#[test]
fn answers_are_read_item_by_item() {
    let of = |items: &[i32]| read(items.iter().map(|item| answer(*item, "")).collect());
    assert_eq!(of(&[1, 2, 3, 4]).unwrap().0.len(), 4);
    assert_eq!(wrong_fields(of(&[])), ["decisions"]);
    assert_eq!(
        wrong_fields(of(&[0, 1, 1, 77])),
        ["decisions[0].item", "decisions[2].item", "decisions[3].item"]
    );
}

#[test]
fn an_item_that_is_not_listed_goes_by_its_name_and_stays_apart() {
    let (known, others) = read(vec![
        answer(0, "dental"),
        answer(2, "medication"),
        answer(0, "surgery"),
    ])
    .unwrap();
    let known: Vec<_> = known.iter().map(|one| one.item).collect();
    assert_eq!(known, [Item::Medication, Item::Surgery]);
    assert_eq!(others.len(), 1);
    assert_eq!(others[0].item_id.as_str(), "dental");
    // Two names for one answer, twice the same, and what nobody can have meant.
    let wrong = vec![
        answer(2, "surgery"),
        answer(0, "dental"),
        answer(0, "dental"),
        answer(77, "dental"),
        answer(0, "x y"),
    ];
    assert_eq!(wrong_fields(read(wrong)).len(), 4);
    let many = (0..17)
        .map(|number| answer(0, &format!("item-{number}")))
        .collect();
    assert_eq!(wrong_fields(read(many)), ["decisions"]);
}

#[test]
fn the_wire_knows_every_item() {
    for one in Item::ALL {
        assert_eq!(item(wire::item(one).into()), Some(one));
    }
}

#[test]
fn staff_say_who_why_and_where_the_paper_is() {
    let read = record(record_request()).unwrap();
    assert_eq!(read.language, "ja");
    assert!(matches!(read.whom, For::Subject(Subject::Card(_))));
    let wrong = |change: fn(&mut pb::RecordConsentRequest)| {
        let mut request = record_request();
        change(&mut request);
        wrong_fields(record(request))
    };
    assert_eq!(
        wrong_fields(record(pb::RecordConsentRequest::default())),
        [
            "request_id",
            "subject",
            "decisions",
            "wording_version",
            "attestation"
        ]
    );
    assert_eq!(
        wrong(|request| request.attestation = Some(pb::Attestation::default())),
        ["attestation.form", "attestation.staff_id", "attestation.cause"]
    );
    let without_paper = |request: &mut pb::RecordConsentRequest| {
        let word = request.attestation.as_mut().unwrap();
        word.document_reference.clear();
    };
    assert_eq!(wrong(without_paper), ["attestation.document_reference"]);
    assert_eq!(
        wrong(|request| {
            use pb::record_consent_request::Subject as Wire;
            request.subject = Some(Wire::CertificateThumbprint("AB".repeat(32)));
        }),
        ["certificate_thumbprint"]
    );
}

#[test]
fn what_is_taken_back_has_a_reason_and_what_is_looked_for_a_form() {
    let withdrawal = pb::WithdrawConsentRequest {
        receipt_id: "r-1".to_owned(),
        reason: pb::WithdrawalReason::NotNeeded.into(),
        staff_id: String::new(),
    };
    assert!(withdraw(withdrawal).is_ok());
    assert_eq!(
        wrong_fields(withdraw(pb::WithdrawConsentRequest::default())),
        ["receipt_id", "reason"]
    );
    let (filter, after, limit) = find(pb::FindConsentReceiptsRequest::default()).unwrap();
    assert_eq!((filter, after, limit), (Filter::default(), None, 50));
    let wrong = pb::FindConsentReceiptsRequest {
        certificate_thumbprint: "x".to_owned(),
        card_key: "y".to_owned(),
        page_size: 101,
        page_token: "a b".to_owned(),
        ..Default::default()
    };
    assert_eq!(
        wrong_fields(find(wrong)),
        ["certificate_thumbprint", "card_key", "page_token", "page_size"]
    );
}
