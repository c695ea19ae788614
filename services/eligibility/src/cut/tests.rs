use madoguchi_core::consent::{CaptureMethod, Decision};
use madoguchi_core::eligibility::{ConsentFlag, RawField, Source, SpecificDisease, Validity, What};
use madoguchi_core::{CheckInId, CounterId, ReceiptId};
use proptest::prelude::*;
use time::Duration;
use time::macros::{date, datetime};

use super::*;
use crate::made_up;
use crate::observed::canonical;

const AT: OffsetDateTime = datetime!(2026-11-22 09:00 UTC);

fn receipt(decisions: Vec<Decision>) -> Receipt {
    Receipt {
        id: ReceiptId::generate(),
        check_in_id: Some(CheckInId::generate()),
        counter_id: Some(CounterId::new("counter-1").unwrap()),
        card_key: None,
        others: Vec::new(),
        attestation: None,
        requester: None,
        purpose: String::new(),
        token: None,
        confirmation: None,
        withdrawal: None,
        certificate_thumbprint: "ab".repeat(32),
        decisions,
        wording_version: "2026-11".to_owned(),
        language: "ja".to_owned(),
        method: CaptureMethod::Client,
        recorded_at: AT,
    }
}

fn mark(item: Item) -> String {
    format!("<<{}>>", item.as_str())
}

const DISEASE: &str = "<<disease>>";
const UNKNOWN: &str = "<<unknown>>";

/// Each item's entry says which item it is; 特定疾病 and an element that nobody knows do too.
fn marked(consents: Vec<NationalConsent>, unknown: Option<bool>) -> Record {
    let entry = |item: Item| {
        Some(vec![MedicalEntry {
            date: date!(2025 - 1 - 1),
            facility: "f".to_owned(),
            text: mark(item),
        }])
    };
    let mut record = made_up("marked");
    record.insurances[0].consents = consents;
    record.insurances[0].specific_diseases = vec![SpecificDisease {
        category: Some(DISEASE.to_owned()),
        ..SpecificDisease::default()
    }];
    let mut record = canonical(record);
    let mut raw = |path: &str, value: &str| {
        record.insurances[0].raw.push(RawField {
            path: path.to_owned(),
            value: value.to_owned(),
        });
    };
    raw("AllergyList/AllergyName", UNKNOWN);
    if let Some(given) = unknown {
        raw("AllergyInfoConsFlg", if given { "1" } else { "0" });
    }
    record.reports.push(Report {
        insurance: Some(0),
        path: "AllergyList/AllergyName".to_owned(),
        index: None,
        what: What::UnknownElement,
    });
    Record {
        diagnoses: entry(Item::Diagnosis),
        medications: entry(Item::Medication),
        surgeries: entry(Item::Surgery),
        health_checkups: entry(Item::HealthCheckup),
        ..record
    }
}

fn decisions() -> impl Strategy<Value = Vec<Decision>> {
    let decision = (prop::sample::select(Item::ALL.to_vec()), any::<bool>());
    prop::collection::vec(
        decision.prop_map(|(item, granted)| Decision { item, granted }),
        0..8,
    )
}

fn national() -> impl Strategy<Value = Vec<NationalConsent>> {
    let items = vec![
        NationalItem::LimitCertificate,
        NationalItem::SpecificDiseases,
        NationalItem::HealthCheckup,
        NationalItem::Medication,
        NationalItem::Diagnosis,
        NationalItem::Surgery,
    ];
    let one = |item| {
        let flags = vec![
            ConsentFlag::NotGiven,
            ConsentFlag::Given,
            ConsentFlag::Given,
            ConsentFlag::Expired,
            ConsentFlag::Unobtainable,
        ];
        (
            prop::option::of(prop::sample::select(flags)),
            prop::option::of(-2i64..3),
        )
            .prop_map(move |(flag, hours)| {
                flag.map(|flag| NationalConsent {
                    item,
                    flag,
                    given_at: Some(AT - Duration::DAY),
                    available_until: hours.map(|hours| AT + Duration::hours(hours)),
                })
            })
    };
    let each: Vec<_> = items.into_iter().map(one).collect();
    each.prop_map(|each| each.into_iter().flatten().collect())
}

