//! Nothing unconsented may be provided: the one function that decides what an answer holds.

use madoguchi_core::certificate::Outcome;
use madoguchi_core::consent::{Item, Receipt};
use madoguchi_core::eligibility::{Answer, MedicalEntry};
use time::OffsetDateTime;

use crate::Record;

/// Cuts a record down to what may be shown. The insurance itself, 限度額 in it, needs no consent; medical data needs a
/// certificate that is good for everything *and* a receipt that agrees to exactly that item.
#[must_use]
pub fn cut(
    record: Record,
    certificate: Outcome,
    receipt: Option<&Receipt>,
    confirmed_at: OffsetDateTime,
) -> Answer {
    let only_if = |item, entries: Vec<MedicalEntry>| {
        (certificate == Outcome::Full && receipt.is_some_and(|receipt| receipt.grants(item, confirmed_at)))
            .then_some(entries)
    };
    Answer {
        // Whatever the certificate is, the data is made up.
        simulated: true,
        validity: record.validity,
        certificate_outcome: certificate,
        confirmed_at,
        insurances: record.insurances,
        diagnoses: only_if(Item::Diagnosis, record.diagnoses),
        medications: only_if(Item::Medication, record.medications),
        surgeries: only_if(Item::Surgery, record.surgeries),
        health_checkups: only_if(Item::HealthCheckup, record.health_checkups),
        // The stand-in gives everything it has at once and keeps no consent of its own.
        consent_windows: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use madoguchi_core::consent::{CaptureMethod, Decision};
    use madoguchi_core::eligibility::Validity;
    use madoguchi_core::{CheckInId, CounterId, ReceiptId};
    use proptest::prelude::*;
    use time::macros::{date, datetime};

    use super::*;
    use crate::made_up;

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

    /// Each item's entry says which item it is.
    fn marked() -> Record {
        let entry = |item: Item| {
            vec![MedicalEntry {
                date: date!(2025 - 1 - 1),
                facility: "f".to_owned(),
                text: mark(item),
            }]
        };
        Record {
            diagnoses: entry(Item::Diagnosis),
            medications: entry(Item::Medication),
            surgeries: entry(Item::Surgery),
            health_checkups: entry(Item::HealthCheckup),
            ..made_up("marked")
        }
    }

    fn mark(item: Item) -> String {
        format!("<<{}>>", item.as_str())
    }

    fn decisions() -> impl Strategy<Value = Vec<Decision>> {
        let decision = (prop::sample::select(Item::ALL.to_vec()), any::<bool>());
        prop::collection::vec(
            decision.prop_map(|(item, granted)| Decision { item, granted }),
            0..8,
        )
    }

    proptest! {
        #[test]
        fn nothing_unconsented_ever_gets_out(
            certificate in prop::sample::select(vec![Outcome::Full, Outcome::EligibilityOnly, Outcome::Refused]),
            decisions in prop::option::of(decisions()),
        ) {
            let receipt = decisions.clone().map(receipt);
            let answer = cut(marked(), certificate, receipt.as_ref(), AT);
            let visible = serde_json::to_string(&answer).unwrap();
            for item in Item::ALL {
                let said = |granted| decisions.iter().flatten().any(|d| d.item == item && d.granted == granted);
                let consented = certificate == Outcome::Full && said(true) && !said(false);
                prop_assert_eq!(visible.contains(&mark(item)), consented, "{}", item.as_str());
            }
            prop_assert!(answer.simulated, "made-up data that does not say so");
            // What needs no consent is always there.
            prop_assert_eq!(answer.validity, Validity::Valid);
            prop_assert_eq!(&answer.insurances, &marked().insurances);
            prop_assert!(answer.insurances[0].limit_classification.is_some());
            prop_assert_eq!((answer.certificate_outcome, answer.confirmed_at), (certificate, AT));
        }
    }

    #[test]
    fn consent_to_what_does_not_exist_is_an_empty_list_and_no_consent_is_none() {
        let record = Record {
            surgeries: vec![],
            ..marked()
        };
        let given = receipt(vec![Decision {
            item: Item::Surgery,
            granted: true,
        }]);
        assert_eq!(
            cut(record.clone(), Outcome::Full, Some(&given), AT).surgeries,
            Some(vec![])
        );
        assert_eq!(cut(record, Outcome::Full, None, AT).surgeries, None);
    }
}
