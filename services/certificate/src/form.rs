//! The form that RFC 5280 (section 4) asks of a certificate, to the letter. The JPKI profile does not ask it: what is
//! no more than unusual must not send a patient away.

use std::collections::BTreeSet;

use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::asn1_rs::Oid;
use x509_parser::extensions::{GeneralName, ParsedExtension, PolicyQualifierInfo};
use x509_parser::oid_registry as oid;
use x509_parser::x509::{X509Name, X509Version};

use crate::fault::{Fault, Place};
use crate::{names, profile};

/// Octets of the longest serial number.
const MAX_SERIAL_LEN: usize = 20;

const FRESHEST_CRL: &[u64] = &[2, 5, 29, 46];
const SUBJECT_DIRECTORY_ATTRIBUTES: &[u64] = &[2, 5, 29, 9];

/// The qualifiers of a policy that RFC 5280 knows: where its text lies, and a notice.
const POINTER: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 2, 1];
const NOTICE: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 2, 2];

/// Whether the certificate has the form that it must have at this place.
pub(crate) fn check(certificate: &X509Certificate<'_>, place: Place) -> Result<(), Fault> {
    let constraints = certificate
        .basic_constraints()
        .ok()
        .flatten()
        .map(|extension| (extension.critical, extension.value));
    let is_authority = constraints.is_some_and(|(_, value)| value.ca);
    if certificate.version() != X509Version::V3 && !certificate.extensions().is_empty() {
        return Err(Fault::Malformed);
    }
    serial(certificate.raw_serial())?;
    criticality(certificate)?;
    if place != Place::Leaf && !is_authority {
        return Err(Fault::NotAnAuthority);
    }
    if is_authority && constraints.is_some_and(|(critical, _)| !critical) {
        return Err(Fault::Criticality);
    }
    if !is_authority {
        let has_length = constraints.is_some_and(|(_, value)| value.path_len_constraint.is_some());
        let is_constraining = profile::extension(certificate, &oid::OID_X509_EXT_NAME_CONSTRAINTS).is_some();
        if has_length || is_constraining {
            return Err(Fault::Misplaced);
        }
    }
    policies(certificate)?;
    names_given(certificate, is_authority)?;
    usage(certificate, is_authority)?;
    key_identifiers(certificate, is_authority)
}

fn serial(serial: &[u8]) -> Result<(), Fault> {
    let is_positive =
        serial.first().is_some_and(|first| first & 0x80 == 0) && serial.iter().any(|byte| *byte != 0);
    if is_positive && serial.len() <= MAX_SERIAL_LEN {
        Ok(())
    } else {
        Err(Fault::SerialNumber)
    }
}

fn criticality(certificate: &X509Certificate<'_>) -> Result<(), Fault> {
    let rare = |arcs: &[u64]| Oid::from(arcs).ok();
    let never = [
        Some(oid::OID_X509_EXT_SUBJECT_KEY_IDENTIFIER),
        Some(oid::OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER),
        Some(oid::OID_PKIX_AUTHORITY_INFO_ACCESS),
        Some(oid::OID_PKIX_SUBJECT_INFO_ACCESS),
        rare(FRESHEST_CRL),
        rare(SUBJECT_DIRECTORY_ATTRIBUTES),
    ];
    let always = [
        oid::OID_X509_EXT_NAME_CONSTRAINTS,
        oid::OID_X509_EXT_POLICY_CONSTRAINTS,
        oid::OID_X509_EXT_INHIBIT_ANY_POLICY,
    ];
    let is_wrong = certificate.extensions().iter().any(|extension| {
        if extension.critical {
            never.iter().flatten().any(|oid| extension.oid == *oid)
        } else {
            always.contains(&extension.oid)
        }
    });
    if is_wrong { Err(Fault::Criticality) } else { Ok(()) }
}

