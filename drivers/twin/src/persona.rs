//! Made-up people: what they hold up, what its chip does, and what the stand-in of the national service knows of them.

mod file;
mod record;

pub use record::Record;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use madoguchi_core::certificate::CertificateDer;
use madoguchi_core::{Medium, Pin};
use serde::Deserialize;
use time::OffsetDateTime;

use crate::{Error, TestCa, ca};

macro_rules! embedded {
    ($($name:literal),+ $(,)?) => {
        const EMBEDDED: &[(&str, &str)] =
            &[$((concat!($name, ".toml"), include_str!(concat!("../personas/", $name, ".toml")))),+];
    };
}

embedded!(
    "adult",
    "expired-in-grace",
    "expired-out-of-grace",
    "locked-pin",
    "no-pin",
    "child",
    "android",
    "iphone",
    "unregistered",
    "not-my-number",
    "paper-card",
);

/// How the chip lets its owner sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verification {
    /// With the PIN.
    Pin,
    /// Not at all by APDU: a card without a PIN (顔認証マイナンバーカード).
    NotSet,
    /// The phone verified its owner before it was held up.
    Device,
}

/// What chip is in what the person holds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chip {
    /// One with the JPKI application.
    Jpki,
    /// Another one: a driving licence, a bank card.
    Foreign,
    /// None: a card of paper or plastic.
    None,
}

/// A made-up person.
#[derive(Clone)]
pub struct Persona {
    name: String,
    sentence: String,
    sentence_ja: String,
    key: String,
    medium: Medium,
    chip: Chip,
    verification: Verification,
    armed_ms: Option<u32>,
    pin: String,
    tries: u8,
    expires_in_days: i64,
    valid_days: i64,
    record: Record,
}

impl Persona {
    /// The personas that come with the house, in the order of a demo.
    ///
    /// # Errors
    /// [`Error`] where an embedded file is wrong, which a test excludes.
    pub fn all() -> Result<Vec<Self>, Error> {
        EMBEDDED
            .iter()
            .map(|(path, text)| file::parse(Path::new(path), text))
            .collect()
    }

    /// The persona of that name among those that come with the house.
    ///
    /// # Errors
    /// [`Error`] where the embedded file is wrong, which a test excludes.
    pub fn by_name(name: &str) -> Result<Option<Self>, Error> {
        EMBEDDED
            .iter()
            .find(|(path, _)| path.strip_suffix(".toml") == Some(name))
            .map(|(path, text)| file::parse(Path::new(path), text))
            .transpose()
    }

    /// The persona of that name, or of that file where it ends with `.toml`.
    ///
    /// # Errors
    /// [`Error`] where there is none, or the file is wrong.
    pub fn named(name: &str) -> Result<Self, Error> {
        if name.ends_with(".toml") {
            return Self::load(Path::new(name));
        }
        Self::by_name(name)?.ok_or_else(|| Error::UnknownPersona(name.to_owned()))
    }

    /// The names of the personas that come with the house.
    pub fn names() -> impl Iterator<Item = &'static str> {
        EMBEDDED.iter().map(|(path, _)| path.trim_end_matches(".toml"))
    }

    /// A persona from a file of the same form.
    ///
    /// # Errors
    /// [`Error`] names the file and what is wrong in it.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::Read {
            path: PathBuf::from(path),
            source,
        })?;
        file::parse(path, &text)
    }

    /// The stable name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same person with another card: the certificate's serial number comes from the name.
    #[must_use]
    pub fn renamed(&self, name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..self.clone()
        }
    }

    /// Who this is, in one English sentence.
    #[must_use]
    pub fn sentence(&self) -> &str {
        &self.sentence
    }

    /// Who this is, in one Japanese sentence.
    #[must_use]
    pub fn sentence_ja(&self) -> &str {
        &self.sentence_ja
    }

    /// What the person holds up.
    #[must_use]
    pub const fn medium(&self) -> Medium {
        self.medium
    }

    /// What chip is in it.
    #[must_use]
    pub const fn chip(&self) -> Chip {
        self.chip
    }

    /// How long Wallet stays armed once its owner confirmed; none: for ever.
    #[must_use]
    pub fn armed(&self) -> Option<Duration> {
        self.armed_ms
            .map(|millis| Duration::from_millis(u64::from(millis)))
    }

    /// How the chip lets its owner sign.
    #[must_use]
    pub const fn verification(&self) -> Verification {
        self.verification
    }

    /// The PIN that is right.
    ///
    /// # Errors
    /// [`Error::Pin`] never happens to a persona that was read.
    pub fn pin(&self) -> Result<Pin, Error> {
        Ok(Pin::new(self.pin.clone().into_bytes())?)
    }

    /// How many tries the PIN has left when the card is made.
    #[must_use]
    pub const fn tries(&self) -> u8 {
        self.tries
    }

    /// What the stand-in of the national service knows, uncut.
    #[must_use]
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// The certificate as of that day (JST).
    ///
    /// # Errors
    /// See [`TestCa::issue`].
    pub fn certificate(&self, ca: &TestCa, now: OffsetDateTime) -> Result<CertificateDer, Error> {
        ca.issue(self, now)
    }

    /// SHA-256 of the key's SubjectPublicKeyInfo, in hexadecimal: the same on every day, unlike the certificate.
    ///
    /// # Errors
    /// [`Error`] where the key cannot be read.
    pub fn spki_sha256_hex(&self) -> Result<String, Error> {
        ca::spki_sha256_hex(&self.key)
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    pub(crate) fn pin_digits(&self) -> &[u8] {
        self.pin.as_bytes()
    }

    /// Days from today until the last day of validity, and from the first day to the last.
    pub(crate) const fn validity_days(&self) -> (i64, i64) {
        (self.expires_in_days, self.valid_days)
    }
}

