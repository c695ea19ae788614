//! Whom the gateway trusts, according to its mode.

use madoguchi_certificate::{Anchors, Verifier};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::config::{Mode, Problem, Trust};

/// Organisation of the test hierarchy.
const TEST_ORGANISATION: &str = "JPKI-TEST";
/// Organisation of the real one.
const REAL_ORGANISATION: &str = "JPKI";

/// Reads the trust anchors, and says in the log which they are: an administrator compares the fingerprints with what
/// the authority publishes.
///
/// # Errors
/// [`Problem`] says which anchor is missing, unreadable or not for this mode.
pub(super) fn verifier(trust: &Trust) -> Result<Verifier, Problem> {
    if trust.anchors.is_empty() {
        return Err(Problem::value(
            "trust.anchors",
            "is empty, so that no certificate could ever be accepted: name the PEM file with the roots of the \
             user-authentication CA, such as anchors = [\"jpki-user-roots.pem\"]",
        ));
    }
    let anchors = Anchors::load(&trust.anchors).map_err(Problem::Anchors)?;
    refuse_the_other_mode(trust)?;
    for sha256 in anchors.thumbprints() {
        tracing::info!(sha256, mode = trust.mode.as_str(), "a root that is trusted");
    }
    Ok(Verifier::new(anchors))
}

/// A made-up patient must never pass for a real one, and a real one must not get into a test.
fn refuse_the_other_mode(trust: &Trust) -> Result<(), Problem> {
    let (organisation, problem) = match trust.mode {
        Mode::Production => (
            TEST_ORGANISATION,
            "is the test hierarchy (O=JPKI-TEST), which production refuses: use the real roots, or trust.mode = \
             \"test\" where no real patient comes",
        ),
        Mode::Test => (
            REAL_ORGANISATION,
            "is the real hierarchy (O=JPKI), which test mode refuses: use test roots, or trust.mode = \"production\" \
             where real patients come",
        ),
    };
    for (index, path) in trust.anchors.iter().enumerate() {
        // What cannot be read has been told by then.
        let entries = CertificateDer::pem_file_iter(path)
            .into_iter()
            .flatten()
            .flatten();
        if entries.into_iter().any(|entry| is_of(&entry, organisation)) {
            return Err(Problem::value(
                format!("trust.anchors[{index}]"),
                format!("{}: {problem}", path.display()),
            ));
        }
    }
    Ok(())
}

fn is_of(der: &[u8], organisation: &str) -> bool {
    X509Certificate::from_der(der).is_ok_and(|(_, certificate)| {
        let mut organisations = certificate.subject().iter_organization();
        organisations.any(|of| of.as_str() == Ok(organisation))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mode: Mode, files: &[(&str, &str)]) -> Result<Verifier, String> {
        let folder = tempfile::tempdir().unwrap();
        let write = |(name, text): &(&str, &str)| {
            std::fs::write(folder.path().join(name), text).unwrap();
            folder.path().join(name)
        };
        let trust = Trust {
            mode,
            anchors: files.iter().map(write).collect(),
        };
        verifier(&trust).map_err(|problem| {
            assert_eq!(problem.exit_code(), 64);
            problem.to_string()
        })
    }

    #[test]
    fn the_test_hierarchy_is_for_tests() {
        let root = madoguchi_twin::TestCa::new().unwrap().root_pem();
        assert!(read(Mode::Test, &[("root.pem", &root)]).is_ok());
        let error = read(Mode::Production, &[("root.pem", &root)]).unwrap_err();
        assert!(
            error.starts_with("trust.anchors[0]: ") && error.contains("trust.mode = \"test\""),
            "{error}"
        );
    }

    /// A root of nobody's, under the real hierarchy's organisation.
    fn real_looking_root() -> String {
        let mut params = rcgen::CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(rcgen::DnType::OrganizationName, REAL_ORGANISATION);
        let key = rcgen::KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().pem()
    }

    #[test]
    fn the_real_hierarchy_is_for_production() {
        let (real, test) = (
            real_looking_root(),
            madoguchi_twin::TestCa::new().unwrap().root_pem(),
        );
        assert!(read(Mode::Production, &[("real.pem", &real)]).is_ok());
        let error = read(Mode::Test, &[("test.pem", &test), ("real.pem", &real)]).unwrap_err();
        assert!(
            error.starts_with("trust.anchors[1]: ") && error.contains("trust.mode = \"production\""),
            "{error}"
        );
    }

    #[test]
    fn without_anchors_nothing_starts() {
        for mode in [Mode::Production, Mode::Test] {
            let error = read(mode, &[]).unwrap_err();
            assert!(error.starts_with("trust.anchors: is empty"), "{error}");
            let error = read(mode, &[("root.pem", "")]).unwrap_err();
            assert!(
                error.starts_with("trust.anchors: ") && error.contains("root.pem"),
                "{error}"
            );
        }
    }
}
