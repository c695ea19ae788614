//! The TOML form of a persona. Unknown keys are refused.

use std::path::Path;

use madoguchi_core::eligibility::{Insurance, MedicalEntry, Validity};
use madoguchi_core::{Medium, Pin};
use serde::Deserialize;
use time::{Date, Month};
use toml::value::Datetime;

use super::{Chip, Persona, Record, Verification};
use crate::{Error, ca};

/// Five years less a day or so: leaves are valid to the 5th birthday after issue.
const USUAL_VALID_DAYS: i64 = 1_826;
const MAX_TRIES: u8 = 3;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonaFile {
    name: String,
    sentence: String,
    sentence_ja: String,
    medium: Medium,
    /// Which test key: one of the names in `keys/`.
    key: String,
    #[serde(default = "chip")]
    chip: Chip,
    #[serde(default = "verification")]
    verification: Verification,
    #[serde(default = "pin")]
    pin: String,
    #[serde(default = "tries")]
    tries: u8,
    /// How long Wallet stays armed; left out, for ever.
    armed_ms: Option<u32>,
    certificate: CertificateTable,
    insurance: InsuranceTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CertificateTable {
    /// Days from today to the last day of validity; negative where it has expired.
    expires_in_days: i64,
    #[serde(default = "valid_days")]
    valid_days: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InsuranceTable {
    /// Whether the card is registered as insurance card (利用登録).
    #[serde(default = "registered")]
    registered: bool,
    #[serde(default = "validity")]
    validity: Validity,
    insurer_number: String,
    insurer_name: String,
    symbol: Option<String>,
    number: String,
    branch_number: Option<String>,
    name: String,
    name_kana: Option<String>,
    birth_date: Datetime,
    sex: u8,
    address: Option<String>,
    contribution_percent: Option<u8>,
    qualified_on: Option<Datetime>,
    disqualified_on: Option<Datetime>,
    limit_classification: Option<String>,
    /// Further insurances of the same person, in the order of the answer.
    #[serde(default)]
    others: Vec<InsuranceTable>,
    #[serde(default)]
    diagnoses: Vec<EntryTable>,
    #[serde(default)]
    medications: Vec<EntryTable>,
    #[serde(default)]
    surgeries: Vec<EntryTable>,
    #[serde(default)]
    health_checkups: Vec<EntryTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryTable {
    date: Datetime,
    facility: String,
    text: String,
}

const fn chip() -> Chip {
    Chip::Jpki
}

const fn registered() -> bool {
    true
}

const fn verification() -> Verification {
    Verification::Pin
}

fn pin() -> String {
    "1234".to_owned()
}

const fn tries() -> u8 {
    MAX_TRIES
}

const fn valid_days() -> i64 {
    USUAL_VALID_DAYS
}

const fn validity() -> Validity {
    Validity::Valid
}

/// Reads a persona; the path is for the error only.
pub(super) fn parse(path: &Path, text: &str) -> Result<Persona, Error> {
    let file: PersonaFile = toml::from_str(text).map_err(|source| Error::Persona {
        path: path.to_owned(),
        source: Box::new(source),
    })?;
    Pin::new(file.pin.clone().into_bytes())?;
    if file.tries > MAX_TRIES {
        return Err(Error::Value {
            field: "tries",
            expected: "0 to 3",
        });
    }
    if !(1..=10_000).contains(&file.certificate.valid_days) {
        return Err(Error::Value {
            field: "valid_days",
            expected: "1 to 10000",
        });
    }
    // A key that does not exist is found here and not when the card is put on.
    ca::spki_sha256_hex(&file.key)?;
    Ok(Persona {
        name: file.name,
        sentence: file.sentence,
        sentence_ja: file.sentence_ja,
        key: file.key,
        medium: file.medium,
        chip: file.chip,
        verification: file.verification,
        armed_ms: file.armed_ms,
        pin: file.pin,
        tries: file.tries,
        expires_in_days: file.certificate.expires_in_days,
        valid_days: file.certificate.valid_days,
        record: record(file.insurance)?,
    })
}

fn record(table: InsuranceTable) -> Result<Record, Error> {
    let mut insurances = vec![insurance(&table)?];
    for other in &table.others {
        insurances.push(insurance(other)?);
    }
    Ok(Record {
        registered: table.registered,
        validity: table.validity,
        insurances,
        diagnoses: entries(table.diagnoses)?,
        medications: entries(table.medications)?,
        surgeries: entries(table.surgeries)?,
        health_checkups: entries(table.health_checkups)?,
    })
}

fn insurance(table: &InsuranceTable) -> Result<Insurance, Error> {
    let optional =
        |value: &Option<Datetime>, field| value.as_ref().map(|value| date(value, field)).transpose();
    Ok(Insurance {
        insurer_number: table.insurer_number.clone(),
        insurer_name: table.insurer_name.clone(),
        symbol: table.symbol.clone(),
        number: table.number.clone(),
        branch_number: table.branch_number.clone(),
        name: table.name.clone(),
        name_kana: table.name_kana.clone(),
        birth_date: Some(date(&table.birth_date, "birth_date")?),
        sex: table.sex,
        address: table.address.clone(),
        contribution_percent: table.contribution_percent,
        qualified_on: optional(&table.qualified_on, "qualified_on")?,
        disqualified_on: optional(&table.disqualified_on, "disqualified_on")?,
        limit_classification: table.limit_classification.clone(),
        ..Insurance::default()
    })
}

fn entries(tables: Vec<EntryTable>) -> Result<Vec<MedicalEntry>, Error> {
    tables
        .into_iter()
        .map(|entry| {
            let date = date(&entry.date, "date")?;
            Ok(MedicalEntry {
                date,
                facility: entry.facility,
                text: entry.text,
            })
        })
        .collect()
}

fn date(value: &Datetime, field: &'static str) -> Result<Date, Error> {
    let error = Error::Date { field };
    match value {
        Datetime {
            date: Some(date),
            time: None,
            offset: None,
        } => Month::try_from(date.month)
            .and_then(|month| Date::from_calendar_date(i32::from(date.year), month, date.day))
            .map_err(|_| error),
        _ => Err(error),
    }
}
