//! One form for one receipt, and nothing in it that was not meant.

use madoguchi_core::ConsentItemId;
use madoguchi_core::consent::{Decision, Item, OtherDecision};
use madoguchi_core::signing::Signer as _;
use madoguchi_keys::MemoryKeys;
use proptest::prelude::*;
use time::Duration;
use time::macros::datetime;

use super::*;
use crate::contract::{attested, receipt};

const AT: OffsetDateTime = datetime!(2026-11-22 09:00 UTC);

fn decisions() -> impl Strategy<Value = Vec<Decision>> {
    let granted = prop::collection::vec(any::<bool>(), Item::ALL.len());
    let decisions = granted.prop_map(|granted| {
        let decisions = Item::ALL.into_iter().zip(granted);
        decisions
            .map(|(item, granted)| Decision { item, granted })
            .collect::<Vec<_>>()
    });
    decisions.prop_shuffle()
}

fn others() -> impl Strategy<Value = Vec<OtherDecision>> {
    let others = prop::collection::btree_map("[a-z_]{1,20}", any::<bool>(), 0..5);
    others.prop_map(|others| {
        let other = |(id, granted)| OtherDecision {
            item_id: ConsentItemId::new(id).unwrap(),
            granted,
        };
        others.into_iter().map(other).collect()
    })
}

proptest! {
    #[test]
    fn the_order_of_answers_changes_nothing_and_their_content_does(
        decisions in decisions(),
        others in others(),
        flipped in any::<prop::sample::Index>(),
    ) {
        let mut one = receipt(AT);
        (one.decisions, one.others) = (decisions, others);
        let mut sorted = one.clone();
        sorted.decisions.sort_by_key(|decision| decision.item);
        sorted.others.reverse();
        let bytes = |receipt: &Receipt| serde_json::to_vec(&Claims::receipt("x", receipt)).unwrap();
        prop_assert_eq!(bytes(&one), bytes(&sorted));
        let index = flipped.index(sorted.decisions.len());
        sorted.decisions[index].granted ^= true;
        prop_assert_ne!(bytes(&one), bytes(&sorted));
        // What is read back is what was signed, what nobody here knows too.
        let read: Claims = serde_json::from_slice(&bytes(&one)).unwrap();
        prop_assert_eq!(read.decisions.len(), one.decisions.len() + one.others.len());
        prop_assert_eq!(bytes(&one), serde_json::to_vec(&read).unwrap());
    }

    #[test]
    fn nothing_opens_what_was_not_agreed_to_or_is_over(
        decisions in prop::collection::vec((prop::sample::select(Item::ALL.to_vec()), any::<bool>()), 0..6),
        others in others(),
        withdrawn in prop::option::of(-5_i64..5),
        until in prop::option::of(-5_i64..5),
    ) {
        let mut one = receipt(AT);
        one.decisions = decisions.iter().map(|(item, granted)| Decision { item: *item, granted: *granted }).collect();
        one.others = others;
        one.withdrawal = withdrawn.map(|seconds| madoguchi_core::consent::Withdrawal {
            caller: CallerId::new("x").unwrap(),
            staff_id: None,
            reason: WithdrawalReason::Patient,
            withdrawn_at: AT + Duration::seconds(seconds),
            token: String::new(),
        });
        one.confirmation = until.map(|seconds| madoguchi_core::consent::Confirmation {
            said: Said {
                simulated: false,
                under_forty: None,
                windows: Item::ALL
                    .map(|item| Window {
                        item,
                        consented_at: None,
                        available_until: Some(AT + Duration::seconds(seconds)),
                    })
                    .into(),
            },
            recorded_at: AT,
            token: String::new(),
        });
        for item in Item::ALL {
            let said = |granted| decisions.contains(&(item, granted));
            let over = withdrawn.is_some_and(|at| at <= 0) || until.is_some_and(|at| at <= 0);
            prop_assert_eq!(one.grants(item, AT), said(true) && !said(false) && !over);
        }
    }
}

/// The form is what others check: a change of it is a change of the version.
#[test]
fn the_form_is_the_one_that_is_written_down() {
    let mut one = attested(AT);
    one.id = ReceiptId::new("r").unwrap();
    let claims = serde_json::to_string(&Claims::receipt("clinic-7", &one)).unwrap();
    let card = "cd".repeat(32);
    assert_eq!(
        claims,
        format!(
            r#"{{"iss":"clinic-7","iat":1795338000,"ver":1,"kind":"receipt","receipt_id":"r","card_key":"{card}","decisions":[{{"item":"dental","granted":true}},{{"item":"diagnosis","granted":true}},{{"item":"health_checkup","granted":false}},{{"item":"medication","granted":false}},{{"item":"surgery","granted":true}}],"wording_version":"2027-01","language":"ja","method":"paper","attestation":{{"form":"paper","staff_id":"staff-1","cause":"in_bed","document_reference":"2026-118"}}}}"#
        )
    );
}

#[test]
fn only_a_signed_consent_of_a_known_version_is_one() {
    let keys = MemoryKeys::generate().unwrap();
    let sign = |purpose, claims: &Claims| keys.sign(purpose, &serde_json::to_vec(claims).unwrap()).unwrap();
    let mut claims = Claims::receipt("x", &receipt(AT));
    assert_eq!(
        verify(&keys, &sign(Purpose::Consent, &claims)),
        Ok(claims.clone())
    );
    assert_eq!(
        verify(&keys, &sign(Purpose::Evidence, &claims)),
        Err(NotConsent::Unproven(Unproven::Purpose))
    );
    claims.ver = 2;
    assert_eq!(
        verify(&keys, &sign(Purpose::Consent, &claims)),
        Err(NotConsent::Version(2))
    );
    let empty = keys.sign(Purpose::Consent, b"{}").unwrap();
    assert_eq!(verify(&keys, &empty), Err(NotConsent::Claims));
}

/// Each name in a token stands in the page, and each name in the page in a token.
#[test]
fn the_page_names_every_claim_and_no_other() {
    let mut one = attested(AT);
    let mut visit = receipt(AT);
    visit.attestation = one.attestation.take();
    let said = Said {
        simulated: true,
        under_forty: Some(false),
        windows: vec![Window {
            item: Item::Surgery,
            consented_at: Some(AT),
            available_until: Some(AT),
        }],
    };
    let caller = CallerId::new("x").unwrap();
    let staff = Some(StaffId::new("y").unwrap());
    let texts = [
        Claims::receipt("x", &one),
        Claims::receipt("x", &visit),
        Claims::withdrawal("x", AT, &visit, caller, staff, WithdrawalReason::Patient),
        Claims::confirmation("x", AT, &visit, &said),
    ];
    let names = texts
        .iter()
        .flat_map(|claims| match serde_json::to_value(claims).unwrap() {
            serde_json::Value::Object(object) => object.into_iter().map(|(name, _)| name),
            other => panic!("{other}"),
        });
    let names: std::collections::BTreeSet<_> = names.collect();
    let page = include_str!("../../CLAIMS.md");
    let rows = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    assert_eq!(names, rows.map(str::to_owned).collect());
}
