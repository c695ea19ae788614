//! What a certificate says of itself: read with RFC 5280's rules, nothing trusted yet.

use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::asn1_rs::Oid;
use x509_parser::extensions::{ParsedExtension, X509Extension};
use x509_parser::oid_registry as oid;
use x509_parser::prelude::FromDer;

use crate::fault::Fault;
use crate::policies::Policies;

/// Extensions that may be critical because this crate obeys them. CRL distribution points are never followed, hence never
/// needed to be understood.
const UNDERSTOOD: [Oid<'static>; 13] = [
    oid::OID_X509_EXT_KEY_USAGE,
    oid::OID_X509_EXT_BASIC_CONSTRAINTS,
    oid::OID_X509_EXT_NAME_CONSTRAINTS,
    oid::OID_X509_EXT_EXTENDED_KEY_USAGE,
    oid::OID_X509_EXT_CERTIFICATE_POLICIES,
    oid::OID_X509_EXT_POLICY_MAPPINGS,
    oid::OID_X509_EXT_POLICY_CONSTRAINTS,
    oid::OID_X509_EXT_INHIBIT_ANY_POLICY,
    oid::OID_X509_EXT_SUBJECT_ALT_NAME,
    oid::OID_X509_EXT_ISSUER_ALT_NAME,
    oid::OID_X509_EXT_SUBJECT_KEY_IDENTIFIER,
    oid::OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER,
    oid::OID_X509_EXT_CRL_DISTRIBUTION_POINTS,
];

/// Extensions whose content decides something here: unreadable content is a malformed certificate.
const DECISIVE: [Oid<'static>; 8] = [
    oid::OID_X509_EXT_KEY_USAGE,
    oid::OID_X509_EXT_BASIC_CONSTRAINTS,
    oid::OID_X509_EXT_NAME_CONSTRAINTS,
    oid::OID_X509_EXT_EXTENDED_KEY_USAGE,
    oid::OID_X509_EXT_CERTIFICATE_POLICIES,
    oid::OID_X509_EXT_SUBJECT_ALT_NAME,
    oid::OID_X509_EXT_SUBJECT_KEY_IDENTIFIER,
    oid::OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER,
];

/// Reads one certificate; `None` where it is not one or cannot be understood safely.
pub(crate) fn parse(der: &[u8]) -> Option<X509Certificate<'_>> {
    read(der).ok()
}

/// The same, and why not.
pub(crate) fn read(der: &[u8]) -> Result<X509Certificate<'_>, Fault> {
    let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| Fault::Malformed)?;
    if !rest.is_empty() {
        return Err(Fault::Malformed);
    }
    // The algorithm stands outside and inside of what is signed; only the inner one is protected.
    if certificate.signature_algorithm != certificate.tbs_certificate.signature {
        return Err(Fault::AlgorithmMismatch);
    }
    let extensions = certificate.extensions();
    for (index, extension) in extensions.iter().enumerate() {
        if extensions
            .iter()
            .take(index)
            .any(|earlier| earlier.oid == extension.oid)
        {
            return Err(Fault::DuplicateExtension);
        }
        let unreadable = matches!(extension.parsed_extension(), ParsedExtension::ParseError { .. });
        if unreadable && DECISIVE.contains(&extension.oid) {
            return Err(Fault::Malformed);
        }
        if extension.critical && !UNDERSTOOD.contains(&extension.oid) {
            return Err(Fault::UnknownCriticalExtension);
        }
    }
    Policies::of(&certificate)?;
    Ok(certificate)
}

/// An extension, where the certificate has it.
pub(crate) fn extension<'c, 'd>(
    certificate: &'c X509Certificate<'d>,
    oid: &Oid<'_>,
) -> Option<&'c X509Extension<'d>> {
    certificate
        .extensions()
        .iter()
        .find(|extension| extension.oid == *oid)
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

/// The key identifier of the certificate itself.
pub(crate) fn subject_key_id<'c>(certificate: &'c X509Certificate<'_>) -> Option<&'c [u8]> {
    match extension(certificate, &oid::OID_X509_EXT_SUBJECT_KEY_IDENTIFIER)?.parsed_extension() {
        ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0),
        _ => None,
    }
}

/// The key identifier of its issuer.
pub(crate) fn authority_key_id<'c>(certificate: &'c X509Certificate<'_>) -> Option<&'c [u8]> {
    match extension(certificate, &oid::OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER)?.parsed_extension() {
        ParsedExtension::AuthorityKeyIdentifier(id) => id.key_identifier.as_ref().map(|id| id.0),
        _ => None,
    }
}

/// Whether the certificate was issued under one of these policies (dotted decimal).
pub(crate) fn has_policy(certificate: &X509Certificate<'_>, policies: &[String]) -> bool {
    let policies_extension = extension(certificate, &oid::OID_X509_EXT_CERTIFICATE_POLICIES);
    match policies_extension.map(X509Extension::parsed_extension) {
        Some(ParsedExtension::CertificatePolicies(found)) => found
            .iter()
            .any(|policy| policies.contains(&policy.policy_id.to_id_string())),
        _ => false,
    }
}

/// Whether it says what its key is for. Those of cards do (observed); other authorities may leave it out.
pub(crate) fn says_key_usage(certificate: &X509Certificate<'_>) -> bool {
    certificate.key_usage().is_ok_and(|usage| usage.is_some())
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