proptest! {
    #[test]
    fn nothing_unconsented_ever_gets_out(
        certificate in prop::sample::select(vec![Outcome::Full, Outcome::EligibilityOnly, Outcome::Refused]),
        basis in prop::sample::select(vec![Basis::Certificate, Basis::TerminalResult, Basis::Number]),
        decisions in prop::option::of(decisions()),
        national in national(),
        unknown in prop::option::of(any::<bool>()),
    ) {
        let receipt = decisions.clone().map(receipt);
        let record = marked(national.clone(), unknown);
        let answer = cut(record.clone(), basis, certificate, receipt.as_ref(), AT);
        let visible = serde_json::to_string(&answer).unwrap();
        let flag = |item| national.iter().find(|consent| consent.item == item).map(|consent| {
            consent.flag == ConsentFlag::Given && consent.available_until.is_none_or(|until| until > AT)
        });
        for (item, its) in [
            (Item::Diagnosis, NationalItem::Diagnosis),
            (Item::Medication, NationalItem::Medication),
            (Item::Surgery, NationalItem::Surgery),
            (Item::HealthCheckup, NationalItem::HealthCheckup),
        ] {
            let said = |granted| decisions.iter().flatten().any(|d| d.item == item && d.granted == granted);
            let consented = certificate == Outcome::Full
                && basis != Basis::Number
                && said(true)
                && !said(false)
                && flag(its) != Some(false);
            prop_assert_eq!(visible.contains(&mark(item)), consented, "{}", item.as_str());
        }
        let diseases = flag(NationalItem::SpecificDiseases) == Some(true);
        prop_assert_eq!(visible.contains(DISEASE), diseases);
        prop_assert_eq!(visible.contains(UNKNOWN), unknown != Some(false));
        prop_assert_eq!(visible.contains("AllergyName"), unknown != Some(false), "a report tells no more than the data");
        prop_assert!(answer.simulated, "made-up data that does not say so");
        // What needs no consent is always there.
        prop_assert_eq!(answer.validity, Validity::Valid);
        prop_assert_eq!(&answer.insurances[0].name, &record.insurances[0].name);
        prop_assert_eq!(&answer.insurances[0].consents, &national);
        prop_assert!(answer.insurances[0].limit_classification.is_some());
        let limit = "LimitApplicationCertificateRelatedInfo/LimitApplicationCertificateClassificationFlag";
        prop_assert!(answer.insurances[0].raw_value(limit).is_some());
        prop_assert_eq!((answer.certificate_outcome, answer.confirmed_at), (certificate, AT));
        prop_assert_eq!((answer.basis, answer.source), (basis, Source::StandIn));
        // Shown again it is what would be answered then, and taken back it is nothing.
        prop_assert_eq!(&still(answer.clone(), receipt.as_ref(), AT), &answer);
        let later = AT + Duration::hours(2);
        let then = cut(record, basis, certificate, receipt.as_ref(), later);
        let shown = still(answer, receipt.as_ref(), later);
        prop_assert_eq!(&shown, &Answer { confirmed_at: AT, ..then });
        let none = still(shown, None, later);
        prop_assert!(none.diagnoses.is_none() && none.medications.is_none());
        prop_assert!(none.surgeries.is_none() && none.health_checkups.is_none());
    }
}

#[test]
fn consent_to_what_does_not_exist_is_an_empty_list_and_what_nobody_knows_is_none() {
    let record = Record {
        surgeries: Some(vec![]),
        ..marked(vec![], None)
    };
    let given = receipt(vec![Decision {
        item: Item::Surgery,
        granted: true,
    }]);
    let surgeries = |receipt| {
        let answer = cut(record.clone(), Basis::Certificate, Outcome::Full, receipt, AT);
        answer.surgeries
    };
    assert_eq!(surgeries(Some(&given)), Some(vec![]));
    assert_eq!(surgeries(None), None);
    // "There is none" is not what a back end says that never asked.
    let record = Record::new(Source::Folder, Validity::Valid, vec![]);
    let answer = cut(record, Basis::TerminalResult, Outcome::Full, Some(&given), AT);
    assert_eq!(answer.surgeries, None);
}
