//! What a path needs to know of a certificate that may issue others: an anchor or an intermediate.

use x509_parser::certificate::X509Certificate;

use crate::fault::{Fault, Place};
use crate::names::{Constraints, Directory};
use crate::policies::Policies;
use crate::profile::{self, Authority};
use crate::signature::Key;
use crate::{Strictness, form};

/// A certificate that may issue others.
#[derive(Debug, Clone)]
pub(crate) struct Issuing {
    subject: Directory,
    pub(crate) key: Key,
    pub(crate) key_id: Option<Vec<u8>>,
    pub(crate) max_below: Option<u32>,
    pub(crate) constraints: Option<Constraints>,
    pub(crate) policies: Policies,
    pub(crate) not_before: i64,
    pub(crate) not_after: i64,
    pub(crate) is_self_issued: bool,
}

impl Issuing {
    pub(crate) fn new(
        certificate: &X509Certificate<'_>,
        place: Place,
        strictness: Strictness,
    ) -> Result<Self, Fault> {
        if strictness == Strictness::Rfc5280 {
            form::check(certificate, place)?;
        }
        let max_below = match profile::authority(certificate) {
            Authority::Yes { max_below } => max_below,
            // Whoever configures an anchor says that it is an authority, where itself is silent.
            Authority::Silent if place == Place::Anchor && strictness == Strictness::Jpki => None,
            Authority::Silent | Authority::No => return Err(Fault::NotAnAuthority),
        };
        let (subject, issuer) = (
            Directory::new(certificate.subject()),
            Directory::new(certificate.issuer()),
        );
        let validity = certificate.validity();
        Ok(Self {
            is_self_issued: subject == issuer,
            subject,
            key: Key::from_spki(certificate.public_key())?,
            key_id: profile::subject_key_id(certificate).map(<[u8]>::to_vec),
            max_below,
            constraints: form::name_constraints(certificate)?,
            policies: Policies::of(certificate)?,
            not_before: validity.not_before.timestamp(),
            not_after: validity.not_after.timestamp(),
        })
    }

    /// Whether a certificate says that this one issued it: by name, and by key identifier where both have one.
    pub(crate) fn is_named_by(&self, issuer: &Directory, key_id: Option<&[u8]>) -> bool {
        let other_key = self
            .key_id
            .as_deref()
            .zip(key_id)
            .is_some_and(|(own, named)| own != named);
        self.subject == *issuer && !other_key
    }

    /// Whether both are one authority with one key.
    pub(crate) fn is_same_authority(&self, other: &Self) -> bool {
        self.subject == other.subject && self.key == other.key
    }

    /// Validity includes both its ends, to the second.
    pub(crate) fn check_dates(&self, moment: i64) -> Result<(), Fault> {
        match moment {
            early if early < self.not_before => Err(Fault::NotYetValid),
            late if late > self.not_after => Err(Fault::Expired),
            _ => Ok(()),
        }
    }
}
