//! Whom a certificate comes from.

use madoguchi_certificate::{Anchors, Error, Options, Verifier};
use madoguchi_core::certificate::{CertificateDer, Certificates, Outcome};
use madoguchi_core::{Medium, Reason};
use rcgen::{
    CertificateParams, CustomExtension, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
    PKCS_RSA_SHA256, PKCS_RSA_SHA384, PKCS_RSA_SHA512,
};
use time::Duration;
use time::macros::datetime;

use crate::authority::{DURING, END, Root, authority_params, leaf_key, leaf_params, p384, rsa};

fn outcome(verifier: &Verifier, leaf: &CertificateDer, intermediates: &[CertificateDer]) -> Option<Reason> {
    let check = verifier.check(leaf, intermediates, Medium::Card, DURING);
    assert_eq!(check.outcome == Outcome::Full, check.reason.is_none());
    check.reason
}

#[test]
fn chains_of_every_algorithm_of_the_field_hold() {
    let p256 = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let rsa = [&PKCS_RSA_SHA256, &PKCS_RSA_SHA384, &PKCS_RSA_SHA512].map(|hash| rsa("authority", hash));
    for key in rsa.into_iter().chain([p256, p384()]) {
        let root = Root::new(authority_params("root", None), key);
        assert_eq!(root.judge(&leaf_params(), DURING).outcome, Outcome::Full);
    }
}

#[test]
fn a_stranger_is_not_trusted_even_under_the_same_name() {
    let root = Root::usual();
    let stranger = Root::new(authority_params("root", None), rsa("stranger", &PKCS_RSA_SHA256));
    let leaf = stranger.issue(&leaf_params(), &leaf_key());
    assert_eq!(
        outcome(&root.verifier(), &leaf, &[]),
        Some(Reason::CertificateNotTrusted)
    );
    // The stranger's own root sent along changes nothing, nor does an expired leaf.
    let along = std::slice::from_ref(&stranger.der);
    assert_eq!(
        outcome(&root.verifier(), &leaf, along),
        Some(Reason::CertificateNotTrusted)
    );
    let late = root
        .verifier()
        .check(&leaf, &[], Medium::Card, END + Duration::SECOND);
    assert_eq!(late.reason, Some(Reason::CertificateNotTrusted));
    // Both roots of one name trusted: each leaf finds its own.
    let both = Verifier::new(root.anchors().and(stranger.anchors()));
    assert_eq!(outcome(&both, &leaf, &[]), None);
    assert_eq!(
        outcome(&both, &root.issue(&leaf_params(), &leaf_key()), &[]),
        None
    );
}

#[test]
fn a_self_signed_leaf_is_not_trusted() {
    let root = Root::usual();
    for is_ca in [IsCa::NoCa, authority_params("x", None).is_ca] {
        let mut params = leaf_params();
        params.is_ca = is_ca;
        let leaf = CertificateDer::new(params.self_signed(&leaf_key()).unwrap().der().to_vec());
        assert_eq!(
            outcome(&root.verifier(), &leaf, &[]),
            Some(Reason::CertificateNotTrusted)
        );
    }
}

struct Middle {
    der: CertificateDer,
    issuer: Issuer<'static, KeyPair>,
}

fn middle(root: &Root, params: CertificateParams) -> Middle {
    let key = p384();
    Middle {
        der: root.issue(&params, &key),
        issuer: Issuer::new(params, key),
    }
}

fn issue(middle: &Middle) -> CertificateDer {
    CertificateDer::new(
        leaf_params()
            .signed_by(&leaf_key(), &middle.issuer)
            .unwrap()
            .der()
            .to_vec(),
    )
}

