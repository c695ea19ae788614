//! Eligibility.

use madoguchi_core::eligibility::{Answer, Insurance, MedicalEntry, Validity};
use madoguchi_proto::eligibility::v1 as pb;

use super::{certificate, moment, text};

pub(crate) fn answer(answer: Answer) -> pb::EligibilityAnswer {
    pb::EligibilityAnswer {
        validity: validity(answer.validity).into(),
        certificate_outcome: certificate::outcome(answer.certificate_outcome).into(),
        confirm_time: Some(moment(answer.confirmed_at)),
        insurances: answer.insurances.into_iter().map(insurance).collect(),
        diagnoses: answer.diagnoses.map(entries),
        medications: answer.medications.map(entries),
        surgeries: answer.surgeries.map(entries),
        health_checkups: answer.health_checkups.map(entries),
        simulated: answer.simulated,
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

fn insurance(one: Insurance) -> pb::Insurance {
    pb::Insurance {
        insurer_number: one.insurer_number,
        insurer_name: one.insurer_name,
        symbol: one.symbol.unwrap_or_default(),
        number: one.number,
        branch_number: one.branch_number.unwrap_or_default(),
        name: one.name,
        name_kana: one.name_kana.unwrap_or_default(),
        birth_date: one.birth_date.to_string(),
        sex: one.sex.into(),
        address: one.address.unwrap_or_default(),
        contribution_percent: one.contribution_percent.map(u32::from),
        // `Date` shows itself in ISO 8601.
        qualification_date: text(one.qualified_on),
        disqualification_date: text(one.disqualified_on),
        limit_classification: one.limit_classification.unwrap_or_default(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use madoguchi_core::certificate::Outcome;
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
            birth_date: date!(1980 - 02 - 03),
            sex: 2,
            address: None,
            contribution_percent: Some(30),
            qualified_on: Some(date!(2020 - 04 - 01)),
            disqualified_on: None,
            limit_classification: Some("ウ".to_owned()),
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
