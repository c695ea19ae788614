//! Certificate policies on real paths: what cannot be read, ways round a policy, and how much work they can make.

use madoguchi_certificate::{Fault, rfc5280};
use madoguchi_core::certificate::CertificateDer;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256,
};
use time::macros::datetime;

const POLICIES: u64 = 32;
const MAPPINGS: u64 = 33;
const CONSTRAINTS: u64 = 36;
const INHIBIT_ANY: u64 = 54;

/// A policy is required from the next certificate on.
const REQUIRED: &[u8] = &[0x30, 3, 0x80, 1, 0];

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    let length = match length {
        [0, 0, 0, short] if short < 0x80 => vec![short],
        [0, 0, 0, short] => vec![0x81, short],
        [_, high, middle, low] => vec![0x83, high, middle, low],
    };
    [&[tag], &length[..], content].concat()
}

/// The policy 1.3.6.1.number.
fn policy(number: u8) -> Vec<u8> {
    der(6, &[0x2B, 6, 1, number])
}

fn policies(numbers: impl IntoIterator<Item = u8>) -> Vec<u8> {
    let each = numbers.into_iter().flat_map(|number| der(0x30, &policy(number)));
    der(0x30, &each.collect::<Vec<u8>>())
}

fn mappings(pairs: impl IntoIterator<Item = (u8, u8)>) -> Vec<u8> {
    let each = pairs
        .into_iter()
        .flat_map(|(from, to)| der(0x30, &[policy(from), policy(to)].concat()));
    der(0x30, &each.collect::<Vec<u8>>())
}

fn extension(number: u64, critical: bool, value: Vec<u8>) -> CustomExtension {
    let mut extension = CustomExtension::from_oid_content(&[2, 5, 29, number], value);
    extension.set_criticality(critical);
    extension
}

fn params(name: &str, extensions: Vec<CustomExtension>) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.use_authority_key_identifier_extension = true;
    params.custom_extensions = extensions;
    params
}

struct Authority {
    der: CertificateDer,
    issuer: Issuer<'static, KeyPair>,
}

fn key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

fn authority(
    above: Option<&Authority>,
    name: &str,
    key: KeyPair,
    extensions: Vec<CustomExtension>,
) -> Authority {
    let mut params = params(name, extensions);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let made = match above {
        Some(above) => params.signed_by(&key, &above.issuer),
        None => params.self_signed(&key),
    };
    Authority {
        der: CertificateDer::new(made.unwrap().der().to_vec()),
        issuer: Issuer::new(params, key),
    }
}

fn leaf(above: &Authority, extensions: Vec<CustomExtension>) -> CertificateDer {
    let mut params = params("leaf", extensions);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let made = params.signed_by(&key(), &above.issuer).unwrap();
    CertificateDer::new(made.der().to_vec())
}

fn judge(anchor: &Authority, between: &[&Authority], leaf: &CertificateDer) -> Option<Fault> {
    let between: Vec<_> = between.iter().map(|one| one.der.clone()).collect();
    let at = datetime!(2026-11-26 00:00:00 UTC);
    let result = rfc5280::validate(std::slice::from_ref(&anchor.der), leaf, &between, at);
    result.err().map(|told| told.fault)
}

#[test]
fn what_cannot_be_read_is_malformed() {
    let root = authority(None, "root", key(), vec![]);
    let any = der(6, &[0x55, 0x1D, 0x20, 0]);
    let pair = |from: &[u8], to: &[u8]| der(0x30, &der(0x30, &[from, to].concat()));
    let behind = |value: Vec<u8>| [value, vec![5, 0]].concat();
    let malformed = [
        (POLICIES, der(0x30, &[])),
        (POLICIES, policies([1, 2, 1])),
        (POLICIES, der(0x30, &der(0x30, &der(4, b"policy")))),
        (POLICIES, behind(policies([1]))),
        (MAPPINGS, der(0x30, &[])),
        (MAPPINGS, pair(&any, &policy(1))),
        (MAPPINGS, pair(&policy(1), &any)),
        (MAPPINGS, pair(&policy(1), &[])),
        (MAPPINGS, pair(&policy(1), &behind(policy(2)))),
        (MAPPINGS, behind(mappings([(1, 2)]))),
        (CONSTRAINTS, der(0x30, &[])),
        (CONSTRAINTS, vec![0x30, 3, 0x02, 1, 0]),
        (CONSTRAINTS, vec![0x30, 2, 0x80, 0]),
        (CONSTRAINTS, vec![0x30, 3, 0x80, 1, 0xFF]),
        (CONSTRAINTS, vec![0x30, 4, 0x80, 2, 0, 1]),
        (CONSTRAINTS, vec![0x30, 6, 0x81, 1, 0, 0x80, 1, 0]),
        (CONSTRAINTS, vec![0x30, 6, 0x80, 1, 0, 0x80, 1, 0]),
        (CONSTRAINTS, vec![0x30, 3, 0x82, 1, 0]),
        (CONSTRAINTS, behind(REQUIRED.to_vec())),
        (INHIBIT_ANY, vec![2, 1, 0xFF]),
        (INHIBIT_ANY, vec![2, 0]),
        (INHIBIT_ANY, vec![4, 1, 0]),
        (INHIBIT_ANY, vec![2, 1, 0, 5, 0]),
    ];
    for (number, value) in malformed {
        let bad = vec![extension(number, true, value.clone())];
        let middle = authority(Some(&root), "middle", key(), bad.clone());
        let told = judge(&root, &[&middle], &leaf(&middle, vec![]));
        assert_eq!(told, Some(Fault::Malformed), "{number} {value:02x?}");
        let told = judge(&root, &[], &leaf(&root, bad));
        assert_eq!(told, Some(Fault::Malformed), "leaf: {number} {value:02x?}");
    }
    // A count beyond any number here is a count all the same.
    for (number, value) in [
        (CONSTRAINTS, vec![0x30, 3, 0x80, 1, 0]),
        (CONSTRAINTS, vec![0x30, 3, 0x81, 1, 0]),
        (CONSTRAINTS, vec![0x30, 4, 0x80, 2, 0, 0x80]),
        (CONSTRAINTS, [&[0x30, 8, 0x80, 6][..], &[0x7F; 6]].concat()),
        (INHIBIT_ANY, [&[2, 20][..], &[0x7F; 20]].concat()),
        (MAPPINGS, mappings([(1, 2)])),
    ] {
        let good = vec![
            extension(number, true, value),
            extension(POLICIES, true, policies([1])),
        ];
        let middle = authority(Some(&root), "middle", key(), good);
        let below = vec![extension(POLICIES, true, policies([1, 2]))];
        assert_eq!(judge(&root, &[&middle], &leaf(&middle, below)), None);
    }
}

