//! Certificates and media.

use madoguchi_core::Medium;
use madoguchi_core::certificate::{Check, Outcome};
use madoguchi_proto::certificate::v1 as pb;

use super::{code, moment};

pub(crate) fn check(check: Check) -> pb::CertificateCheck {
    pb::CertificateCheck {
        outcome: outcome(check.outcome).into(),
        reason: code(check.reason),
        not_before_time: check.not_before.map(moment),
        not_after_time: check.not_after.map(moment),
        grace_until_time: check.grace_until.map(moment),
        thumbprint: check.thumbprint,
        // CRL and OCSP of JPKI are open only to authorised verifiers.
        revocation: pb::certificate_check::Revocation::NotChecked.into(),
    }
}

pub(crate) const fn outcome(outcome: Outcome) -> pb::certificate_check::Outcome {
    match outcome {
        Outcome::Full => pb::certificate_check::Outcome::Full,
        Outcome::EligibilityOnly => pb::certificate_check::Outcome::EligibilityOnly,
        Outcome::Refused => pb::certificate_check::Outcome::Refused,
    }
}

pub(crate) const fn medium(medium: Option<Medium>) -> pb::Medium {
    match medium {
        None => pb::Medium::Unspecified,
        Some(Medium::Card) => pb::Medium::Card,
        Some(Medium::Android) => pb::Medium::Android,
        Some(Medium::IPhone) => pb::Medium::Iphone,
    }
}
