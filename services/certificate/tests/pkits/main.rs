//! The public key interoperability test suite of NIST (PKITS): every leaf, judged to the letter of RFC 5280 and in the
//! JPKI profile, which walks the same path without asking for the form of section 4.
#![expect(clippy::unwrap_used, reason = "assertions")]

mod expected;
mod suite;

use std::collections::BTreeSet;

use madoguchi_certificate::{Anchors, Fault, Verifier, rfc5280};
use madoguchi_core::certificate::{CertificateDer, Certificates};
use madoguchi_core::{Medium, Reason};

use expected::{EXCEPTIONS, Why, exception, fault, is_valid};
use suite::{AT, Named, Suite};

fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Judges every leaf; how many hold.
fn judge(
    suite: &Suite,
    differs: impl Fn(Why) -> bool,
    holds: impl Fn(&Named) -> Result<(), String>,
) -> usize {
    let (mut wrong, mut holding) = (Vec::new(), 0);
    for leaf in suite.leaves() {
        let should_hold = is_valid(leaf.name) != exception(leaf.name).is_some_and(&differs);
        let result = holds(leaf);
        holding += usize::from(result.is_ok());
        if result.is_ok() != should_hold {
            wrong.push(format!("{}: {result:?}", leaf.name));
        }
    }
    assert_none(&wrong);
    holding
}

#[test]
fn every_leaf_is_judged_as_the_suite_says_or_stands_in_the_list() {
    let suite = Suite::read();
    let authorities: Vec<CertificateDer> = suite.authorities().map(|one| one.der.clone()).collect();
    let anchor = [suite.anchor().der.clone()];
    let holding = judge(&suite, Why::differs_to_the_letter, |leaf| {
        rfc5280::validate(&anchor, &leaf.der, &authorities, AT).map_err(|fault| fault.to_string())
    });
    assert_eq!(holding, 125);
}

#[test]
fn without_the_form_what_is_only_not_critical_holds_too() {
    let suite = Suite::read();
    let anchors = Anchors::from_pem("anchor.pem".as_ref(), suite.anchor_pem().as_bytes()).unwrap();
    let verifier = Verifier::new(anchors);
    let holding = judge(&suite, Why::differs_in_the_profile, |leaf| {
        let check = verifier.check(&leaf.der, &suite.above(leaf), Medium::Card, AT);
        match check.reason {
            // Some leaves are authorities or not for authentication: that is asked once the path has held.
            None | Some(Reason::CertificateWrongUsage) => Ok(()),
            Some(reason) => Err(format!("{reason:?}")),
        }
    });
    assert_eq!(holding, 146);
}

#[test]
fn what_is_refused_is_refused_for_what_is_wrong_with_it() {
    let suite = Suite::read();
    let anchor = [suite.anchor().der.clone()];
    let (mut wrong, mut seen) = (Vec::new(), Vec::new());
    for leaf in suite.leaves() {
        // Only what may stand above this leaf: what is wrong with others would be told as well.
        let Err(told) = rfc5280::validate(&anchor, &leaf.der, &suite.above(leaf), AT) else {
            continue;
        };
        let right = match exception(leaf.name) {
            Some(Why::NotCritical) => Some(Fault::Criticality),
            Some(Why::Dsa) => Some(Fault::UnsupportedKey),
            _ => fault(leaf.name),
        };
        if right != Some(told.fault) {
            wrong.push(format!("{}: {told} instead of {right:?}", leaf.name));
        }
        seen.push(told.fault);
    }
    assert_none(&wrong);
    assert_eq!(seen.len(), 223 - 125);
    let policies = seen.iter().filter(|fault| **fault == Fault::Policy);
    assert_eq!(policies.count(), 12);
}

#[test]
fn the_suite_is_whole_and_every_exception_is_of_it() {
    let suite = Suite::read();
    assert_eq!(suite.authorities().count(), 181);
    let names: BTreeSet<_> = suite.leaves().map(|leaf| leaf.name).collect();
    assert_eq!(names.len(), 223);
    assert_eq!(names.iter().filter(|name| is_valid(name)).count(), 102);
    let listed: BTreeSet<_> = EXCEPTIONS.iter().map(|(name, _)| *name).collect();
    assert_eq!((listed.len(), EXCEPTIONS.len()), (68, 68));
    assert!(listed.is_subset(&names));
    let of = |why| EXCEPTIONS.iter().filter(|(_, one)| *one == why).count();
    assert_eq!(
        [
            Why::Revocation,
            Why::RevocationAndSerial,
            Why::Dsa,
            Why::NotCritical
        ]
        .map(of),
        [45, 1, 2, 20]
    );
}