#[test]
fn critical_policies_have_qualifiers_that_are_understood() {
    let root = authority(None, "root", key(), vec![]);
    let qualified = |last: u8| {
        let text = der(0x16, b"https://example.com/");
        let qualifier = [der(6, &[0x2B, 6, 1, 5, 5, 7, 2, last]), text].concat();
        let information = [policy(1), der(0x30, &der(0x30, &qualifier))].concat();
        der(0x30, &der(0x30, &information))
    };
    let told = |critical, last| {
        let extensions = vec![extension(POLICIES, critical, qualified(last))];
        judge(&root, &[], &leaf(&root, extensions))
    };
    assert_eq!(told(true, 1), None);
    assert_eq!(told(true, 3), Some(Fault::UnknownCriticalExtension));
    assert_eq!(told(false, 3), None);
}

#[test]
fn one_way_is_closed_by_policies_and_the_other_is_open() {
    let root = authority(None, "root", key(), vec![]);
    let shared = key();
    let again = || KeyPair::from_pem(&shared.serialize_pem()).unwrap();
    let required = extension(CONSTRAINTS, true, REQUIRED.to_vec());
    let strict = authority(
        Some(&root),
        "middle",
        again(),
        vec![required, extension(POLICIES, false, policies([1]))],
    );
    let open = authority(Some(&root), "middle", again(), vec![]);
    let below = leaf(&strict, vec![extension(POLICIES, true, policies([2]))]);
    assert_eq!(judge(&root, &[&strict], &below), Some(Fault::Policy));
    assert_eq!(judge(&root, &[&strict, &open], &below), None);
    assert_eq!(judge(&root, &[&open, &strict], &below), None);
}

#[test]
fn what_the_anchor_requires_binds_and_what_it_lists_does_not() {
    let told = |anchor, below| {
        let root = authority(None, "root", key(), anchor);
        judge(&root, &[], &leaf(&root, below))
    };
    let one = || extension(POLICIES, true, policies([1]));
    let required = || extension(CONSTRAINTS, true, REQUIRED.to_vec());
    assert_eq!(told(vec![required()], vec![]), Some(Fault::Policy));
    assert_eq!(told(vec![required()], vec![one()]), None);
    let other = extension(POLICIES, true, policies([2]));
    assert_eq!(told(vec![required(), one()], vec![other]), None);
}

/// Eight authorities, each of which lists so many policies and maps each to all.
fn judge_deep(width: u8) -> Option<Fault> {
    let required = extension(CONSTRAINTS, true, REQUIRED.to_vec());
    let root = authority(None, "root", key(), vec![required]);
    let all = || extension(POLICIES, true, policies(0..width));
    let pairs = || (0..width).flat_map(move |from| (0..width).map(move |to| (from, to)));
    let mut path: Vec<Authority> = Vec::new();
    for depth in 0..8 {
        let crossed = extension(MAPPINGS, true, mappings(pairs()));
        let above = path.last().unwrap_or(&root);
        let next = authority(
            Some(above),
            &format!("middle {depth}"),
            key(),
            vec![all(), crossed],
        );
        path.push(next);
    }
    let below = leaf(path.last().unwrap(), vec![all()]);
    judge(&root, &path.iter().collect::<Vec<_>>(), &below)
}

#[test]
fn many_mappings_on_a_deep_path_stay_cheap_or_are_refused() {
    // As a tree: 40 to the ninth leaves.
    assert_eq!(judge_deep(40), None);
    // More than 65 536 mappings on one path.
    assert_eq!(judge_deep(100), Some(Fault::TooCostly));
}
