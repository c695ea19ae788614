//! What the JPKI profile asks beyond a path: hierarchy, policy, strength, key identifiers; and what it counts.

use std::sync::Arc;

use madoguchi_certificate::{Hierarchy, Profile, Verifier, thumbprint};
use madoguchi_core::certificate::{CertificateDer, Certificates, Check, Notice, Outcome, Revocation};
use madoguchi_core::pseudonym::Pseudonyms;
use madoguchi_core::{CardKey, Medium, Reason};
use rcgen::{CertificateParams, CustomExtension, GeneralSubtree, NameConstraints, PKCS_RSA_SHA256};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::authority::{BEGIN, DURING, END, Root, authority_params, leaf_key, leaf_params, p384, rsa};

const POLICY: &str = "1.2.392.200149.8.5.1.3.30";

fn root_of(organisation: &str) -> Root {
    let mut params = authority_params("root", None);
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(rcgen::DnType::OrganizationName, organisation);
    Root::new(params, rsa("authority", &PKCS_RSA_SHA256))
}

/// A leaf that names its authority's key, as those of cards do.
fn naming_its_authority() -> CertificateParams {
    let mut params = leaf_params();
    params.use_authority_key_identifier_extension = true;
    params
}

fn judge(root: &Root, profile: Profile, params: &CertificateParams, at: OffsetDateTime) -> Check {
    let leaf = root.issue(params, &leaf_key());
    let verifier = root.verifier().with_profile(profile);
    verifier.check(&leaf, &[], Medium::Card, at)
}

#[test]
fn production_refuses_the_test_hierarchy_and_a_test_the_real_one_even_below_a_trusted_root() {
    for (organisation, served, reason) in [
        (
            "JPKI-TEST",
            Hierarchy::Real,
            Some(Reason::CertificateTestHierarchy),
        ),
        ("JPKI", Hierarchy::Test, Some(Reason::CertificateRealHierarchy)),
        ("JPKI-TEST", Hierarchy::Test, None),
        ("JPKI", Hierarchy::Real, None),
        ("somebody", Hierarchy::Real, None),
    ] {
        let profile = Profile {
            hierarchy: Some(served),
            ..Profile::default()
        };
        let check = judge(&root_of(organisation), profile, &naming_its_authority(), DURING);
        assert_eq!(check.reason, reason, "{organisation} where {served:?} is served");
    }
}

#[test]
fn a_real_certificate_says_what_its_key_is_for_and_names_its_authoritys() {
    let mut silent = naming_its_authority();
    silent.key_usages.clear();
    for (params, real) in [
        (naming_its_authority(), None),
        (leaf_params(), Some(Reason::CertificateNotTrusted)),
        (silent, Some(Reason::CertificateWrongUsage)),
    ] {
        let reason = |organisation| judge(&root_of(organisation), Profile::default(), &params, DURING).reason;
        assert_eq!(reason("JPKI"), real);
        assert_eq!(reason("JPKI-TEST"), None, "nobody else is held to it");
    }
}

#[test]
fn without_a_mode_the_anchors_say_which_hierarchy_is_meant() {
    for (own, other, reason) in [
        ("JPKI", "JPKI-TEST", Reason::CertificateTestHierarchy),
        ("JPKI-TEST", "JPKI", Reason::CertificateRealHierarchy),
        ("JPKI", "somebody", Reason::CertificateNotTrusted),
    ] {
        let leaf = root_of(other).issue(&leaf_params(), &leaf_key());
        let check = root_of(own).verifier().check(&leaf, &[], Medium::Card, DURING);
        assert_eq!(check.reason, Some(reason), "{other} below {own}");
    }
}

#[test]
fn a_policy_is_asked_for_only_where_one_is_configured() {
    let root = Root::usual();
    let asking = |policies: &[&str]| Profile {
        policies: policies.iter().map(|policy| (*policy).to_owned()).collect(),
        ..Profile::default()
    };
    let mut with = leaf_params();
    let mut extension = CustomExtension::from_oid_content(
        &[2, 5, 29, 32],
        vec![
            0x30, 0x0F, 0x30, 0x0D, 0x06, 0x0B, 0x2A, 0x83, 0x08, 0x8C, 0x9B, 0x55, 0x08, 0x05, 0x01, 0x03,
            0x1E,
        ],
    );
    extension.set_criticality(true);
    with.custom_extensions = vec![extension];
    let mut without = leaf_params();
    without.custom_extensions.clear();
    let reason =
        |policies: &[&str], params: &CertificateParams| judge(&root, asking(policies), params, DURING).reason;
    for params in [&with, &without] {
        assert_eq!(reason(&[], params), None);
    }
    assert_eq!(reason(&[POLICY], &with), None);
    assert_eq!(reason(&["1.2.3", POLICY], &with), None);
    assert_eq!(reason(&["1.2.3"], &with), Some(Reason::CertificatePolicyMismatch));
    assert_eq!(
        reason(&[POLICY], &without),
        Some(Reason::CertificatePolicyMismatch)
    );
}