impl fmt::Debug for Persona {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Persona")
            .field("name", &self.name)
            .field("medium", &self.medium)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_embedded_persona_is_read_and_has_a_key_of_its_own() {
        let all = Persona::all().unwrap();
        assert_eq!(
            all.iter().map(Persona::name).collect::<Vec<_>>(),
            Persona::names().collect::<Vec<_>>()
        );
        let keys: BTreeSet<_> = all
            .iter()
            .map(|persona| persona.spki_sha256_hex().unwrap())
            .collect();
        assert_eq!(keys.len(), all.len());
        for persona in &all {
            assert!(persona.sentence().ends_with('.'), "{}", persona.name());
            assert!(persona.sentence_ja().ends_with('。'), "{}", persona.name());
            assert_eq!(persona.pin().unwrap().expose(), b"1234");
            assert!(!persona.record().insurances.is_empty(), "{}", persona.name());
        }
        assert!(Persona::by_name("nobody").unwrap().is_none());
        let unregistered: Vec<_> = all
            .iter()
            .filter(|persona| !persona.record().registered)
            .collect();
        assert_eq!(unregistered.len(), 1);
        assert_eq!(unregistered[0].name(), "unregistered");
    }

    #[test]
    fn another_name_is_another_card_of_the_same_person() {
        let ca = TestCa::new().unwrap();
        let now = OffsetDateTime::UNIX_EPOCH;
        let adult = Persona::by_name("adult").unwrap().unwrap();
        let other = adult.renamed("adult-2");
        assert_eq!(adult.spki_sha256_hex().unwrap(), other.spki_sha256_hex().unwrap());
        assert_ne!(
            adult.certificate(&ca, now).unwrap(),
            other.certificate(&ca, now).unwrap()
        );
    }

    #[test]
    fn debug_shows_no_personal_data() {
        let adult = Persona::by_name("adult").unwrap().unwrap();
        let shown = format!("{adult:?} {:?}", adult.record());
        assert!(
            !shown.contains("1234") && !shown.contains(&adult.record().insurances[0].name),
            "{shown}"
        );
    }

    #[test]
    fn a_file_with_a_mistake_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.toml");
        let good = EMBEDDED[0].1;
        std::fs::write(&path, good).unwrap();
        assert_eq!(Persona::load(&path).unwrap().name(), "adult");
        for (from, to, expected) in [
            ("medium = ", "medum = ", "medum"),
            ("[insurance]", "[insurance]\nblood_type = \"A\"", "blood_type"),
            ("medium = \"card\"", "medium = \"card\"\npin = \"12\"", "PIN"),
            ("medium = \"card\"", "medium = \"card\"\ntries = 4", "tries"),
            ("key = \"adult\"", "key = \"nobody\"", "key"),
        ] {
            let bad = good.replacen(from, to, 1);
            assert_ne!(bad, good);
            std::fs::write(&path, bad).unwrap();
            let error = Persona::load(&path).unwrap_err().to_string();
            assert!(error.contains(expected), "{from} → {to}: {error}");
        }
        let error = Persona::load(&folder.path().join("none.toml")).unwrap_err();
        assert!(matches!(error, Error::Read { .. }));
    }
}
