//! Certificates and media.

use madoguchi_core::Medium;
use madoguchi_core::certificate::{Check, Notice, Outcome, Revocation, TrustAnchor};
use madoguchi_core::outlook::{ExpiringDay, Sighting};
use madoguchi_proto::certificate::v1 as pb;

use super::{code, moment, text};

pub(crate) fn check(check: Check) -> pb::CertificateCheck {
    pb::CertificateCheck {
        outcome: outcome(check.outcome).into(),
        reason: code(check.reason),
        not_before_time: check.not_before.map(moment),
        not_after_time: check.not_after.map(moment),
        grace_until_time: check.grace_until.map(moment),
        thumbprint: check.thumbprint,
        revocation: revocation(check.revocation).into(),
        days_left: check.days_left,
        notice: notice(check.notice).into(),
        anchor_fingerprint: text(check.anchor),
        card_key: check.card_key.map(String::from).unwrap_or_default(),
    }
}

const fn revocation(revocation: Revocation) -> pb::certificate_check::Revocation {
    match revocation {
        Revocation::NotChecked => pb::certificate_check::Revocation::NotChecked,
        Revocation::Good => pb::certificate_check::Revocation::Good,
        Revocation::Revoked => pb::certificate_check::Revocation::Revoked,
    }
}

const fn notice(notice: Option<Notice>) -> pb::certificate_check::Notice {
    match notice {
        None => pb::certificate_check::Notice::Unspecified,
        Some(Notice::ExpiresSoon) => pb::certificate_check::Notice::CertificateExpiresSoon,
    }
}

pub(crate) fn anchor(anchor: TrustAnchor) -> pb::TrustAnchor {
    pb::TrustAnchor {
        fingerprint: anchor.fingerprint,
        subject: anchor.subject,
        key_id: anchor.key_id.unwrap_or_default(),
        not_before_time: Some(moment(anchor.not_before)),
        not_after_time: Some(moment(anchor.not_after)),
        days_left: anchor.days_left,
        expires_soon: anchor.expires_soon,
    }
}

pub(crate) fn day(day: ExpiringDay) -> pb::ExpiringDay {
    pb::ExpiringDay {
        date: day.date.to_string(),
        certificate_count: day.count,
    }
}

pub(crate) fn expiring(one: Sighting) -> pb::ExpiringCertificate {
    pb::ExpiringCertificate {
        card_key: one.card_key.into(),
        medium: medium(Some(one.medium)).into(),
        expiry_date: one.not_after.to_string(),
        last_seen_date: one.seen_on.to_string(),
        good_until_date: one.good_until.to_string(),
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
