//! Names of certificates and keys: hashes.

use madoguchi_core::Reason;
use madoguchi_core::certificate::CertificateDer;
use ring::digest;

use crate::profile;

/// SHA-256 of the DER, in hexadecimal.
#[must_use]
pub fn thumbprint(certificate: &CertificateDer) -> String {
    hex::encode(digest::digest(&digest::SHA256, certificate.as_bytes()))
}

/// SHA-256 of the leaf's whole SubjectPublicKeyInfo, in hexadecimal: stays the same when the same key is certified
/// again.
///
/// # Errors
/// [`Reason::CertificateMalformed`].
pub fn spki_sha256_hex(certificate: &CertificateDer) -> Result<String, Reason> {
    let parsed = profile::parse(certificate.as_bytes()).ok_or(Reason::CertificateMalformed)?;
    Ok(hex::encode(digest::digest(
        &digest::SHA256,
        parsed.tbs_certificate.subject_pki.raw,
    )))
}

/// What names a certificate among all: its issuer (DER of the name) and its serial number (the bytes as they stand in
/// it). Both together are what a card is remembered by, under a keyed hash.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuerAndSerial {
    /// DER of the issuer's name.
    pub issuer: Vec<u8>,
    /// The serial number's bytes.
    pub serial: Vec<u8>,
}

impl std::fmt::Debug for IssuerAndSerial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IssuerAndSerial(…)")
    }
}

/// Reads issuer and serial number.
///
/// # Errors
/// [`Reason::CertificateMalformed`].
pub fn issuer_and_serial(certificate: &CertificateDer) -> Result<IssuerAndSerial, Reason> {
    let parsed = profile::parse(certificate.as_bytes()).ok_or(Reason::CertificateMalformed)?;
    Ok(IssuerAndSerial {
        issuer: parsed.tbs_certificate.issuer.as_raw().to_vec(),
        serial: parsed.tbs_certificate.raw_serial().to_vec(),
    })
}
