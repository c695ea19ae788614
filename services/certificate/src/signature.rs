//! Signature checks by *ring*, for the algorithms that a JPKI chain may use.

use ring::signature::{self as algorithms, UnparsedPublicKey, VerificationAlgorithm};
use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::asn1_rs::Oid;
use x509_parser::oid_registry as oid;
use x509_parser::x509::SubjectPublicKeyInfo;

/// A public key that this crate can check signatures of.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    kind: Kind,
    bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Rsa,
    P256,
    P384,
}

impl Key {
    pub(crate) fn from_spki(spki: &SubjectPublicKeyInfo<'_>) -> Option<Self> {
        let kind = if spki.algorithm.algorithm == oid::OID_PKCS1_RSAENCRYPTION {
            Kind::Rsa
        } else if spki.algorithm.algorithm == oid::OID_KEY_TYPE_EC_PUBLIC_KEY {
            let curve: Oid<'_> = spki.algorithm.parameters.as_ref()?.as_oid().ok()?;
            match () {
                () if curve == oid::OID_EC_P256 => Kind::P256,
                () if curve == oid::OID_NIST_EC_P384 => Kind::P384,
                () => return None,
            }
        } else {
            return None;
        };
        Some(Self {
            kind,
            bytes: spki.subject_public_key.data.to_vec(),
        })
    }

    /// Whether this key signed the certificate.
    pub(crate) fn issued(&self, certificate: &X509Certificate<'_>) -> bool {
        algorithm(self.kind, &certificate.signature_algorithm.algorithm).is_some_and(|algorithm| {
            UnparsedPublicKey::new(algorithm, &self.bytes)
                .verify(
                    certificate.tbs_certificate.as_ref(),
                    &certificate.signature_value.data,
                )
                .is_ok()
        })
    }

    /// Whether this key signed the message as a card's chip does: RSA PKCS#1 v1.5 with SHA-256 today; ECDSA on P-384
    /// with SHA-384 in the next card generation (its signature assumed to be the usual DER).
    pub(crate) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let algorithm: &'static dyn VerificationAlgorithm = match self.kind {
            Kind::Rsa => &algorithms::RSA_PKCS1_2048_8192_SHA256,
            Kind::P384 => &algorithms::ECDSA_P384_SHA384_ASN1,
            Kind::P256 => return false,
        };
        UnparsedPublicKey::new(algorithm, &self.bytes)
            .verify(message, signature)
            .is_ok()
    }
}

fn algorithm(kind: Kind, signature: &Oid<'_>) -> Option<&'static dyn VerificationAlgorithm> {
    let table: [(Kind, Oid<'static>, &'static dyn VerificationAlgorithm); 7] = [
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
    ];
    table
        .into_iter()
        .find(|(k, id, _)| *k == kind && id == signature)
        .map(|(_, _, algorithm)| algorithm)
}
