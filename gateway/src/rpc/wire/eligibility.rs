//! Eligibility.

mod read;

use madoguchi_core::eligibility::{
    Answer, Availability, Basis, BatchCheck, BatchResult, BatchState, BookingOutcome, Circuit, ConsentFlag,
    Insurance, MedicalEntry, NationalConsent, NationalItem, Processing, RawField, Report, Source, Status,
    Unmatched, Validity, What, Why,
};
use madoguchi_proto::eligibility::v1 as pb;

use super::{certificate, code, moment, text};

pub(crate) use read::{BadAnswer, answer_back, batch_back};

pub(crate) fn answer(answer: Answer) -> pb::EligibilityAnswer {
    use madoguchi_proto::certificate::v1::certificate_check::Outcome as WireOutcome;
    // Without a card there is no certificate that could be good for anything.
    let outcome = match answer.basis {
        Basis::Number => WireOutcome::Unspecified,
        Basis::Certificate | Basis::TerminalResult => certificate::outcome(answer.certificate_outcome),
    };
    pb::EligibilityAnswer {
        validity: validity(answer.validity).into(),
        certificate_outcome: outcome.into(),
        confirm_time: Some(moment(answer.confirmed_at)),
        insurances: answer.insurances.into_iter().map(insurance).collect(),
        diagnoses: answer.diagnoses.map(entries),
        medications: answer.medications.map(entries),
        surgeries: answer.surgeries.map(entries),
        health_checkups: answer.health_checkups.map(entries),
        simulated: answer.simulated,
        source: source(answer.source).into(),
        basis: match answer.basis {
            Basis::Certificate => pb::eligibility_answer::Basis::Certificate,
            Basis::TerminalResult => pb::eligibility_answer::Basis::TerminalResult,
            Basis::Number => pb::eligibility_answer::Basis::Number,
        }
        .into(),
        prescription_issue_select: answer.prescription_issue.unwrap_or_default(),
        processing: Some(processing(answer.processing)),
        reports: answer.reports.into_iter().map(report).collect(),
        raw_fields: answer.raw.into_iter().map(raw).collect(),
    }
}

const fn source(source: Source) -> pb::eligibility_answer::Source {
    match source {
        Source::StandIn => pb::eligibility_answer::Source::StandIn,
        Source::Remote => pb::eligibility_answer::Source::Remote,
        Source::Folder => pb::eligibility_answer::Source::Folder,
    }
}

const fn validity(validity: Validity) -> pb::eligibility_answer::Validity {
    use pb::eligibility_answer::Validity as Wire;
    match validity {
        Validity::Valid => Wire::Valid,
        Validity::Invalid => Wire::Invalid,
        Validity::InvalidWithNew => Wire::InvalidWithNew,
        Validity::NotFound => Wire::NotFound,
        Validity::Several => Wire::Several,
        Validity::ValidNotRegistered => Wire::ValidNotRegistered,
    }
}

fn processing(processing: Processing) -> pb::Processing {
    pb::Processing {
        execute_time: processing.executed_at.map(moment),
        confirmation_date: text(processing.confirmation_date),
        institution_code: processing.institution_code.unwrap_or_default(),
        reference_classification: processing.reference_classification.unwrap_or_default(),
        segment_of_result: processing.segment.unwrap_or_default(),
        error_code: processing.error_code.unwrap_or_default(),
        error_message: processing.error_message.unwrap_or_default(),
        result_status: processing.result_status.unwrap_or_default(),
        result_code: processing.result_code.unwrap_or_default(),
        result_message: processing.result_message.unwrap_or_default(),
    }
}

fn report(report: Report) -> pb::Report {
    use pb::report::Problem;
    let (problem, original) = match report.what {
        What::GaijiReplaced => (Problem::GaijiReplaced, Vec::new()),
        What::Unmappable { bytes } => (Problem::Unmappable, bytes),
        What::PrivateUse => (Problem::PrivateUse, Vec::new()),
        What::Malformed => (Problem::Malformed, Vec::new()),
        What::UnknownElement => (Problem::UnknownElement, Vec::new()),
        What::LeftOut => (Problem::LeftOut, Vec::new()),
    };
    pb::Report {
        insurance_index: report.insurance,
        path: report.path,
        character_index: report.index,
        problem: problem.into(),
        original,
    }
}

fn raw(field: RawField) -> pb::RawField {
    pb::RawField {
        path: field.path,
        value: field.value,
    }
}