/// Some, none twice; and where they are critical, with qualifiers that are understood: those of RFC 5280.
fn policies(certificate: &X509Certificate<'_>) -> Result<(), Fault> {
    let Some(extension) = profile::extension(certificate, &oid::OID_X509_EXT_CERTIFICATE_POLICIES) else {
        return Ok(());
    };
    let ParsedExtension::CertificatePolicies(policies) = extension.parsed_extension() else {
        return Err(Fault::Malformed);
    };
    let distinct: BTreeSet<_> = policies.iter().map(|one| one.policy_id.as_bytes()).collect();
    if policies.is_empty() || distinct.len() < policies.len() {
        return Err(Fault::Malformed);
    }
    let known = [POINTER, NOTICE].map(|arcs| Oid::from(arcs).ok());
    let is_known = |qualifier: &PolicyQualifierInfo<'_>| {
        known
            .iter()
            .flatten()
            .any(|known| qualifier.policy_qualifier_id == *known)
    };
    let mut qualifiers = policies
        .iter()
        .flat_map(|one| one.policy_qualifiers.iter().flatten());
    if extension.critical && !qualifiers.all(is_known) {
        return Err(Fault::UnknownCriticalExtension);
    }
    Ok(())
}

fn is_empty(name: &X509Name<'_>) -> bool {
    name.iter_attributes().next().is_none()
}

fn names_given(certificate: &X509Certificate<'_>, is_authority: bool) -> Result<(), Fault> {
    let alternative = profile::extension(certificate, &oid::OID_X509_EXT_SUBJECT_ALT_NAME);
    let alternatives = names::alternatives(certificate);
    let is_named = match is_empty(certificate.subject()) {
        true => !is_authority && alternative.is_some_and(|extension| extension.critical),
        false => true,
    };
    if is_empty(certificate.issuer()) || !is_named || (alternative.is_some() && alternatives.is_empty()) {
        return Err(Fault::EmptyName);
    }
    let is_readable = |name: &GeneralName<'_>| match name {
        GeneralName::Invalid(..) => false,
        GeneralName::IPAddress(bytes) => matches!(bytes.len(), 4 | 16),
        GeneralName::DNSName(text) | GeneralName::RFC822Name(text) | GeneralName::URI(text) => {
            !text.trim().is_empty()
        }
        _ => true,
    };
    if alternatives.iter().all(is_readable) {
        Ok(())
    } else {
        Err(Fault::Malformed)
    }
}

fn usage(certificate: &X509Certificate<'_>, is_authority: bool) -> Result<(), Fault> {
    let Some(usage) = certificate.key_usage().ok().flatten() else {
        return Ok(());
    };
    // An authority that issues must say so; an end entity must not; and who says anything says something.
    if usage.value.flags == 0 || usage.value.key_cert_sign() != is_authority {
        return Err(Fault::KeyUsage);
    }
    Ok(())
}

fn key_identifiers(certificate: &X509Certificate<'_>, is_authority: bool) -> Result<(), Fault> {
    // A self-signed one may leave out who its authority is.
    let is_self_issued = certificate.issuer().as_raw() == certificate.subject().as_raw();
    let names_issuer = profile::authority_key_id(certificate).is_some() || (is_self_issued && is_authority);
    let names_itself = profile::subject_key_id(certificate).is_some() || !is_authority;
    if names_issuer && names_itself {
        Ok(())
    } else {
        Err(Fault::KeyIdentifier)
    }
}

/// The constraints that an authority lays on names.
pub(crate) fn name_constraints(
    certificate: &X509Certificate<'_>,
) -> Result<Option<names::Constraints>, Fault> {
    match profile::extension(certificate, &oid::OID_X509_EXT_NAME_CONSTRAINTS)
        .map(|found| found.parsed_extension())
    {
        None => Ok(None),
        Some(ParsedExtension::NameConstraints(constraints)) => names::Constraints::new(constraints)
            .map(Some)
            .ok_or(Fault::Malformed),
        Some(_) => Err(Fault::Malformed),
    }
}
