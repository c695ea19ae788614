//! Validity and the grace of a card, to the second.

use madoguchi_core::certificate::{Certificates, Outcome};
use madoguchi_core::{Medium, Reason};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::authority::{BEGIN, DURING, END, Root, leaf_key, leaf_params};

const GRACE_END: OffsetDateTime = datetime!(2026-04-30 23:59:59 +9);

#[test]
fn a_card_is_full_then_eligibility_only_then_nothing() {
    let root = Root::usual();
    let verifier = root.verifier();
    let leaf = root.issue(&leaf_params(), &leaf_key());
    let second = Duration::SECOND;
    let cases = [
        (
            BEGIN - second,
            Outcome::Refused,
            Some(Reason::CertificateNotYetValid),
        ),
        (BEGIN, Outcome::Full, None),
        (DURING, Outcome::Full, None),
        (END, Outcome::Full, None),
        // A fraction of the last second still belongs to it.
        (END + Duration::milliseconds(999), Outcome::Full, None),
        (
            END + second,
            Outcome::EligibilityOnly,
            Some(Reason::CertificateInGrace),
        ),
        (
            GRACE_END - second,
            Outcome::EligibilityOnly,
            Some(Reason::CertificateInGrace),
        ),
        (
            GRACE_END,
            Outcome::EligibilityOnly,
            Some(Reason::CertificateInGrace),
        ),
        (
            GRACE_END + second,
            Outcome::Refused,
            Some(Reason::CertificateExpired),
        ),
    ];
    for (at, outcome, reason) in cases {
        let check = verifier.check(&leaf, &[], Medium::Card, at);
        assert_eq!((check.outcome, check.reason), (outcome, reason), "{at}");
        assert_eq!(check.not_before, Some(BEGIN));
        assert_eq!(check.not_after, Some(END));
        assert_eq!(check.grace_until, Some(GRACE_END));
    }
}

#[test]
fn a_phone_has_no_grace() {
    let root = Root::usual();
    let leaf = root.issue(&leaf_params(), &leaf_key());
    for medium in [Medium::Android, Medium::IPhone] {
        let check = root.verifier().check(&leaf, &[], medium, END);
        assert_eq!((check.outcome, check.grace_until), (Outcome::Full, None));
        let check = root.verifier().check(&leaf, &[], medium, END + Duration::SECOND);
        assert_eq!(
            (check.outcome, check.reason),
            (Outcome::Refused, Some(Reason::CertificateExpired))
        );
    }
}

#[test]
fn an_expiry_at_the_start_of_a_month_in_japan_counts_there() {
    // In UTC this is still January, in Japan it is February: the grace ends with May.
    let mut params = leaf_params();
    params.not_after = datetime!(2026-01-31 15:00:00 UTC);
    let check = Root::usual().judge(&params, datetime!(2026-05-31 23:59:59 +9));
    assert_eq!(check.outcome, Outcome::EligibilityOnly);
    let check = Root::usual().judge(&params, datetime!(2026-06-01 0:00 +9));
    assert_eq!(check.reason, Some(Reason::CertificateExpired));
}

#[test]
fn a_certificate_without_end_is_valid_until_the_calendar_ends() {
    let mut params = leaf_params();
    params.not_after = datetime!(9999-12-31 23:59:59 UTC);
    let check = Root::usual().judge(&params, datetime!(9999-12-31 23:59:59 UTC));
    assert_eq!((check.outcome, check.grace_until), (Outcome::Full, None));
}