// `Date` shows itself in ISO 8601.
fn insurance(one: Insurance) -> pb::Insurance {
    pb::Insurance {
        insurer_number: one.insurer_number,
        insurer_name: one.insurer_name,
        symbol: one.symbol.unwrap_or_default(),
        number: one.number,
        branch_number: one.branch_number.unwrap_or_default(),
        name: one.name,
        name_kana: one.name_kana.unwrap_or_default(),
        birth_date: text(one.birth_date),
        sex: one.sex.into(),
        address: one.address.unwrap_or_default(),
        contribution_percent: one.contribution_percent.map(u32::from),
        qualification_date: text(one.qualified_on),
        disqualification_date: text(one.disqualified_on),
        limit_classification: one.limit_classification.unwrap_or_default(),
        card_classification: one.card_classification.unwrap_or_default(),
        personal_family_classification: one.relation.unwrap_or_default(),
        insured_name: one.insured_name.unwrap_or_default(),
        name_of_other: one.name_of_other.unwrap_or_default(),
        name_of_other_kana: one.name_of_other_kana.unwrap_or_default(),
        sex2: one.sex2.map(u32::from),
        post_number: one.post_number.unwrap_or_default(),
        issue_date: text(one.issued_on),
        valid_start_date: text(one.valid_from),
        valid_end_date: text(one.valid_until),
        preschool_classification: one.preschool.unwrap_or_default(),
        reason_of_loss: one.loss_reason.unwrap_or_default(),
        elderly_certificate: one.elderly.map(|elderly| pb::ElderlyCertificate {
            issue_date: text(elderly.issued_on),
            valid_start_date: text(elderly.valid_from),
            valid_end_date: text(elderly.valid_until),
            contribution_percent: elderly.contribution_percent.map(u32::from),
        }),
        limit_certificate: one.limit.map(|limit| pb::LimitCertificate {
            certificate: limit.certificate.unwrap_or_default(),
            classification: limit.classification.unwrap_or_default(),
            issue_date: text(limit.issued_on),
            valid_start_date: text(limit.valid_from),
            valid_end_date: text(limit.valid_until),
            long_term_date: text(limit.long_term_on),
        }),
        specific_diseases: one
            .specific_diseases
            .into_iter()
            .map(|disease| pb::SpecificDisease {
                category: disease.category.unwrap_or_default(),
                issue_date: text(disease.issued_on),
                valid_start_date: text(disease.valid_from),
                valid_end_date: text(disease.valid_until),
                self_pay_yen: disease.self_pay_yen,
            })
            .collect(),
        public_expenses: one
            .public_expenses
            .into_iter()
            .map(|ticket| pb::PublicExpense {
                ticket_type: ticket.ticket_type.unwrap_or_default(),
                issue_number: ticket.issue_number.unwrap_or_default(),
                treatment_month: ticket.treatment_month.unwrap_or_default(),
                valid_start_date: text(ticket.valid_from),
                valid_end_date: text(ticket.valid_until),
                institution_code: ticket.institution_code.unwrap_or_default(),
                institution_name: ticket.institution_name.unwrap_or_default(),
                self_pay_yen: ticket.self_pay_yen,
            })
            .collect(),
        national_consents: one.consents.into_iter().map(consent).collect(),
        reference_number: one.reference_number.unwrap_or_default(),
        raw_fields: one.raw.into_iter().map(raw).collect(),
    }
}

fn consent(consent: NationalConsent) -> pb::NationalConsent {
    use pb::national_consent::{Flag, Item};
    pb::NationalConsent {
        item: match consent.item {
            NationalItem::LimitCertificate => Item::LimitCertificate,
            NationalItem::SpecificDiseases => Item::SpecificDiseases,
            NationalItem::HealthCheckup => Item::HealthCheckup,
            NationalItem::Medication => Item::Medication,
            NationalItem::Diagnosis => Item::Diagnosis,
            NationalItem::Surgery => Item::Surgery,
        }
        .into(),
        flag: match consent.flag {
            ConsentFlag::NotGiven => Flag::NotGiven,
            ConsentFlag::Given => Flag::Given,
            ConsentFlag::Expired => Flag::Expired,
            ConsentFlag::Unobtainable => Flag::Unobtainable,
        }
        .into(),
        give_time: consent.given_at.map(moment),
        available_time: consent.available_until.map(moment),
    }
}

fn entries(entries: Vec<MedicalEntry>) -> pb::MedicalEntries {
    let entry = |one: MedicalEntry| pb::MedicalEntry {
        date: one.date.to_string(),
        facility: one.facility,
        text: one.text,
    };
    pb::MedicalEntries {
        entries: entries.into_iter().map(entry).collect(),
    }
}

pub(crate) fn batch(batch: BatchCheck) -> pb::BatchCheck {
    use pb::batch_check::State;
    pb::BatchCheck {
        batch_check_id: batch.id.into(),
        state: match batch.state {
            BatchState::Accepted => State::Accepted,
            BatchState::Running => State::Running,
            BatchState::Done => State::Done,
            BatchState::Failed => State::Failed,
        }
        .into(),
        results: batch.results.into_iter().map(batch_result).collect(),
        reason: code(batch.reason),
        booking_count: u32::try_from(batch.bookings.len()).unwrap_or(u32::MAX),
        create_time: Some(moment(batch.created_at)),
        update_time: Some(moment(batch.updated_at)),
    }
}

