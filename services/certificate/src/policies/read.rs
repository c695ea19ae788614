//! What one certificate says of policies. Read here and to the last octet: x509-parser passes over what stands behind an
//! extension's value and behind a mapping's two policies, and refuses the counts beyond 32 bits that RFC 5280 allows.

use std::collections::BTreeSet;

use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::asn1_rs::{Any, Class, FromDer, Oid, Tag};
use x509_parser::oid_registry as oid;

use super::{NEVER, Policy};
use crate::fault::Fault;

/// anyPolicy, 2.5.29.32.0.
pub(super) const ANY: &[u8] = &[0x55, 0x1D, 0x20, 0];

/// What one certificate says of policies.
#[derive(Debug, Clone, Default)]
pub(crate) struct Policies {
    /// Under which it was issued, where it says.
    pub(super) asserted: Option<Asserted>,
    /// A policy of the issuer, and the one of the subject that counts as it.
    pub(super) mappings: Vec<(Policy, Policy)>,
    pub(super) require_explicit: Option<u32>,
    pub(super) inhibit_mapping: Option<u32>,
    pub(super) inhibit_any: Option<u32>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Asserted {
    /// Whether anyPolicy is among them.
    pub(super) any: bool,
    /// The others.
    pub(super) policies: BTreeSet<Policy>,
}

impl Policies {
    /// # Errors
    /// [`Fault::Malformed`] where one of the extensions cannot be read, says nothing, or maps anyPolicy (section 6.1.4).
    pub(crate) fn of(certificate: &X509Certificate<'_>) -> Result<Self, Fault> {
        let mut policies = Self::default();
        for extension in certificate.extensions() {
            policies
                .read(&extension.oid, extension.value)
                .ok_or(Fault::Malformed)?;
        }
        Ok(policies)
    }

    /// Takes one extension in, if it is about policies.
    pub(super) fn read(&mut self, extension: &Oid<'_>, value: &[u8]) -> Option<()> {
        if *extension == oid::OID_X509_EXT_CERTIFICATE_POLICIES {
            let asserted = self.asserted.insert(Asserted::default());
            for information in sequence(&whole(value)?)? {
                // Behind the policy stand qualifiers, which are for people.
                let policy = policy(sequence(&information)?.first()?)?;
                if policy == ANY {
                    asserted.any = true;
                } else {
                    asserted.policies.insert(policy);
                }
            }
        } else if *extension == oid::OID_X509_EXT_POLICY_MAPPINGS {
            for mapping in sequence(&whole(value)?)? {
                let [from, to] = <[Any<'_>; 2]>::try_from(sequence(&mapping)?).ok()?;
                self.mappings.push((policy(&from)?, policy(&to)?));
            }
            let maps_any = self.mappings.iter().any(|(from, to)| from == ANY || to == ANY);
            if maps_any || self.mappings.is_empty() {
                return None;
            }
        } else if *extension == oid::OID_X509_EXT_POLICY_CONSTRAINTS {
            let mut fields = sequence(&whole(value)?)?.into_iter().peekable();
            fields.peek()?;
            let mut field = |tag| {
                let field = fields
                    .next_if(|field| field.class() == Class::ContextSpecific && field.tag() == Tag(tag));
                field
                    .map(|field| count(&field))
                    .map_or(Some(None), |count| count.map(Some))
            };
            self.require_explicit = field(0)?;
            self.inhibit_mapping = field(1)?;
            if fields.next().is_some() {
                return None;
            }
        } else if *extension == oid::OID_X509_EXT_INHIBIT_ANY_POLICY {
            let number = whole(value)?;
            let is_integer = number.class() == Class::Universal && number.tag() == Tag::Integer;
            self.inhibit_any = Some(is_integer.then(|| count(&number)).flatten()?);
        }
        Some(())
    }
}

/// The only element of these octets.
fn whole(octets: &[u8]) -> Option<Any<'_>> {
    let (rest, element) = Any::from_der(octets).ok()?;
    rest.is_empty().then_some(element)
}

fn sequence<'d>(element: &Any<'d>) -> Option<Vec<Any<'d>>> {
    if element.class() != Class::Universal
        || element.tag() != Tag::Sequence
        || !element.header.is_constructed()
    {
        return None;
    }
    let mut rest: &'d [u8] = element.data;
    let mut elements = Vec::new();
    while !rest.is_empty() {
        let (behind, element) = Any::from_der(rest).ok()?;
        elements.push(element);
        rest = behind;
    }
    Some(elements)
}

fn policy(element: &Any<'_>) -> Option<Policy> {
    let is_oid = element.class() == Class::Universal
        && element.tag() == Tag::Oid
        && !element.header.is_constructed()
        && !element.data.is_empty();
    is_oid.then(|| element.data.to_vec())
}

/// How many certificates may follow: an integer, not negative, in its shortest form. One that is too large for a number
/// here is as good as never.
fn count(element: &Any<'_>) -> Option<u32> {
    let is_good = !element.header.is_constructed()
        && match element.data {
            [] => false,
            [0, second, ..] => second & 0x80 != 0,
            [first, ..] => first & 0x80 == 0,
        };
    let add = |sum: u32, octet: &u8| sum.checked_mul(256)?.checked_add(u32::from(*octet));
    is_good.then(|| element.data.iter().try_fold(0, add).unwrap_or(NEVER))
}
