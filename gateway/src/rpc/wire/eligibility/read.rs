//! What another eligibility service says, read back. Nothing is taken for granted: what is not understood is no answer.

use madoguchi_core::Reason;
use madoguchi_core::certificate::Outcome;
use madoguchi_core::clock::parse_day;
use madoguchi_core::eligibility::{
    Answer, Basis, BatchResult, BookingOutcome, ConsentFlag, ElderlyCertificate, Insurance, LimitCertificate,
    MedicalEntry, NationalConsent, NationalItem, Processing, PublicExpense, RawField, Report, Source,
    SpecificDisease, Validity, What,
};
use madoguchi_proto::certificate::v1::certificate_check::Outcome as WireOutcome;
use madoguchi_proto::eligibility::v1 as pb;
use time::{Date, OffsetDateTime};

/// A field of an answer that cannot be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} cannot be understood")]
pub(crate) struct BadAnswer(&'static str);

type Read<T> = Result<T, BadAnswer>;

/// An answer as another service cut it.
pub(crate) fn answer_back(wire: pb::EligibilityAnswer) -> Read<Answer> {
    let basis = match wire.basis() {
        pb::eligibility_answer::Basis::Certificate => Basis::Certificate,
        pb::eligibility_answer::Basis::TerminalResult => Basis::TerminalResult,
        pb::eligibility_answer::Basis::Number => Basis::Number,
        pb::eligibility_answer::Basis::Unspecified => return Err(BadAnswer("basis")),
    };
    let outcome = match (wire.certificate_outcome(), basis) {
        (WireOutcome::Full, Basis::Certificate | Basis::TerminalResult) => Outcome::Full,
        (WireOutcome::EligibilityOnly, _) | (WireOutcome::Unspecified, Basis::Number) => {
            Outcome::EligibilityOnly
        }
        _ => return Err(BadAnswer("certificate_outcome")),
    };
    use pb::eligibility_answer::Validity as Wire;
    let validity = match wire.validity() {
        Wire::Valid => Validity::Valid,
        Wire::Invalid => Validity::Invalid,
        Wire::InvalidWithNew => Validity::InvalidWithNew,
        Wire::NotFound => Validity::NotFound,
        Wire::Several => Validity::Several,
        Wire::ValidNotRegistered => Validity::ValidNotRegistered,
        Wire::Unspecified => return Err(BadAnswer("validity")),
    };
    let confirmed_at = moment("confirm_time", wire.confirm_time)?.ok_or(BadAnswer("confirm_time"))?;
    let each = |entries: Option<pb::MedicalEntries>| entries.map(medical).transpose();
    Ok(Answer {
        simulated: wire.simulated,
        validity,
        certificate_outcome: outcome,
        confirmed_at,
        insurances: wire.insurances.into_iter().map(insurance).collect::<Read<_>>()?,
        diagnoses: each(wire.diagnoses)?,
        medications: each(wire.medications)?,
        surgeries: each(wire.surgeries)?,
        health_checkups: each(wire.health_checkups)?,
        consent_windows: Vec::new(),
        source: Source::Remote,
        basis,
        prescription_issue: optional(wire.prescription_issue_select),
        processing: processing(wire.processing.unwrap_or_default())?,
        reports: wire.reports.into_iter().map(report).collect::<Read<_>>()?,
        raw: wire.raw_fields.into_iter().map(raw).collect(),
    })
}

/// The results of a batch; none while it is not over.
pub(crate) fn batch_back(wire: pb::BatchCheck) -> Read<Result<Option<Vec<BatchResult>>, Reason>> {
    use pb::batch_check::State;
    match wire.state() {
        State::Accepted | State::Running => Ok(Ok(None)),
        State::Failed => Ok(Err(wire.reason.parse().unwrap_or(Reason::EligibilityRefused))),
        State::Done => {
            let results = wire.results.into_iter().map(|result| {
                let outcome = match result.answer {
                    Some(answer) => BookingOutcome::Answered(Box::new(answer_back(answer)?)),
                    None => {
                        BookingOutcome::Failed(result.reason.parse().unwrap_or(Reason::EligibilityRefused))
                    }
                };
                Ok(BatchResult {
                    reference: result.reference,
                    outcome,
                })
            });
            Ok(Ok(Some(results.collect::<Read<_>>()?)))
        }
        State::Unspecified => Err(BadAnswer("state")),
    }
}

fn optional(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn date(field: &'static str, text: &str) -> Read<Option<Date>> {
    if text.is_empty() {
        return Ok(None);
    }
    parse_day(text).map(Some).map_err(|_| BadAnswer(field))
}

fn moment(field: &'static str, wire: Option<prost_types::Timestamp>) -> Read<Option<OffsetDateTime>> {
    let Some(wire) = wire else { return Ok(None) };
    let read = OffsetDateTime::from_unix_timestamp(wire.seconds).ok();
    let nanos = u32::try_from(wire.nanos).map_err(|_| BadAnswer(field))?;
    let read = read.and_then(|at| at.replace_nanosecond(nanos).ok());
    read.map(Some).ok_or(BadAnswer(field))
}

fn small(field: &'static str, value: u32) -> Read<u8> {
    u8::try_from(value).map_err(|_| BadAnswer(field))
}

fn percent(field: &'static str, value: Option<u32>) -> Read<Option<u8>> {
    value.map(|value| small(field, value)).transpose()
}

fn raw(field: pb::RawField) -> RawField {
    RawField {
        path: field.path,
        value: field.value,
    }
}

fn medical(entries: pb::MedicalEntries) -> Read<Vec<MedicalEntry>> {
    let entries = entries.entries.into_iter().map(|entry| {
        Ok(MedicalEntry {
            date: date("date", &entry.date)?.ok_or(BadAnswer("date"))?,
            facility: entry.facility,
            text: entry.text,
        })
    });
    entries.collect()
}

fn processing(wire: pb::Processing) -> Read<Processing> {
    Ok(Processing {
        executed_at: moment("execute_time", wire.execute_time)?,
        confirmation_date: date("confirmation_date", &wire.confirmation_date)?,
        institution_code: optional(wire.institution_code),
        reference_classification: optional(wire.reference_classification),
        segment: optional(wire.segment_of_result),
        error_code: optional(wire.error_code),
        error_message: optional(wire.error_message),
        result_status: optional(wire.result_status),
        result_code: optional(wire.result_code),
        result_message: optional(wire.result_message),
    })
}

fn report(wire: pb::Report) -> Read<Report> {
    use pb::report::Problem;
    let what = match wire.problem() {
        Problem::GaijiReplaced => What::GaijiReplaced,
        Problem::Unmappable => What::Unmappable { bytes: wire.original },
        Problem::PrivateUse => What::PrivateUse,
        Problem::Malformed => What::Malformed,
        Problem::UnknownElement => What::UnknownElement,
        Problem::LeftOut => What::LeftOut,
        Problem::Unspecified => return Err(BadAnswer("problem")),
    };
    Ok(Report {
        insurance: wire.insurance_index,
        path: wire.path,
        index: wire.character_index,
        what,
    })
}

fn insurance(one: pb::Insurance) -> Read<Insurance> {
    let elderly = one.elderly_certificate.map(|elderly| {
        Ok(ElderlyCertificate {
            issued_on: date("issue_date", &elderly.issue_date)?,
            valid_from: date("valid_start_date", &elderly.valid_start_date)?,
            valid_until: date("valid_end_date", &elderly.valid_end_date)?,
            contribution_percent: percent("contribution_percent", elderly.contribution_percent)?,
        })
    });
    let limit = one.limit_certificate.map(|limit| {
        Ok(LimitCertificate {
            certificate: optional(limit.certificate),
            classification: optional(limit.classification),
            issued_on: date("issue_date", &limit.issue_date)?,
            valid_from: date("valid_start_date", &limit.valid_start_date)?,
            valid_until: date("valid_end_date", &limit.valid_end_date)?,
            long_term_on: date("long_term_date", &limit.long_term_date)?,
        })
    });
    let diseases = one.specific_diseases.into_iter().map(|disease| {
        Ok(SpecificDisease {
            category: optional(disease.category),
            issued_on: date("issue_date", &disease.issue_date)?,
            valid_from: date("valid_start_date", &disease.valid_start_date)?,
            valid_until: date("valid_end_date", &disease.valid_end_date)?,
            self_pay_yen: disease.self_pay_yen,
        })
    });
    let tickets = one.public_expenses.into_iter().map(|ticket| {
        Ok(PublicExpense {
            ticket_type: optional(ticket.ticket_type),
            issue_number: optional(ticket.issue_number),
            treatment_month: optional(ticket.treatment_month),
            valid_from: date("valid_start_date", &ticket.valid_start_date)?,
            valid_until: date("valid_end_date", &ticket.valid_end_date)?,
            institution_code: optional(ticket.institution_code),
            institution_name: optional(ticket.institution_name),
            self_pay_yen: ticket.self_pay_yen,
        })
    });
    Ok(Insurance {
        insurer_number: one.insurer_number,
        insurer_name: one.insurer_name,
        symbol: optional(one.symbol),
        number: one.number,
        branch_number: optional(one.branch_number),
        name: one.name,
        name_kana: optional(one.name_kana),
        birth_date: date("birth_date", &one.birth_date)?,
        sex: small("sex", one.sex)?,
        address: optional(one.address),
        contribution_percent: percent("contribution_percent", one.contribution_percent)?,
        qualified_on: date("qualification_date", &one.qualification_date)?,
        disqualified_on: date("disqualification_date", &one.disqualification_date)?,
        limit_classification: optional(one.limit_classification),
        card_classification: optional(one.card_classification),
        relation: optional(one.personal_family_classification),
        insured_name: optional(one.insured_name),
        name_of_other: optional(one.name_of_other),
        name_of_other_kana: optional(one.name_of_other_kana),
        sex2: percent("sex2", one.sex2)?,
        post_number: optional(one.post_number),
        issued_on: date("issue_date", &one.issue_date)?,
        valid_from: date("valid_start_date", &one.valid_start_date)?,
        valid_until: date("valid_end_date", &one.valid_end_date)?,
        preschool: optional(one.preschool_classification),
        loss_reason: optional(one.reason_of_loss),
        elderly: elderly.transpose()?,
        limit: limit.transpose()?,
        specific_diseases: diseases.collect::<Read<_>>()?,
        public_expenses: tickets.collect::<Read<_>>()?,
        consents: one
            .national_consents
            .into_iter()
            .map(consent)
            .collect::<Read<_>>()?,
        reference_number: optional(one.reference_number),
        raw: one.raw_fields.into_iter().map(raw).collect(),
    })
}

fn consent(wire: pb::NationalConsent) -> Read<NationalConsent> {
    use pb::national_consent::{Flag, Item};
    Ok(NationalConsent {
        item: match wire.item() {
            Item::LimitCertificate => NationalItem::LimitCertificate,
            Item::SpecificDiseases => NationalItem::SpecificDiseases,
            Item::HealthCheckup => NationalItem::HealthCheckup,
            Item::Medication => NationalItem::Medication,
            Item::Diagnosis => NationalItem::Diagnosis,
            Item::Surgery => NationalItem::Surgery,
            Item::Unspecified => return Err(BadAnswer("item")),
        },
        flag: match wire.flag() {
            Flag::NotGiven => ConsentFlag::NotGiven,
            Flag::Given => ConsentFlag::Given,
            Flag::Expired => ConsentFlag::Expired,
            Flag::Unobtainable => ConsentFlag::Unobtainable,
            Flag::Unspecified => return Err(BadAnswer("flag")),
        },
        given_at: moment("give_time", wire.give_time)?,
        available_until: moment("available_time", wire.available_time)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::wire::eligibility::answer;
    use madoguchi_eligibility::observed::canonical;
    use madoguchi_eligibility::{cut, made_up};

    #[test]
    fn an_answer_is_the_same_on_the_other_side_of_the_line() {
        let at = time::macros::datetime!(2026-11-26 09:00:00.5 UTC);
        let mut record = made_up("somebody");
        record.source = Source::Remote;
        let one = &mut record.insurances[0];
        one.name = "見本　●".to_owned();
        one.specific_diseases = vec![SpecificDisease {
            self_pay_yen: Some(10_000),
            ..SpecificDisease::default()
        }];
        one.consents = vec![NationalConsent {
            item: NationalItem::SpecificDiseases,
            flag: ConsentFlag::Given,
            given_at: Some(at.replace_nanosecond(0).unwrap()),
            available_until: Some(at.replace_nanosecond(0).unwrap() + time::Duration::HOUR),
        }];
        one.elderly = Some(ElderlyCertificate::default());
        let record = canonical(record);
        for (basis, outcome) in [
            (Basis::Certificate, Outcome::Full),
            (Basis::Number, Outcome::EligibilityOnly),
        ] {
            let mut sent = cut(record.clone(), basis, outcome, None, at);
            sent.diagnoses = record.diagnoses.clone();
            assert!(sent.reports.len() == 1 && sent.insurances[0].specific_diseases.len() == 1);
            let mut read = answer_back(answer(sent.clone())).unwrap();
            // An empty certificate has nothing below it in the file.
            read.insurances[0].elderly.clone_from(&sent.insurances[0].elderly);
            assert!(read == sent);
        }
        let mut bad = answer(Answer::new(Validity::Valid, Outcome::Full, at));
        bad.validity = 77;
        assert_eq!(answer_back(bad), Err(BadAnswer("validity")));
        assert_eq!(
            answer_back(pb::EligibilityAnswer::default()),
            Err(BadAnswer("basis"))
        );
    }
}