#[test]
fn an_intermediate_counts_only_when_it_is_an_authority_of_that_moment() {
    let root = Root::usual();
    let verifier = root.verifier();
    let good = middle(&root, authority_params("middle", Some(0)));
    assert_eq!(
        outcome(&verifier, &issue(&good), std::slice::from_ref(&good.der)),
        None
    );
    assert_eq!(
        outcome(&verifier, &issue(&good), &[]),
        Some(Reason::CertificateNotTrusted)
    );

    let mut not_an_authority = authority_params("middle", None);
    not_an_authority.is_ca = IsCa::ExplicitNoCa;
    let mut silent = authority_params("middle", None);
    silent.is_ca = IsCa::NoCa;
    let mut may_not_sign = authority_params("middle", None);
    may_not_sign.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let mut expired = authority_params("middle", None);
    expired.not_after = DURING - Duration::SECOND;
    let mut unknown_critical = authority_params("middle", None);
    let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
    extension.set_criticality(true);
    unknown_critical.custom_extensions = vec![extension];
    for params in [not_an_authority, silent, may_not_sign, expired, unknown_critical] {
        let bad = middle(&root, params);
        let reason = outcome(&verifier, &issue(&bad), std::slice::from_ref(&bad.der));
        assert_eq!(reason, Some(Reason::CertificateNotTrusted));
    }
}

#[test]
fn a_root_that_allows_no_intermediate_is_obeyed() {
    let root = Root::new(
        authority_params("root", Some(0)),
        rsa("authority", &PKCS_RSA_SHA256),
    );
    assert_eq!(root.judge(&leaf_params(), DURING).outcome, Outcome::Full);
    let below = middle(&root, authority_params("middle", None));
    let reason = outcome(&root.verifier(), &issue(&below), std::slice::from_ref(&below.der));
    assert_eq!(reason, Some(Reason::CertificateNotTrusted));
}

#[test]
fn an_expired_leaf_keeps_its_grace_below_an_intermediate_of_its_time() {
    let root = Root::usual();
    let mut params = authority_params("middle", None);
    params.not_after = END + Duration::DAY;
    let middle = middle(&root, params);
    let at = datetime!(2026-04-01 0:00 +9);
    let check = root.verifier().check(
        &issue(&middle),
        std::slice::from_ref(&middle.der),
        Medium::Card,
        at,
    );
    assert_eq!(check.reason, Some(Reason::CertificateInGrace));
}

#[test]
fn anchors_are_read_with_errors_that_name_the_entry() {
    let root = Root::usual();
    let leaf = leaf_params().self_signed(&leaf_key()).unwrap();
    let mut no_authority = authority_params("x", None);
    no_authority.is_ca = IsCa::ExplicitNoCa;
    let no_authority = no_authority.self_signed(&leaf_key()).unwrap().pem();
    let read = |text: String| {
        Anchors::from_pem("a.pem".as_ref(), text.as_bytes())
            .unwrap_err()
            .to_string()
    };
    assert_eq!(read(String::new()), "a.pem: holds no certificate");
    assert_eq!(
        read(format!("{}{no_authority}", root.pem)),
        "a.pem: entry 2 is not a certification authority"
    );
    let wrong_usage = leaf.pem();
    assert_eq!(
        read(wrong_usage),
        "a.pem: entry 1 is not a certification authority"
    );
    let garbage = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    assert_eq!(
        read(garbage.to_owned()),
        "a.pem: entry 1 is not an X.509 certificate that can be understood"
    );

    assert!(matches!(Options::default().build(), Err(Error::NoAnchors)));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("root.pem");
    std::fs::write(&path, &root.pem).unwrap();
    let verifier = Options { anchors: vec![path] }.build().unwrap();
    assert_eq!(
        outcome(&verifier, &root.issue(&leaf_params(), &leaf_key()), &[]),
        None
    );
    assert!(matches!(
        Options {
            anchors: vec![folder.path().join("none.pem")]
        }
        .build(),
        Err(Error::Unreadable { .. })
    ));
    assert_eq!(root.anchors().thumbprints().count(), 1);
}

#[test]
fn a_version_1_leaf_as_plain_openssl_makes_it_is_accepted() {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/openssl"));
    let verifier = Options {
        anchors: vec![folder.join("root.pem")],
    }
    .build()
    .unwrap();
    let chain = madoguchi_certificate::Chain::load(&folder.join("leaf-v1.pem")).unwrap();
    let at = datetime!(2027-01-01 0:00 UTC);
    let check = verifier.check(&chain.leaf, &chain.intermediates, Medium::Card, at);
    assert_eq!((check.outcome, check.reason), (Outcome::Full, None));
}
