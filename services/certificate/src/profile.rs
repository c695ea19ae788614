//! What a certificate says of itself: read with RFC 5280's rules, nothing trusted yet.

use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::asn1_rs::Oid;
use x509_parser::extensions::ParsedExtension;
use x509_parser::oid_registry as oid;
use x509_parser::prelude::FromDer;

/// Extensions that may be critical because this crate knows what they mean, or, for the policies, because RFC 5280
/// lets one pass that asks for no policy.
const UNDERSTOOD: [Oid<'static>; 8] = [
    oid::OID_X509_EXT_KEY_USAGE,
    oid::OID_X509_EXT_BASIC_CONSTRAINTS,
    oid::OID_X509_EXT_EXTENDED_KEY_USAGE,
    oid::OID_X509_EXT_CERTIFICATE_POLICIES,
    oid::OID_X509_EXT_SUBJECT_ALT_NAME,
    oid::OID_X509_EXT_ISSUER_ALT_NAME,
    oid::OID_X509_EXT_SUBJECT_KEY_IDENTIFIER,
    oid::OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER,
];

/// Extensions whose content decides something here: unreadable content is a malformed certificate.
const DECISIVE: [Oid<'static>; 3] = [
    oid::OID_X509_EXT_KEY_USAGE,
    oid::OID_X509_EXT_BASIC_CONSTRAINTS,
    oid::OID_X509_EXT_EXTENDED_KEY_USAGE,
];

/// Reads one certificate; `None` where it is not one or cannot be understood safely.
pub(crate) fn parse(der: &[u8]) -> Option<X509Certificate<'_>> {
    let (rest, certificate) = X509Certificate::from_der(der).ok()?;
    // The algorithm stands outside and inside of what is signed; only the inner one is protected.
    let same_algorithm = certificate.signature_algorithm == certificate.tbs_certificate.signature;
    (rest.is_empty() && same_algorithm && extensions_are_sound(&certificate)).then_some(certificate)
}

fn extensions_are_sound(certificate: &X509Certificate<'_>) -> bool {
    let extensions = certificate.extensions();
    extensions.iter().enumerate().all(|(index, extension)| {
        let duplicate = extensions
            .iter()
            .take(index)
            .any(|earlier| earlier.oid == extension.oid);
        let unreadable = DECISIVE.contains(&extension.oid)
            && matches!(extension.parsed_extension(), ParsedExtension::ParseError { .. });
        // CRL distribution points are never followed, hence never needed to be understood.
        let understood = !extension.critical
            || UNDERSTOOD.contains(&extension.oid)
            || extension.oid == oid::OID_X509_EXT_CRL_DISTRIBUTION_POINTS;
        !duplicate && !unreadable && understood
    })
}

/// What a certificate says about issuing others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Authority {
    /// It may; at most so many intermediates may follow, where it says.
    Yes { max_below: Option<u32> },
    /// It may not.
    No,
    /// It does not say: an old root of version 1, or one made by hand.
    Silent,
}

pub(crate) fn authority(certificate: &X509Certificate<'_>) -> Authority {
    let may_sign = certificate
        .key_usage()
        .ok()
        .flatten()
        .is_none_or(|usage| usage.value.key_cert_sign());
    match certificate.basic_constraints().ok().flatten() {
        Some(constraints) if constraints.value.ca && may_sign => Authority::Yes {
            max_below: constraints.value.path_len_constraint,
        },
        Some(_) => Authority::No,
        None if may_sign => Authority::Silent,
        None => Authority::No,
    }
}

/// Whether it is one for user authentication: not an authority's, and, where it says what its key is for, for
/// digital signatures (and, where it says more, for client authentication).
pub(crate) fn is_for_user_authentication(certificate: &X509Certificate<'_>) -> bool {
    let is_authority = certificate
        .basic_constraints()
        .ok()
        .flatten()
        .is_some_and(|constraints| constraints.value.ca);
    let may_sign = certificate
        .key_usage()
        .ok()
        .flatten()
        .is_none_or(|usage| usage.value.digital_signature());
    let may_authenticate = certificate
        .extended_key_usage()
        .ok()
        .flatten()
        .is_none_or(|usage| usage.value.client_auth || usage.value.any);
    !is_authority && may_sign && may_authenticate
}
