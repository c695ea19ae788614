//! Nothing unconsented may be provided: what decides what an answer holds, when it comes and each time it is shown again.

use madoguchi_core::certificate::Outcome;
use madoguchi_core::consent::{Item, Receipt, Window};
use madoguchi_core::eligibility::{
    Answer, Basis, ConsentFlag, Insurance, MedicalEntry, NationalConsent, NationalItem, Report,
};
use time::OffsetDateTime;

use crate::Record;
use crate::observed::flags::Flags;

/// Cuts a record down to what may be shown. The insurance itself, 限度額 in it, needs no consent. Medical data needs a
/// certificate that is good for everything, a receipt that grants exactly that item now, *and* that the national
/// service, where it has a flag for the item, has it as given and not expired. 特定疾病 and whatever else comes with a
/// consent flag of its own goes by that flag. What the back end does not know stays unknown, whoever consented.
#[must_use]
pub fn cut(
    record: Record,
    basis: Basis,
    certificate: Outcome,
    receipt: Option<&Receipt>,
    confirmed_at: OffsetDateTime,
) -> Answer {
    let consents: Vec<NationalConsent> = record
        .insurances
        .iter()
        .flat_map(|insurance| insurance.consents.iter().cloned())
        .collect();
    let gate = Gate {
        basis,
        certificate,
        receipt,
        consents: &consents,
    };
    let only_if =
        |item, entries: Option<Vec<MedicalEntry>>| entries.filter(|_| gate.opens(item, confirmed_at));
    let consent_windows = windows(&consents);
    let mut reports = record.reports;
    let insurances = (0u32..)
        .zip(record.insurances)
        .map(|(index, insurance)| cut_insurance(index, insurance, &mut reports, confirmed_at))
        .collect();
    Answer {
        simulated: record.simulated,
        validity: record.validity,
        certificate_outcome: certificate,
        confirmed_at,
        insurances,
        diagnoses: only_if(Item::Diagnosis, record.diagnoses),
        medications: only_if(Item::Medication, record.medications),
        surgeries: only_if(Item::Surgery, record.surgeries),
        health_checkups: only_if(Item::HealthCheckup, record.health_checkups),
        consent_windows,
        source: record.source,
        basis,
        prescription_issue: record.prescription_issue,
        processing: record.processing,
        reports,
        raw: record.raw,
    }
}

/// What is left of an answer that was kept: what was taken back or is over since is not in it any more, and nothing
/// comes back into it.
#[must_use]
pub fn still(mut answer: Answer, receipt: Option<&Receipt>, now: OffsetDateTime) -> Answer {
    let consents: Vec<NationalConsent> = answer
        .insurances
        .iter()
        .flat_map(|insurance| insurance.consents.iter().cloned())
        .collect();
    let gate = Gate {
        basis: answer.basis,
        certificate: answer.certificate_outcome,
        receipt,
        consents: &consents,
    };
    answer.diagnoses = answer.diagnoses.filter(|_| gate.opens(Item::Diagnosis, now));
    answer.medications = answer.medications.filter(|_| gate.opens(Item::Medication, now));
    answer.surgeries = answer.surgeries.filter(|_| gate.opens(Item::Surgery, now));
    answer.health_checkups = answer
        .health_checkups
        .filter(|_| gate.opens(Item::HealthCheckup, now));
    let reports = &mut answer.reports;
    let insurances = (0u32..).zip(answer.insurances);
    answer.insurances = insurances
        .map(|(index, insurance)| cut_insurance(index, insurance, reports, now))
        .collect();
    answer
}

/// What has to be so before medical data leaves.
struct Gate<'a> {
    basis: Basis,
    certificate: Outcome,
    receipt: Option<&'a Receipt>,
    consents: &'a [NationalConsent],
}

impl Gate<'_> {
    fn opens(&self, item: Item, at: OffsetDateTime) -> bool {
        self.certificate == Outcome::Full
            && self.basis != Basis::Number
            && self.receipt.is_some_and(|receipt| receipt.grants(item, at))
            && nationally(self.consents, item, at)
    }
}

/// Takes out what the national service's own flags do not open, with what was reported of it.
fn cut_insurance(
    index: u32,
    mut insurance: Insurance,
    reports: &mut Vec<Report>,
    at: OffsetDateTime,
) -> Insurance {
    let flags = Flags::of(&insurance.raw);
    let diseases = |consent: &NationalConsent| consent.item == NationalItem::SpecificDiseases;
    let typed = insurance
        .consents
        .iter()
        .any(|consent| diseases(consent) && consent.grants(at));
    if !typed {
        insurance.specific_diseases.clear();
    }
    let open = |path: &str| flags.open(path, at);
    insurance.raw.retain(|field| open(&field.path));
    reports.retain(|report| report.insurance != Some(index) || open(&report.path));
    insurance
}

/// What the national service says of the item, where it says anything: every flag must open it.
fn nationally(consents: &[NationalConsent], item: Item, at: OffsetDateTime) -> bool {
    let national = match item {
        Item::Diagnosis => NationalItem::Diagnosis,
        Item::Medication => NationalItem::Medication,
        Item::Surgery => NationalItem::Surgery,
        Item::HealthCheckup => NationalItem::HealthCheckup,
    };
    consents
        .iter()
        .filter(|consent| consent.item == national)
        .all(|consent| consent.grants(at))
}

/// Until when the national service gives what it was given consent for.
fn windows(consents: &[NationalConsent]) -> Vec<Window> {
    let window = |consent: &NationalConsent| {
        let item = match consent.item {
            NationalItem::Diagnosis => Item::Diagnosis,
            NationalItem::Medication => Item::Medication,
            NationalItem::Surgery => Item::Surgery,
            NationalItem::HealthCheckup => Item::HealthCheckup,
            NationalItem::LimitCertificate | NationalItem::SpecificDiseases => return None,
        };
        Some(Window {
            item,
            consented_at: consent.given_at,
            available_until: consent.available_until,
        })
    };
    let given = consents
        .iter()
        .filter(|consent| consent.flag == ConsentFlag::Given);
    given.filter_map(window).collect()
}

#[cfg(test)]
mod tests;
