//! Signature checks by *ring*, for the algorithms that a JPKI chain may use.

use ring::signature::{self as algorithms, UnparsedPublicKey, VerificationAlgorithm};
use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::asn1_rs::Oid;
use x509_parser::oid_registry as oid;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::fault::Fault;

/// Bits of the shortest RSA modulus that is still safe.
const MIN_RSA_BITS: usize = 2048;

const ECDSA_WITH_SHA1: Oid<'static> = x509_parser::der_parser::oid!(1.2.840.10045.4.1);

/// A public key that this crate can check signatures of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    kind: Kind,
    bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Rsa,
    P256,
    P384,
    Ed25519,
}

impl Key {
    /// # Errors
    /// [`Fault::UnsupportedKey`].
    pub(crate) fn from_spki(spki: &SubjectPublicKeyInfo<'_>) -> Result<Self, Fault> {
        Ok(Self {
            kind: kind(spki).ok_or(Fault::UnsupportedKey)?,
            bytes: spki.subject_public_key.data.to_vec(),
        })
    }

    /// Whether this key signed the certificate.
    pub(crate) fn check_issued(&self, certificate: &X509Certificate<'_>) -> Result<(), Fault> {
        algorithm(self.kind, &certificate.signature_algorithm.algorithm)
            .and_then(|algorithm| {
                UnparsedPublicKey::new(algorithm, &self.bytes)
                    .verify(
                        certificate.tbs_certificate.as_ref(),
                        &certificate.signature_value.data,
                    )
                    .ok()
            })
            .ok_or(Fault::Signature)
    }

    /// Whether this key signed the message as a card's chip does: RSA PKCS#1 v1.5 with SHA-256 today; ECDSA on P-384
    /// with SHA-384 in the next card generation (its signature assumed to be the usual DER).
    pub(crate) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let algorithm: &'static dyn VerificationAlgorithm = match self.kind {
            Kind::Rsa => &algorithms::RSA_PKCS1_2048_8192_SHA256,
            Kind::P384 => &algorithms::ECDSA_P384_SHA384_ASN1,
            Kind::P256 | Kind::Ed25519 => return false,
        };
        UnparsedPublicKey::new(algorithm, &self.bytes)
            .verify(message, signature)
            .is_ok()
    }
}

fn kind(spki: &SubjectPublicKeyInfo<'_>) -> Option<Kind> {
    let algorithm = &spki.algorithm.algorithm;
    if *algorithm == oid::OID_PKCS1_RSAENCRYPTION {
        return (!is_weak(spki)).then_some(Kind::Rsa);
    }
    if *algorithm == oid::OID_SIG_ED25519 {
        return Some(Kind::Ed25519);
    }
    if *algorithm != oid::OID_KEY_TYPE_EC_PUBLIC_KEY {
        return None;
    }
    // A curve by name, never by parameters of somebody's choice.
    let curve: Oid<'_> = spki.algorithm.parameters.as_ref()?.as_oid().ok()?;
    match () {
        () if curve == oid::OID_EC_P256 => Some(Kind::P256),
        () if curve == oid::OID_NIST_EC_P384 => Some(Kind::P384),
        () => None,
    }
}

/// An RSA key that is too short, or none at all.
fn is_weak(spki: &SubjectPublicKeyInfo<'_>) -> bool {
    match spki.parsed() {
        Ok(PublicKey::RSA(key)) => key.key_size() < MIN_RSA_BITS,
        _ => true,
    }
}

/// Whether the certificate rests on what is not safe any more: SHA-1 or MD5 below its signature, or a short RSA key.
pub(crate) fn rests_on_weak_algorithm(certificate: &X509Certificate<'_>) -> bool {
    let weak = [
        oid::OID_PKCS1_SHA1WITHRSA,
        oid::OID_PKCS1_MD5WITHRSAENC,
        ECDSA_WITH_SHA1,
    ];
    let spki = certificate.public_key();
    weak.contains(&certificate.signature_algorithm.algorithm)
        || (spki.algorithm.algorithm == oid::OID_PKCS1_RSAENCRYPTION && is_weak(spki))
}

fn algorithm(kind: Kind, signature: &Oid<'_>) -> Option<&'static dyn VerificationAlgorithm> {
    let table: [(Kind, Oid<'static>, &'static dyn VerificationAlgorithm); 8] = [
        (
            Kind::Rsa,
            oid::OID_PKCS1_SHA256WITHRSA,
            &algorithms::RSA_PKCS1_2048_8192_SHA256,
        ),
        (
            Kind::Rsa,
            oid::OID_PKCS1_SHA384WITHRSA,
            &algorithms::RSA_PKCS1_2048_8192_SHA384,
        ),
        (
            Kind::Rsa,
            oid::OID_PKCS1_SHA512WITHRSA,
            &algorithms::RSA_PKCS1_2048_8192_SHA512,
        ),
        (
            Kind::P256,
            oid::OID_SIG_ECDSA_WITH_SHA256,
            &algorithms::ECDSA_P256_SHA256_ASN1,
        ),
        (
            Kind::P256,
            oid::OID_SIG_ECDSA_WITH_SHA384,
            &algorithms::ECDSA_P256_SHA384_ASN1,
        ),
        (
            Kind::P384,
            oid::OID_SIG_ECDSA_WITH_SHA256,
            &algorithms::ECDSA_P384_SHA256_ASN1,
        ),
        (
            Kind::P384,
            oid::OID_SIG_ECDSA_WITH_SHA384,
            &algorithms::ECDSA_P384_SHA384_ASN1,
        ),
        (Kind::Ed25519, oid::OID_SIG_ED25519, &algorithms::ED25519),
    ];
    table
        .into_iter()
        .find(|(k, id, _)| *k == kind && id == signature)
        .map(|(_, _, algorithm)| algorithm)
}
