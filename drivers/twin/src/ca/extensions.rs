//! The leaf's extensions in the shape of the real profile, as far as that is known.

use rcgen::CustomExtension;

use super::der::{COMMON_NAME, COUNTRY, OCTET_STRING, OID, ORGANIZATION, SEQUENCE, UNIT, context, name, tlv};

/// 1.2.392.200149.8.5.1.3.30 without tag and length.
const POLICY: [u8; 11] = [0x2A, 0x83, 0x08, 0x8C, 0x9B, 0x55, 0x08, 0x05, 0x01, 0x03, 0x1E];
/// 1.3.6.1.5.5.7.48.1 without tag and length.
const OCSP: [u8; 8] = [0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01];
/// A host of a domain that never exists: OCSP is open to authorised verifiers only, and there is none for tests.
const OCSP_URI: &str = "http://ocspauth.jpki-test.invalid";

pub(super) fn of_leaf(key_id: &[u8]) -> Vec<CustomExtension> {
    let extension = |oid: &[u64], content: Vec<u8>| CustomExtension::from_oid_content(oid, content);
    vec![
        extension(&[2, 5, 29, 32], policies()),
        extension(&[2, 5, 29, 18], issuer_alternative_name()),
        extension(&[2, 5, 29, 31], crl_distribution_points()),
        extension(&[1, 3, 6, 1, 5, 5, 7, 1, 1], authority_information_access()),
        extension(&[2, 5, 29, 14], tlv(OCTET_STRING, &[key_id])),
    ]
}

fn policies() -> Vec<u8> {
    tlv(SEQUENCE, &[&tlv(SEQUENCE, &[&tlv(OID, &[&POLICY])])])
}

fn issuer_alternative_name() -> Vec<u8> {
    let name = name(&[
        (COUNTRY, "JP"),
        (ORGANIZATION, "公的個人認証サービス試験用"),
        (UNIT, "実在しない認証局"),
    ]);
    tlv(SEQUENCE, &[&tlv(context(4), &[&name])])
}

/// A directory name without a URL, as the real ones have.
fn crl_distribution_points() -> Vec<u8> {
    let name = name(&[
        (COUNTRY, "JP"),
        (ORGANIZATION, "JPKI-TEST"),
        (UNIT, "JPKI for user authentication"),
        (UNIT, "CRL Distribution Points"),
        (COMMON_NAME, "Tokyo-to Test CRLDP"),
    ]);
    let full_name = tlv(context(0), &[&tlv(context(4), &[&name])]);
    tlv(SEQUENCE, &[&tlv(SEQUENCE, &[&tlv(context(0), &[&full_name])])])
}

fn authority_information_access() -> Vec<u8> {
    /// The GeneralName that is a URI.
    const URI: u8 = 0x86;
    tlv(
        SEQUENCE,
        &[&tlv(
            SEQUENCE,
            &[&tlv(OID, &[&OCSP]), &tlv(URI, &[OCSP_URI.as_bytes()])],
        )],
    )
}
