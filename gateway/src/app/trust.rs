//! Whom the gateway trusts, according to its mode.

use madoguchi_certificate::{Anchors, Fingerprint, Hierarchy, InvalidFingerprint, Profile, Verifier};
use madoguchi_core::certificate::TrustAnchor;
use madoguchi_core::clock::day_in_japan;

use crate::config::{Mode, Problem, Trust};

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
    refuse_the_other_mode(trust, &anchors)?;
    let anchors = anchors.pinned(&fingerprints(trust)?).map_err(Problem::Anchors)?;
    if is_open(trust) {
        tracing::warn!(
            "trust.fingerprints is empty: every root that the files of trust.anchors hold is trusted, whoever put it there; \
             name the fingerprints that the authority publishes"
        );
    }
    for sha256 in anchors.thumbprints() {
        tracing::info!(sha256, mode = trust.mode.as_str(), "a root that is trusted");
    }
    Ok(Verifier::new(anchors).with_profile(Profile {
        hierarchy: Some(hierarchy(trust.mode)),
        policies: trust.policies.clone(),
        warning_days: Some(trust.expiry_warning_days),
        anchor_warning_days: trust.anchor_warning_days,
    }))
}

const fn hierarchy(mode: Mode) -> Hierarchy {
    match mode {
        Mode::Production => Hierarchy::Real,
        Mode::Test => Hierarchy::Test,
    }
}

/// Whether real patients are received below whatever root lies in a file.
const fn is_open(trust: &Trust) -> bool {
    matches!(trust.mode, Mode::Production) && trust.fingerprints.is_empty()
}

fn fingerprints(trust: &Trust) -> Result<Vec<Fingerprint>, Problem> {
    let read = trust.fingerprints.iter().enumerate().map(|(index, text)| {
        text.parse().map_err(|invalid: InvalidFingerprint| {
            Problem::value(format!("trust.fingerprints[{index}]"), invalid.to_string())
        })
    });
    read.collect()
}

/// Says in the log which roots are expired or will soon: the next ones have to be there long before a patient comes with
/// a card below them.
pub(super) fn warn(anchors: &[TrustAnchor]) {
    for anchor in anchors.iter().filter(|anchor| anchor.expires_soon) {
        tracing::warn!(
            sha256 = anchor.fingerprint,
            days_left = anchor.days_left,
            not_after = %day_in_japan(anchor.not_after),
            "a root that is trusted expires soon or has expired: get the next one from the authority"
        );
    }
}

/// A made-up patient must never pass for a real one, and a real one must not get into a test.
fn refuse_the_other_mode(trust: &Trust, anchors: &Anchors) -> Result<(), Problem> {
    let (other, problem) = match trust.mode {
        Mode::Production => (
            Hierarchy::Test,
            "is the test hierarchy (O=JPKI-TEST), which production refuses: use the real roots, or trust.mode = \
             \"test\" where no real patient comes",
        ),
        Mode::Test => (
            Hierarchy::Real,
            "is the real hierarchy (O=JPKI), which test mode refuses: use test roots, or trust.mode = \"production\" \
             where real patients come",
        ),
    };
    let Some(path) = anchors.of(other) else {
        return Ok(());
    };
    let index = trust
        .anchors
        .iter()
        .position(|one| one == path)
        .unwrap_or_default();
    Err(Problem::value(
        format!("trust.anchors[{index}]"),
        format!("{}: {problem}", path.display()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mode: Mode, files: &[(&str, &str)]) -> Result<Verifier, String> {
        pinned(mode, files, &[])
    }

    fn pinned(mode: Mode, files: &[(&str, &str)], fingerprints: &[&str]) -> Result<Verifier, String> {
        let folder = tempfile::tempdir().unwrap();
        let write = |(name, text): &(&str, &str)| {
            std::fs::write(folder.path().join(name), text).unwrap();
            folder.path().join(name)
        };
        let trust = Trust {
            mode,
            anchors: files.iter().map(write).collect(),
            fingerprints: fingerprints.iter().map(|text| (*text).to_owned()).collect(),
            ..Trust::default()
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
            .push(rcgen::DnType::OrganizationName, Hierarchy::Real.organisation());
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
    fn only_pinned_roots_are_trusted_and_all_of_them_have_to_be_there() {
        let root = madoguchi_twin::TestCa::new().unwrap();
        let der = madoguchi_core::certificate::CertificateDer::new(root.root_der().to_vec());
        let (own, pem) = (madoguchi_certificate::thumbprint(&der), root.root_pem());
        let with_colons = own
            .to_uppercase()
            .as_bytes()
            .chunks(2)
            .map(|pair| String::from_utf8_lossy(pair))
            .collect::<Vec<_>>()
            .join(":");
        for fingerprint in [&own, &with_colons] {
            assert!(pinned(Mode::Test, &[("root.pem", &pem)], &[fingerprint]).is_ok());
        }
        let other = "00".repeat(32);
        let error = pinned(Mode::Test, &[("root.pem", &pem)], &[&other]).unwrap_err();
        assert!(error.contains("entry 1") && error.contains(&own), "{error}");
        let error = pinned(Mode::Test, &[("root.pem", &pem)], &[&own, &other]).unwrap_err();
        assert!(
            error.contains(&other) && error.contains("in none of the files"),
            "{error}"
        );
    }

    #[test]
    fn roots_that_nobody_pinned_are_warned_of_where_real_patients_come() {
        let trust = |mode, fingerprints: &[&str]| Trust {
            mode,
            fingerprints: fingerprints.iter().map(|text| (*text).to_owned()).collect(),
            ..Trust::default()
        };
        assert!(is_open(&trust(Mode::Production, &[])));
        assert!(!is_open(&trust(Mode::Production, &["00"])));
        assert!(!is_open(&trust(Mode::Test, &[])));
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