#[test]
fn days_left_are_counted_in_japan_and_change_from_validity_to_grace() {
    let root = Root::usual();
    let profile = || Profile {
        warning_days: Some(90),
        ..Profile::default()
    };
    let soon = Some(Notice::ExpiresSoon);
    for (at, days_left, notice) in [
        (datetime!(2025-11-01 12:00 +9), Some(91), None),
        (datetime!(2025-11-02 00:00 +9), Some(90), soon),
        (datetime!(2026-01-30 14:59:59 UTC), Some(1), soon),
        (datetime!(2026-01-30 15:00:00 UTC), Some(0), soon),
        (END, Some(0), soon),
        // The grace ends with April, which is as near.
        (END + Duration::SECOND, Some(88), soon),
        (datetime!(2026-04-30 23:59:59 +9), Some(0), soon),
        (datetime!(2026-05-01 00:00 +9), None, None),
        (BEGIN - Duration::SECOND, None, None),
    ] {
        let check = judge(&root, profile(), &leaf_params(), at);
        assert_eq!((check.days_left, check.notice), (days_left, notice), "{at}");
        assert_eq!(check.revocation, Revocation::NotChecked);
    }
    let short = Profile {
        warning_days: Some(30),
        ..Profile::default()
    };
    let early = judge(&root, short, &leaf_params(), END + Duration::SECOND);
    assert_eq!(early.notice, None, "the grace is long yet");
    let silent = judge(&root, Profile::default(), &leaf_params(), END);
    assert_eq!(silent.notice, None, "nobody is told where nothing is configured");
}

#[test]
fn of_three_roots_of_one_name_the_key_identifier_finds_the_one() {
    let keys = [
        rsa("authority", &PKCS_RSA_SHA256),
        rsa("stranger", &PKCS_RSA_SHA256),
        p384(),
    ];
    let roots = keys.map(|key| Root::new(authority_params("root", None), key));
    let all = roots
        .iter()
        .map(Root::anchors)
        .reduce(|all, one| all.and(one))
        .unwrap();
    let verifier = Verifier::new(all);
    let mut params = leaf_params();
    params.use_authority_key_identifier_extension = true;
    for root in &roots {
        let check = verifier.check(&root.issue(&params, &leaf_key()), &[], Medium::Card, DURING);
        assert_eq!(check.reason, None);
        assert_eq!(check.anchor, Some(thumbprint(&root.der)));
    }
    let leaf = roots[1].issue(&params, &leaf_key());
    let check = roots[0].verifier().check(&leaf, &[], Medium::Card, DURING);
    assert_eq!(
        (check.reason, check.anchor),
        (Some(Reason::CertificateNotTrusted), None)
    );
}

#[test]
fn a_root_that_constrains_names_is_obeyed() {
    let mut params = authority_params("root", None);
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DirectoryName(crate::authority::name("other"))],
        excluded_subtrees: vec![],
    });
    let root = Root::new(params, rsa("authority", &PKCS_RSA_SHA256));
    assert_eq!(
        root.judge(&leaf_params(), DURING).reason,
        Some(Reason::CertificateNotTrusted)
    );
    let mut inside = leaf_params();
    inside.distinguished_name = crate::authority::name("other");
    assert_eq!(root.judge(&inside, DURING).reason, None);
}

#[test]
fn what_rests_on_sha_1_or_a_short_key_is_refused() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/openssl/");
    for name in ["sha1.pem", "rsa1024.pem"] {
        let pem = std::fs::read(format!("{folder}{name}")).unwrap();
        let chain = madoguchi_certificate::Chain::from_pem(name.as_ref(), &pem).unwrap();
        let verifier = Root::usual().verifier();
        let check = verifier.check(&chain.leaf, &[], Medium::Card, DURING);
        assert_eq!(
            (check.outcome, check.reason),
            (Outcome::Refused, Some(Reason::CertificateWeak)),
            "{name}"
        );
    }
}

/// Says issuer and serial instead of hiding them.
struct Plain;

impl Pseudonyms for Plain {
    fn card(&self, issuer: &[u8], serial: &[u8]) -> CardKey {
        let sum = issuer.iter().chain(serial).fold(7_u64, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(u64::from(*byte))
        });
        CardKey::new(format!("{sum:064x}")).unwrap()
    }
}

#[test]
fn a_card_is_named_by_issuer_and_serial_where_the_site_has_a_key() {
    let root = Root::usual();
    let key = |params: &CertificateParams, der: Option<CertificateDer>| {
        let leaf = der.unwrap_or_else(|| root.issue(params, &leaf_key()));
        let verifier = root.verifier().with_pseudonyms(Arc::new(Plain));
        verifier.check(&leaf, &[], Medium::Card, DURING).card_key
    };
    let mut params = leaf_params();
    params.serial_number = Some(rcgen::SerialNumber::from_slice(&[1, 2, 3]));
    let first = key(&params, None);
    assert!(first.is_some());
    assert_eq!(key(&params, None), first);
    params.serial_number = Some(rcgen::SerialNumber::from_slice(&[1, 2, 4]));
    assert_ne!(key(&params, None), first, "a renewed certificate is another");
    assert_eq!(key(&params, Some(CertificateDer::new(vec![0x30, 0]))), None);
    assert_eq!(root.judge(&params, DURING).card_key, None, "no key, no name");
}

#[test]
fn anchors_are_listed_by_their_end_and_reported_long_before() {
    let mut early = authority_params("root", None);
    early.not_after = datetime!(2026-12-31 23:59:59 +9);
    let early = Root::new(early, p384());
    let verifier = Verifier::new(Root::usual().anchors().and(early.anchors()));
    let listed = |at| {
        let list = verifier.anchors(at);
        list.into_iter()
            .map(|anchor| (anchor.days_left, anchor.expires_soon))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        listed(datetime!(2025-11-25 12:00 +9)),
        [(401, false), (3323, false)]
    );
    assert_eq!(listed(datetime!(2025-11-26 12:00 +9))[0], (400, true));
    // Expired, and still an anchor for cards in their grace.
    assert_eq!(listed(datetime!(2027-01-01 00:00 +9))[0], (-1, true));
    let first = &verifier.anchors(DURING)[0];
    assert_eq!(first.fingerprint, thumbprint(&early.der));
    assert!(
        first.subject.contains("JPKI-TEST") && first.key_id.is_some(),
        "{first:?}"
    );
}
