//! The people of the day, each with a PIN of their own, and what of them would be recognised anywhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use madoguchi_core::eligibility::MedicalEntry;
use madoguchi_twin::device::Patient;
use madoguchi_twin::{Persona, TestCa};
use ring::digest::{SHA256, digest};
use time::OffsetDateTime;

use crate::searcher::{Kind, Values, WINDOW};

/// A PIN that was never anybody's.
pub(crate) const WRONG: &str = "6046839517284";
/// One of the length that PIN pads take. A leading zero is in no count, port or duration.
pub(crate) const SHORT_WRONG: &str = "0846";

/// Somebody, and what is typed for him.
pub(crate) struct Somebody {
    pub(crate) persona: Persona,
    pub(crate) pin: String,
    file: PathBuf,
}

impl Somebody {
    /// The same at a face reader.
    pub(crate) fn patient(&self) -> Patient {
        Patient::new(self.file.to_str().unwrap()).typing([self.pin.as_str()])
    }
}

/// Everybody who comes on one day, by the name of the persona that each is made of.
pub(crate) struct People {
    people: BTreeMap<&'static str, Somebody>,
    ca: TestCa,
    now: OffsetDateTime,
    /// The files of the personas hold PINs, so they lie where nothing is searched.
    _files: tempfile::TempDir,
}

impl People {
    /// With PINs that are as long as a PIN can be without being a number of anything else.
    pub(crate) fn with_long_pins() -> Self {
        Self::new(|index| format!("73915284607{:02}", 35 + index))
    }

    /// With PINs as a PIN pad takes them.
    pub(crate) fn with_short_pins() -> Self {
        Self::new(|index| format!("07{:02}", 39 + index))
    }

    fn new(pin: impl Fn(usize) -> String) -> Self {
        let files = tempfile::tempdir().unwrap();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../drivers/twin/personas");
        let people = Persona::names().enumerate().map(|(index, name)| {
            let text = fs::read_to_string(folder.join(format!("{name}.toml"))).unwrap();
            let text = text
                .replacen(
                    &format!("name = {name:?}"),
                    &format!("name = \"canary-{name}\""),
                    1,
                )
                .replacen("medium = ", &format!("pin = {:?}\nmedium = ", pin(index)), 1);
            let file = files.path().join(format!("{name}.toml"));
            fs::write(&file, text).unwrap();
            let persona = Persona::load(&file).unwrap();
            (
                name,
                Somebody {
                    persona,
                    pin: pin(index),
                    file,
                },
            )
        });
        Self {
            people: people.collect(),
            ca: TestCa::new().unwrap(),
            now: OffsetDateTime::now_utc(),
            _files: files,
        }
    }

    pub(crate) fn get(&self, name: &str) -> &Somebody {
        &self.people[name]
    }

    pub(crate) fn certificate(&self, name: &str) -> Vec<u8> {
        let certificate = self.get(name).persona.certificate(&self.ca, self.now).unwrap();
        certificate.as_bytes().to_vec()
    }

    /// Everything that is to be looked for. The PINs are searched alone where they are short.
    pub(crate) fn values(&self) -> Values {
        let mut values = Values::default();
        let certificates: Vec<_> = self.people.keys().map(|name| self.certificate(name)).collect();
        let root = self.ca.root_der();
        for (name, somebody) in &self.people {
            match somebody.pin.len() {
                4 => values.short_text(Kind::Pin, name, &somebody.pin),
                _ => values.text(Kind::Pin, name, &somebody.pin),
            }
            person(&mut values, name, somebody);
            let der = self.certificate(name);
            let holds = |der: &[u8], window: &[u8]| der.windows(WINDOW).any(|of_it| of_it == window);
            values.bytes(Kind::Certificate, name, &der, |window| {
                let holders = certificates.iter().filter(|der| holds(der, window));
                holds(root, window) || holders.count() > 1
            });
            // Both names of the subject are of the one person; the serial number is four bytes.
            let common_name = common_name(&der);
            values.text(Kind::Certificate, &format!("{name}, common name"), &common_name);
            let thumbprint = digest(&SHA256, &der);
            let key = somebody.persona.spki_sha256_hex().unwrap();
            values.bytes(
                Kind::Thumbprint,
                &format!("{name}, certificate"),
                thumbprint.as_ref(),
                |_| false,
            );
            values.bytes(
                Kind::Thumbprint,
                &format!("{name}, key"),
                &hex::decode(key).unwrap(),
                |_| false,
            );
        }
        values.text(Kind::Pin, "nobody", WRONG);
        values.short_text(Kind::Pin, "nobody, short", SHORT_WRONG);
        values
    }
}

fn person(values: &mut Values, name: &str, somebody: &Somebody) {
    let record = somebody.persona.record();
    for insurance in &record.insurances {
        let what = |field: &str| format!("{name}, {field}");
        values.text(Kind::Person, &what("name"), &insurance.name);
        for (field, text) in [("kana", &insurance.name_kana), ("address", &insurance.address)] {
            if let Some(text) = text {
                values.text(Kind::Person, &what(field), text);
            }
        }
        let born = insurance.birth_date.expect("a persona has a day of birth");
        let (year, month, day) = (born.year(), u8::from(born.month()), born.day());
        for separator in ["-", "/", ""] {
            let text = format!("{year}{separator}{month:02}{separator}{day:02}");
            values.short_text(Kind::Person, &what("day of birth"), &text);
        }
        // A short one is a number of anything.
        for (field, number) in [
            ("insurer", &insurance.insurer_number),
            ("number", &insurance.number),
        ] {
            if number.len() >= 8 {
                values.short_text(Kind::Number, &what(field), number);
            }
        }
        if let Some(symbol) = &insurance.symbol {
            values.text(Kind::Number, &what("symbol"), symbol);
        }
    }
    let entries = [
        &record.diagnoses,
        &record.medications,
        &record.surgeries,
        &record.health_checkups,
    ];
    for MedicalEntry { facility, text, .. } in entries.into_iter().flatten() {
        values.text(Kind::Medical, &format!("{name}, where"), facility);
        values.text(Kind::Medical, &format!("{name}, what"), text);
    }
}

/// The subject's common name: what follows its type's OID for the last time.
fn common_name(der: &[u8]) -> String {
    const OID: [u8; 5] = [0x06, 0x03, 0x55, 0x04, 0x03];
    let at = der.windows(OID.len()).rposition(|window| window == OID).unwrap();
    let text = &der[at + OID.len()..];
    String::from_utf8(text[2..2 + usize::from(text[1])].to_vec()).unwrap()
}
