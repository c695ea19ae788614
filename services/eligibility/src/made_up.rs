//! A person who does not exist, for a certificate that nobody prepared data for.

use madoguchi_core::eligibility::{Insurance, MedicalEntry, Source, Validity};
use ring::digest;
use time::{Date, Duration, Month};

use crate::Record;

const FAMILY: [(&str, &str); 4] = [
    ("架空", "カクウ"),
    ("見本", "ミホン"),
    ("例示", "レイジ"),
    ("模擬", "モギ"),
];
const GIVEN: [(&str, &str); 4] = [
    ("太郎", "タロウ"),
    ("花子", "ハナコ"),
    ("次郎", "ジロウ"),
    ("桜", "サクラ"),
];

/// 法別番号 99 does not exist, so that no real insurer is meant.
const INSURER_NUMBER: &str = "99999999";
const INSURER_NAME: &str = "架空健康保険組合（見本）";

/// A made-up insured person, the same for the same key.
#[must_use]
pub fn made_up(spki_sha256: &str) -> Record {
    let hash = digest::digest(&digest::SHA256, spki_sha256.as_bytes());
    let byte = |index: usize| hash.as_ref().get(index).copied().unwrap_or_default();
    let pick = |names: [(&'static str, &'static str); 4], index: usize| {
        names
            .into_iter()
            .nth(usize::from(byte(index) % 4))
            .unwrap_or_default()
    };
    let (family, given) = (pick(FAMILY, 0), pick(GIVEN, 1));
    let number = u32::from_be_bytes([byte(2), byte(3), byte(4), byte(5)]) % 100_000_000;
    let born = day(1950) + Duration::days(i64::from(u16::from_be_bytes([byte(6), byte(7)])) % 15_000);
    let insurance = Insurance {
        insurer_number: INSURER_NUMBER.to_owned(),
        insurer_name: INSURER_NAME.to_owned(),
        symbol: Some(format!("{:04}", u16::from_be_bytes([byte(8), byte(9)]) % 10_000)),
        number: format!("{number:08}"),
        branch_number: Some("00".to_owned()),
        name: format!("{} {}", family.0, given.0),
        name_kana: Some(format!("{} {}", family.1, given.1)),
        birth_date: Some(born),
        sex: byte(1) % 4 % 2 + 1,
        address: Some("架空県見本市一丁目1番1号".to_owned()),
        contribution_percent: Some(30),
        qualified_on: Some(day(2020)),
        disqualified_on: None,
        limit_classification: Some("ウ".to_owned()),
        ..Insurance::default()
    };
    let entry = |text: &str| {
        let date = day(2025) + Duration::days(i64::from(byte(10)));
        Some(vec![MedicalEntry {
            date,
            facility: "架空診療所（見本）".to_owned(),
            text: text.to_owned(),
        }])
    };
    Record {
        diagnoses: entry("再診（見本）"),
        medications: entry("見本錠 10mg 1日1回（見本）"),
        surgeries: entry("手術記録（見本）"),
        health_checkups: entry("特定健診 判定A（見本）"),
        ..Record::new(Source::StandIn, Validity::Valid, vec![insurance])
    }
}

fn day(year: i32) -> Date {
    Date::from_calendar_date(year, Month::January, 1).unwrap_or(Date::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_is_one_person_and_another_key_another() {
        let first = made_up(&"ab".repeat(32));
        assert_eq!(first, made_up(&"ab".repeat(32)));
        assert_ne!(
            first.insurances[0].number,
            made_up(&"cd".repeat(32)).insurances[0].number
        );
        let insurance = &first.insurances[0];
        assert_eq!(
            (insurance.insurer_number.as_str(), insurance.number.len()),
            (INSURER_NUMBER, 8)
        );
        assert!((1950..1992).contains(&insurance.birth_date.unwrap().year()));
        assert!([1, 2].contains(&insurance.sex));
        assert!(insurance.name.contains(' '));
    }
}
