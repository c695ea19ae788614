//! A small certification authority for the tests.

use madoguchi_certificate::{Anchors, Verifier};
use madoguchi_core::Medium;
use madoguchi_core::certificate::{CertificateDer, Certificates, Check};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256, SignatureAlgorithm,
};
use time::OffsetDateTime;
use time::macros::datetime;

pub(crate) const BEGIN: OffsetDateTime = datetime!(2021-02-01 00:00:00 +9);
pub(crate) const END: OffsetDateTime = datetime!(2026-01-31 23:59:59 +9);
/// A moment inside.
pub(crate) const DURING: OffsetDateTime = datetime!(2025-06-01 12:00:00 +9);

const CERTIFICATE_POLICIES: [u64; 4] = [2, 5, 29, 32];

pub(crate) fn rsa(name: &str, algorithm: &'static SignatureAlgorithm) -> KeyPair {
    let path = format!("{}/tests/keys/{name}.pem", env!("CARGO_MANIFEST_DIR"));
    KeyPair::from_pkcs8_pem_and_sign_algo(&std::fs::read_to_string(path).unwrap(), algorithm).unwrap()
}

pub(crate) fn leaf_key() -> KeyPair {
    rsa("leaf", &PKCS_RSA_SHA256)
}

pub(crate) fn p384() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap()
}

pub(crate) fn name(unit: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CountryName, "JP");
    name.push(DnType::OrganizationName, "JPKI-TEST");
    name.push(DnType::OrganizationalUnitName, unit);
    name
}

/// A root or an intermediate.
pub(crate) fn authority_params(unit: &str, path_len: Option<u8>) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = name(unit);
    params.is_ca = IsCa::Ca(path_len.map_or(BasicConstraints::Unconstrained, BasicConstraints::Constrained));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = datetime!(2015-01-01 00:00:00 +9);
    params.not_after = datetime!(2034-12-31 23:59:59 +9);
    params
}

/// A leaf of the JPKI profile.
pub(crate) fn leaf_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = name("leaf");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.not_before = BEGIN;
    params.not_after = END;
    // One policy, marked critical as JPKI does.
    let policies = vec![
        0x30, 0x12, 0x30, 0x10, 0x06, 0x0E, 0x2A, 0x83, 0x08, 0x8C, 0x9B, 0x55, 0x08, 0x05, 0x01, 0x03, 0x1E,
        0x00, 0x00, 0x00,
    ];
    let mut extension = CustomExtension::from_oid_content(&CERTIFICATE_POLICIES, policies);
    extension.set_criticality(true);
    params.custom_extensions = vec![extension];
    params
}

/// A root that issues.
pub(crate) struct Root {
    pub(crate) issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: String,
    pub(crate) der: CertificateDer,
}

impl Root {
    pub(crate) fn new(params: CertificateParams, key: KeyPair) -> Self {
        let certificate = params.self_signed(&key).unwrap();
        let der = CertificateDer::new(certificate.der().to_vec());
        Self {
            pem: certificate.pem(),
            der,
            issuer: Issuer::new(params, key),
        }
    }

    pub(crate) fn usual() -> Self {
        Self::new(authority_params("root", None), rsa("authority", &PKCS_RSA_SHA256))
    }

    pub(crate) fn issue(&self, params: &CertificateParams, key: &KeyPair) -> CertificateDer {
        CertificateDer::new(params.signed_by(key, &self.issuer).unwrap().der().to_vec())
    }

    pub(crate) fn anchors(&self) -> Anchors {
        Anchors::from_pem("root.pem".as_ref(), self.pem.as_bytes()).unwrap()
    }

    pub(crate) fn verifier(&self) -> Verifier {
        Verifier::new(self.anchors())
    }

    /// What the verifier that trusts this root says of a leaf that it issued, with a card.
    pub(crate) fn judge(&self, params: &CertificateParams, at: OffsetDateTime) -> Check {
        self.verifier()
            .check(&self.issue(params, &leaf_key()), &[], Medium::Card, at)
    }
}
