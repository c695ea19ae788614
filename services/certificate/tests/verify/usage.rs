//! What a certificate may be used for.

use madoguchi_core::Reason;
use madoguchi_core::certificate::Outcome;
use rcgen::{CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, KeyUsagePurpose};

use crate::authority::{BEGIN, DURING, END, Root, authority_params, leaf_params, name};

fn reason(params: &CertificateParams) -> Option<Reason> {
    let check = Root::usual().judge(params, DURING);
    assert_eq!(check.outcome == Outcome::Full, check.reason.is_none());
    check.reason
}

#[test]
fn a_plain_leaf_without_any_extension_is_accepted() {
    let mut params = CertificateParams::default();
    params.distinguished_name = name("plain");
    params.not_before = BEGIN;
    params.not_after = END;
    assert_eq!(reason(&params), None);
}

#[test]
fn the_key_has_to_be_for_digital_signatures_where_the_certificate_says_what_it_is_for() {
    let mut params = leaf_params();
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::ContentCommitment,
    ];
    assert_eq!(reason(&params), None);
    // The signing certificate (署名用) of the same card.
    params.key_usages = vec![KeyUsagePurpose::ContentCommitment];
    assert_eq!(reason(&params), Some(Reason::CertificateWrongUsage));
    params.key_usages = vec![KeyUsagePurpose::KeyEncipherment];
    assert_eq!(reason(&params), Some(Reason::CertificateWrongUsage));
}

#[test]
fn an_authority_is_no_patient() {
    let mut params = authority_params("middle", None);
    params.key_usages.push(KeyUsagePurpose::DigitalSignature);
    assert_eq!(reason(&params), Some(Reason::CertificateWrongUsage));
}

#[test]
fn an_extended_usage_has_to_include_client_authentication() {
    let mut params = leaf_params();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    assert_eq!(reason(&params), None);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Any];
    assert_eq!(reason(&params), None);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
    assert_eq!(reason(&params), Some(Reason::CertificateWrongUsage));
}

#[test]
fn a_critical_extension_that_nobody_understands_is_refused() {
    let mut params = leaf_params();
    let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
    params.custom_extensions.push(extension.clone());
    assert_eq!(reason(&params), None);
    extension.set_criticality(true);
    params.custom_extensions.pop();
    params.custom_extensions.push(extension);
    assert_eq!(reason(&params), Some(Reason::CertificateMalformed));
}

#[test]
fn an_extension_twice_is_malformed() {
    let mut params = leaf_params();
    let policies = params.custom_extensions[0].clone();
    params.custom_extensions.push(policies);
    assert_eq!(reason(&params), Some(Reason::CertificateMalformed));
}
