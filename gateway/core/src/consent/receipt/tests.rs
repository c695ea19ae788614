//! What a receipt lets through.

use time::Duration;
use time::macros::datetime;

use super::*;
use crate::ConsentItemId;

const AT: OffsetDateTime = datetime!(2026-11-22 09:00 UTC);

fn receipt(decisions: &[(Item, bool)]) -> Receipt {
    let decisions = decisions.iter();
    Receipt {
        id: ReceiptId::generate(),
        check_in_id: None,
        counter_id: None,
        certificate_thumbprint: "ab".repeat(32),
        card_key: None,
        decisions: decisions
            .map(|(item, granted)| Decision {
                item: *item,
                granted: *granted,
            })
            .collect(),
        others: Vec::new(),
        wording_version: "2026-12".to_owned(),
        language: "ja".to_owned(),
        method: CaptureMethod::Client,
        attestation: None,
        requester: None,
        purpose: String::new(),
        recorded_at: AT,
        token: None,
        confirmation: None,
        withdrawal: None,
    }
}

fn said(under_forty: Option<bool>, windows: Vec<Window>) -> Option<Confirmation> {
    Some(Confirmation {
        said: Said {
            simulated: false,
            under_forty,
            windows,
        },
        recorded_at: AT,
        token: String::new(),
    })
}

#[test]
fn agreed_is_what_every_answer_agrees_to() {
    let both = receipt(&[
        (Item::Surgery, true),
        (Item::Surgery, false),
        (Item::Medication, true),
    ]);
    assert!(both.grants(Item::Medication, AT));
    for item in [Item::Surgery, Item::Diagnosis, Item::HealthCheckup] {
        assert!(!both.grants(item, AT), "{item:?}");
    }
}

#[test]
fn what_this_version_does_not_know_grants_nothing() {
    let mut other = receipt(&[]);
    for name in ["diagnosis", "dental", "everything"] {
        other.others.push(OtherDecision {
            item_id: ConsentItemId::new(name).unwrap(),
            granted: true,
        });
    }
    for item in Item::ALL {
        assert!(!other.grants(item, AT), "{item:?}");
    }
}

#[test]
fn taken_back_it_grants_nothing_from_then_on() {
    let mut taken = receipt(&Item::ALL.map(|item| (item, true)));
    taken.withdrawal = Some(Withdrawal {
        caller: CallerId::new("spiffe://clinic/emr").unwrap(),
        staff_id: None,
        reason: WithdrawalReason::Patient,
        withdrawn_at: AT,
        token: String::new(),
    });
    for item in Item::ALL {
        assert!(taken.grants(item, AT - Duration::SECOND), "{item:?}");
        assert!(!taken.grants(item, AT), "{item:?}");
    }
}

#[test]
fn an_item_ends_when_the_national_service_said() {
    let mut dated = receipt(&Item::ALL.map(|item| (item, true)));
    let window = |item, until: Option<OffsetDateTime>| Window {
        item,
        consented_at: Some(AT),
        available_until: until,
    };
    let until = AT + Duration::DAY;
    dated.confirmation = said(
        None,
        vec![window(Item::Surgery, Some(until)), window(Item::Diagnosis, None)],
    );
    assert!(dated.grants(Item::Surgery, until - Duration::SECOND));
    assert!(!dated.grants(Item::Surgery, until));
    // Of the others nobody said an end.
    assert!(dated.grants(Item::Diagnosis, until + Duration::DAY));
    assert!(dated.grants(Item::Medication, until + Duration::DAY));
}

#[test]
fn a_no_to_check_ups_is_a_refusal_only_of_who_is_known_to_be_forty() {
    let mut no = receipt(&Item::ALL.map(|item| (item, false)));
    let meaning = |no: &Receipt| no.meaning(Item::HealthCheckup).unwrap();
    assert_eq!(meaning(&no), Meaning::RefusedOrUnderForty);
    assert_eq!(no.refusals().count(), 3);
    no.confirmation = said(Some(true), vec![]);
    assert_eq!(meaning(&no), Meaning::NotApplicable);
    assert_eq!(no.refusals().count(), 3);
    no.confirmation = said(Some(false), vec![]);
    assert_eq!(meaning(&no), Meaning::Refused);
    assert_eq!(no.refusals().count(), 4);
    assert_eq!(no.meaning(Item::Diagnosis), Some(Meaning::Refused));
    assert_eq!(receipt(&[]).meaning(Item::Surgery), None);
    // A yes is a yes, whatever the age.
    let mut yes = receipt(&[(Item::HealthCheckup, true)]);
    yes.confirmation = said(Some(true), vec![]);
    assert_eq!(meaning(&yes), Meaning::Granted);
}
