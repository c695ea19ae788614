//! The twin's personas as the stand-in of the national service knows them.

use std::collections::HashMap;

use madoguchi_core::eligibility::{Insurance, Source, Validity};
use madoguchi_eligibility::{Record, Records};
use madoguchi_twin::Persona;

use crate::config::Problem;

/// The records of the personas that come with the house, by their keys.
pub(super) struct Personas(HashMap<String, Record>);

impl Personas {
    /// Reads the personas.
    ///
    /// # Errors
    /// [`Problem::Internal`] where an embedded persona is wrong, which the twin's tests exclude.
    pub(super) fn new() -> Result<Self, Problem> {
        let fault = |_| Problem::Internal("an embedded persona cannot be read");
        let personas = Persona::all().map_err(fault)?;
        let records = personas
            .iter()
            .map(|persona| Ok((persona.spki_sha256_hex()?, record(persona))));
        Ok(Self(
            records
                .collect::<Result<_, madoguchi_twin::Error>>()
                .map_err(fault)?,
        ))
    }
}

impl Records for Personas {
    fn find(&self, spki_sha256: &str) -> Option<Record> {
        self.0.get(spki_sha256).cloned()
    }

    fn by_number(&self, insurer_number: &str, number: &str) -> Option<Record> {
        let same =
            |insurance: &Insurance| insurance.insurer_number == insurer_number && insurance.number == number;
        let mut records = self.0.values();
        records.find(|record| record.insurances.iter().any(same)).cloned()
    }
}

fn record(persona: &Persona) -> Record {
    let known = persona.record().clone();
    let validity = match known.registered {
        true => known.validity,
        false => Validity::ValidNotRegistered,
    };
    Record {
        diagnoses: Some(known.diagnoses),
        medications: Some(known.medications),
        surgeries: Some(known.surgeries),
        health_checkups: Some(known.health_checkups),
        ..Record::new(Source::StandIn, validity, known.insurances)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use madoguchi_certificate::spki_sha256_hex;
    use madoguchi_twin::TestCa;

    #[test]
    fn a_personas_certificate_finds_its_record() {
        let (personas, ca) = (Personas::new().unwrap(), TestCa::new().unwrap());
        for persona in Persona::all().unwrap() {
            let certificate = persona.certificate(&ca, time::OffsetDateTime::now_utc()).unwrap();
            let found = personas.find(&spki_sha256_hex(&certificate).unwrap()).unwrap();
            assert!(
                found.insurances == persona.record().insurances,
                "{}",
                persona.name()
            );
        }
        assert!(personas.find("nobody").is_none());
    }
}