fn batch_result(result: BatchResult) -> pb::BookingResult {
    let (found, reason) = match result.outcome {
        BookingOutcome::Answered(found) => (Some(answer(*found)), None),
        BookingOutcome::Failed(reason) => (None, Some(reason)),
    };
    pb::BookingResult {
        reference: result.reference,
        answer: found,
        reason: code(reason),
    }
}

pub(crate) fn unmatched(one: Unmatched) -> pb::UnmatchedResult {
    use pb::unmatched_result::Cause;
    pb::UnmatchedResult {
        result_id: one.id.into(),
        confirm_time: one.confirmed_at.map(moment),
        find_time: Some(moment(one.found_at)),
        cause: match one.why {
            Why::NoVisit => Cause::NoVisit,
            Why::SeveralVisits => Cause::SeveralVisits,
            Why::SeveralResults => Cause::SeveralResults,
            Why::OtherPerson => Cause::OtherPerson,
        }
        .into(),
        candidate_check_in_ids: one.candidates.into_iter().map(Into::into).collect(),
        insurances: one.insurances.into_iter().map(insurance).collect(),
    }
}

pub(crate) fn status(status: Status) -> pb::EligibilityStatus {
    use pb::eligibility_status::{Availability as WireAvailability, Circuit as WireCircuit};
    pb::EligibilityStatus {
        source: source(status.source).into(),
        availability: match status.availability {
            Availability::Unknown => WireAvailability::Unknown,
            Availability::Available => WireAvailability::Available,
            Availability::Away => WireAvailability::Away,
        }
        .into(),
        circuit: match status.circuit {
            None => WireCircuit::Unspecified,
            Some(Circuit::Closed) => WireCircuit::Closed,
            Some(Circuit::Open) => WireCircuit::Open,
            Some(Circuit::HalfOpen) => WireCircuit::HalfOpen,
        }
        .into(),
        consecutive_failure_count: status.consecutive_failures,
        last_success_time: status.last_success_at.map(moment),
        last_failure_time: status.last_failure_at.map(moment),
        last_failure_reason: code(status.last_failure),
        next_try_time: status.next_try_at.map(moment),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use madoguchi_core::certificate::Outcome;
    use madoguchi_core::eligibility::{Basis, Processing, Source};
    use time::macros::{date, datetime};

    #[test]
    fn an_answer_keeps_what_it_holds_and_shows_absence_as_absence() {
        let insured = Insurance {
            insurer_number: "06139463".to_owned(),
            insurer_name: "組合".to_owned(),
            symbol: Some("記".to_owned()),
            number: "12".to_owned(),
            branch_number: None,
            name: "窓口　花子".to_owned(),
            name_kana: None,
            birth_date: Some(date!(1980 - 02 - 03)),
            sex: 2,
            address: None,
            contribution_percent: Some(30),
            qualified_on: Some(date!(2020 - 04 - 01)),
            disqualified_on: None,
            limit_classification: Some("ウ".to_owned()),
            ..Insurance::default()
        };
        let wire = answer(Answer {
            simulated: true,
            validity: Validity::Valid,
            certificate_outcome: Outcome::Full,
            confirmed_at: datetime!(2026-11-22 00:00:00.5 UTC),
            insurances: vec![insured],
            diagnoses: Some(vec![]),
            medications: Some(vec![MedicalEntry {
                date: date!(2026 - 01 - 02),
                facility: "医院".to_owned(),
                text: "薬".to_owned(),
            }]),
            surgeries: None,
            health_checkups: None,
            consent_windows: Vec::new(),
            source: Source::StandIn,
            basis: Basis::Certificate,
            prescription_issue: None,
            processing: Processing::default(),
            reports: vec![],
            raw: vec![],
        });
        assert_eq!(wire.validity(), pb::eligibility_answer::Validity::Valid);
        assert!(wire.simulated);
        assert_eq!(wire.confirm_time.unwrap().nanos, 500_000_000);
        let one = &wire.insurances[0];
        assert_eq!(
            (one.birth_date.as_str(), one.qualification_date.as_str()),
            ("1980-02-03", "2020-04-01")
        );
        assert_eq!(
            (one.branch_number.as_str(), one.disqualification_date.as_str()),
            ("", "")
        );
        assert_eq!(
            (one.contribution_percent, one.limit_classification.as_str()),
            (Some(30), "ウ")
        );
        assert_eq!(wire.diagnoses.unwrap().entries.len(), 0);
        assert_eq!(wire.medications.unwrap().entries[0].date, "2026-01-02");
        assert!(wire.surgeries.is_none() && wire.health_checkups.is_none());
    }
}
