//! The certificates that the test authority issues, seen by somebody else's parser and verifier.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's helpers fail the test"
)]

use std::path::Path;
use std::process::Command;

use madoguchi_twin::{Persona, TestCa};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer, X509Certificate};

const NOW: OffsetDateTime = datetime!(2026-06-15 10:00 +9);

fn persona(name: &str) -> Persona {
    Persona::by_name(name).unwrap().unwrap()
}

#[test]
fn the_profile_is_that_of_a_user_authentication_certificate() {
    let ca = TestCa::new().unwrap();
    for persona in Persona::all().unwrap() {
        let der = persona.certificate(&ca, NOW).unwrap();
        assert!(
            (1_150..1_280).contains(&der.as_bytes().len()),
            "{} bytes",
            der.as_bytes().len()
        );
        let (rest, leaf) = X509Certificate::from_der(der.as_bytes()).unwrap();
        assert!(rest.is_empty());
        let issuer =
            "C=JP, O=JPKI-TEST, OU=JPKI for user authentication, OU=madoguchi twin: published test keys";
        assert_eq!(leaf.issuer().to_string(), issuer);
        let subject = leaf.subject().to_string();
        assert!(
            subject.starts_with("C=JP, CN=") && subject.ends_with("TEST00A"),
            "{subject}"
        );
        assert!(!subject.contains(&persona.record().insurances[0].name));
        let usage = leaf.key_usage().unwrap().unwrap();
        assert!(usage.critical && usage.value.digital_signature());
        assert_eq!(usage.value.flags, 1, "nothing but digitalSignature");
        assert!(!leaf.is_ca());
        let oids: Vec<String> = leaf
            .extensions()
            .iter()
            .map(|extension| extension.oid.to_id_string())
            .collect();
        for oid in [
            "2.5.29.14",
            "2.5.29.35",
            "2.5.29.32",
            "2.5.29.31",
            "2.5.29.18",
            "1.3.6.1.5.5.7.1.1",
        ] {
            assert!(oids.contains(&oid.to_owned()), "{oid} in {oids:?}");
        }
        for extension in leaf.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::CertificatePolicies(policies) => {
                    assert_eq!(policies[0].policy_id.to_id_string(), "1.2.392.200149.8.5.1.3.30");
                }
                ParsedExtension::CRLDistributionPoints(points) => {
                    let Some(x509_parser::extensions::DistributionPointName::FullName(names)) =
                        &points.points[0].distribution_point
                    else {
                        panic!("a full name");
                    };
                    assert!(matches!(names[..], [GeneralName::DirectoryName(_)]));
                }
                ParsedExtension::AuthorityKeyIdentifier(id) => {
                    assert_eq!(
                        id.key_identifier.as_ref().unwrap().0.to_vec(),
                        hex::decode(ca.key_id_hex()).unwrap()
                    );
                }
                ParsedExtension::ParseError { .. } | ParsedExtension::Unparsed => {
                    panic!("{} cannot be parsed", extension.oid)
                }
                _ => {}
            }
        }
    }
}

#[test]
fn validity_is_counted_in_days_of_japan() {
    let ca = TestCa::new().unwrap();
    let expired = persona("expired-in-grace");
    let der = expired.certificate(&ca, NOW).unwrap();
    let (_, leaf) = X509Certificate::from_der(der.as_bytes()).unwrap();
    assert_eq!(
        leaf.validity().not_after.to_datetime(),
        datetime!(2026-05-26 23:59:59 +9)
    );
    assert_eq!(
        leaf.validity().not_before.to_datetime(),
        datetime!(2021-05-26 00:00 +9)
    );
    let late = datetime!(2026-06-15 14:59:59 UTC);
    assert_eq!(
        expired.certificate(&ca, late).unwrap(),
        der,
        "the same bytes until midnight in Japan"
    );
    assert_ne!(expired.certificate(&ca, late + Duration::SECOND).unwrap(), der);
}

#[test]
fn two_authorities_come_to_the_same_bytes() {
    let (one, two) = (TestCa::new().unwrap(), TestCa::new().unwrap());
    assert_eq!(one.root_der(), two.root_der());
    let adult = persona("adult");
    assert_eq!(
        adult.certificate(&one, NOW).unwrap(),
        adult.certificate(&two, NOW).unwrap()
    );
    assert_ne!(
        adult.certificate(&one, NOW).unwrap(),
        persona("child").certificate(&one, NOW).unwrap()
    );
}

#[test]
fn the_key_hash_is_that_of_the_certificate_s_key() {
    let ca = TestCa::new().unwrap();
    let adult = persona("adult");
    let der = adult.certificate(&ca, NOW).unwrap();
    let (_, leaf) = X509Certificate::from_der(der.as_bytes()).unwrap();
    let digest = ring::digest::digest(&ring::digest::SHA256, leaf.public_key().raw);
    assert_eq!(adult.spki_sha256_hex().unwrap(), hex::encode(digest));
}

#[test]
fn openssl_builds_the_chain() {
    let ca = TestCa::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root.pem");
    std::fs::write(&root, ca.root_pem()).unwrap();
    let der = folder.path().join("leaf.der");
    std::fs::write(&der, persona("adult").certificate(&ca, NOW).unwrap().as_bytes()).unwrap();
    let pem = folder.path().join("leaf.pem");
    openssl(&["x509", "-inform", "DER", "-in", text(&der), "-out", text(&pem)]);
    let at = NOW.unix_timestamp().to_string();
    openssl(&[
        "verify",
        "-x509_strict",
        "-attime",
        &at,
        "-CAfile",
        text(&root),
        text(&pem),
    ]);
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn openssl(arguments: &[&str]) {
    let output = Command::new("openssl")
        .args(arguments)
        .output()
        .expect("openssl is not installed: apt-get install -y --no-install-recommends openssl");
    assert!(
        output.status.success(),
        "openssl {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
