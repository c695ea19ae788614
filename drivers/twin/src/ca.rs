//! The test authority: certificates of the shape that JPKI issues, under `O=JPKI-TEST`.

mod der;
mod extensions;

use madoguchi_core::certificate::CertificateDer;
use madoguchi_core::clock::JST;
use rcgen::string::PrintableString;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType, DnValue, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PublicKeyData, SerialNumber,
};
use sha2::{Digest, Sha256};
use time::macros::datetime;
use time::{Duration, OffsetDateTime, Time};

use crate::{Error, Persona, keys};

/// OU by its number: a name keeps one value a type, and the second OU needs a type of its own.
const OU_OID: [u64; 4] = [2, 5, 4, 11];

/// The test authority. Its root is the same in every process.
pub struct TestCa {
    root: Certificate,
    issuer: Issuer<'static, KeyPair>,
    key_id: Vec<u8>,
}

impl TestCa {
    /// The authority of the published test key.
    ///
    /// # Errors
    /// [`Error`] where the checked-in key cannot be used.
    pub fn new() -> Result<Self, Error> {
        let key = keys::ca_key()?;
        let mut params = CertificateParams::default();
        params.not_before = datetime!(2020-01-01 00:00 +9);
        params.not_after = datetime!(2044-12-31 23:59:59 +9);
        params.serial_number = Some(SerialNumber::from_slice(&[0x01]));
        params.distinguished_name = root_name()?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let root = params.self_signed(&key)?;
        let key_id = params.key_identifier(&key);
        Ok(Self {
            root,
            issuer: Issuer::new(params, key),
            key_id,
        })
    }

    /// The root certificate as DER.
    #[must_use]
    pub fn root_der(&self) -> &[u8] {
        self.root.der()
    }

    /// The root certificate as PEM, to be configured as a trust anchor.
    #[must_use]
    pub fn root_pem(&self) -> String {
        self.root.pem()
    }

    /// The key id by which chains are built, in hexadecimal.
    #[must_use]
    pub fn key_id_hex(&self) -> String {
        hex::encode(&self.key_id)
    }

    /// The persona's certificate as of that day (JST): the same bytes in every process on the same day.
    ///
    /// # Errors
    /// [`Error::Validity`] where the persona's days lie outside the calendar.
    pub fn issue(&self, persona: &Persona, now: OffsetDateTime) -> Result<CertificateDer, Error> {
        Ok(CertificateDer::new(self.leaf(persona, now)?.der().to_vec()))
    }

    /// The same certificate as PEM, for a file.
    ///
    /// # Errors
    /// As [`TestCa::issue`].
    pub fn issue_pem(&self, persona: &Persona, now: OffsetDateTime) -> Result<String, Error> {
        Ok(self.leaf(persona, now)?.pem())
    }

    fn leaf(&self, persona: &Persona, now: OffsetDateTime) -> Result<Certificate, Error> {
        let key = keys::certified_key(persona.key())?;
        let (not_before, not_after) = validity(persona, now)?;
        let name_hash = Sha256::digest(persona.name().as_bytes());
        let mut params = CertificateParams::default();
        params.not_before = not_before;
        params.not_after = not_after;
        // The leading 01 keeps the number positive and of one length.
        params.serial_number = Some(SerialNumber::from_slice(&[&[0x01], &name_hash[..3]].concat()));
        params.distinguished_name = leaf_name(&name_hash)?;
        params.is_ca = IsCa::NoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        params.custom_extensions = extensions::of_leaf(&params.key_identifier(&key));
        Ok(params.signed_by(&key, &self.issuer)?)
    }
}

/// SHA-256 of the SubjectPublicKeyInfo of a test key, in hexadecimal.
pub(crate) fn spki_sha256_hex(key: &str) -> Result<String, Error> {
    Ok(hex::encode(Sha256::digest(
        keys::certified_key(key)?.subject_public_key_info(),
    )))
}

/// Whole days in Japan Standard Time, as the ministry counts them.
fn validity(persona: &Persona, now: OffsetDateTime) -> Result<(OffsetDateTime, OffsetDateTime), Error> {
    let (expires_in, valid) = persona.validity_days();
    let today = now.to_offset(JST).date();
    let last = today
        .checked_add(Duration::days(expires_in))
        .ok_or(Error::Validity)?;
    let first = last.checked_sub(Duration::days(valid)).ok_or(Error::Validity)?;
    let end = last.with_time(Time::MIDNIGHT).assume_offset(JST) + Duration::SECOND * 86_399;
    Ok((first.with_time(Time::MIDNIGHT).assume_offset(JST), end))
}

fn root_name() -> Result<DistinguishedName, Error> {
    let mut name = DistinguishedName::new();
    name.push(
        DnType::CountryName,
        DnValue::PrintableString(PrintableString::try_from("JP")?),
    );
    name.push(DnType::OrganizationName, "JPKI-TEST");
    name.push(DnType::OrganizationalUnitName, "JPKI for user authentication");
    name.push(
        DnType::CustomDnType(OU_OID.to_vec()),
        "madoguchi twin: published test keys",
    );
    Ok(name)
}

/// No person's name: the real profile has none either.
fn leaf_name(name_hash: &[u8]) -> Result<DistinguishedName, Error> {
    let mut name = DistinguishedName::new();
    name.push(
        DnType::CountryName,
        DnValue::PrintableString(PrintableString::try_from("JP")?),
    );
    let number = name_hash[..5]
        .iter()
        .fold(0u64, |number, byte| (number << 8) | u64::from(*byte));
    name.push(DnType::CommonName, format!("{number:014}TEST00A"));
    Ok(name)
}
