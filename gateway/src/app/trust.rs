//! Whom the gateway trusts, according to its mode.

use madoguchi_certificate::{Anchors, Verifier};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::config::{Mode, Problem, Trust};

/// Organisation of the test hierarchy.
const TEST_ORGANISATION: &str = "JPKI-TEST";

/// Reads the trust anchors.
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
    if trust.mode == Mode::Production {
        refuse_test(trust)?;
    }
    Ok(Verifier::new(anchors))
}

fn refuse_test(trust: &Trust) -> Result<(), Problem> {
    for (index, path) in trust.anchors.iter().enumerate() {
        // What cannot be read has been told by then.
        let entries = CertificateDer::pem_file_iter(path)
            .into_iter()
            .flatten()
            .flatten();
        if entries.into_iter().any(|entry| is_test(&entry)) {
            return Err(Problem::value(
                format!("trust.anchors[{index}]"),
                format!(
                    "{}: is the test hierarchy (O={TEST_ORGANISATION}), which production refuses: use the real roots, \
                     or trust.mode = \"test\" where no real patient comes",
                    path.display()
                ),
            ));
        }
    }
    Ok(())
}

fn is_test(der: &[u8]) -> bool {
    X509Certificate::from_der(der).is_ok_and(|(_, certificate)| {
        let mut organisations = certificate.subject().iter_organization();
        organisations.any(|organisation| organisation.as_str() == Ok(TEST_ORGANISATION))
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
