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
