//! The judge: path first, then usage, then dates.

use std::path::PathBuf;

use madoguchi_core::certificate::{CertificateDer, Certificates, Check, Outcome};
use madoguchi_core::{Medium, Reason};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use x509_parser::certificate::X509Certificate;

use crate::anchors::Anchors;
use crate::path::{Search, is_valid_at};
use crate::signature::Key;
use crate::{Error, grace_until, profile, thumbprint};

/// Intermediates that are looked at; more are somebody's attempt to keep the gateway busy.
const MAX_SENT_INTERMEDIATES: usize = 16;

/// Whom to trust.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// PEM files with the roots of the user-authentication CA.
    pub anchors: Vec<PathBuf>,
}

impl Options {
    /// Reads the anchors.
    ///
    /// # Errors
    /// [`Error`] names the file and the entry.
    pub fn build(&self) -> Result<Verifier, Error> {
        Ok(Verifier::new(Anchors::load(&self.anchors)?))
    }
}

/// Judges certificates and signatures.
#[derive(Debug, Clone)]
pub struct Verifier {
    anchors: Anchors,
}

impl Verifier {
    /// A verifier that trusts these anchors.
    #[must_use]
    pub fn new(anchors: Anchors) -> Self {
        Self { anchors }
    }

    /// Whether the path holds. An expired leaf is judged while it was valid, and also as of now: its authority is
    /// trusted in either case.
    fn is_trusted(&self, leaf: &X509Certificate<'_>, intermediates: &[CertificateDer], at: i64) -> bool {
        let parsed: Vec<_> = intermediates
            .iter()
            .take(MAX_SENT_INTERMEDIATES)
            .filter_map(|intermediate| profile::parse(intermediate.as_bytes()))
            .collect();
        let validity = leaf.validity();
        let inside = at
            .max(validity.not_before.timestamp())
            .min(validity.not_after.timestamp());
        let holds_at = |moment| Search::new(&self.anchors, &parsed, moment).reaches_anchor(leaf);
        holds_at(inside) || (inside != at && holds_at(at))
    }
}

impl Certificates for Verifier {
    fn check(
        &self,
        leaf: &CertificateDer,
        intermediates: &[CertificateDer],
        medium: Medium,
        at: OffsetDateTime,
    ) -> Check {
        let mut check = Check {
            outcome: Outcome::Refused,
            reason: Some(Reason::CertificateMalformed),
            not_before: None,
            not_after: None,
            grace_until: None,
            thumbprint: thumbprint(leaf),
        };
        let Some(parsed) = profile::parse(leaf.as_bytes()) else {
            return check;
        };
        let validity = parsed.validity();
        let not_before = OffsetDateTime::from_unix_timestamp(validity.not_before.timestamp());
        let not_after = OffsetDateTime::from_unix_timestamp(validity.not_after.timestamp());
        let (Ok(not_before), Ok(not_after)) = (not_before, not_after) else {
            return check;
        };
        check.not_before = Some(not_before);
        check.not_after = Some(not_after);
        check.grace_until = if medium.is_phone() {
            None
        } else {
            grace_until(not_after)
        };

        let second = at.unix_timestamp();
        let in_grace = check
            .grace_until
            .is_some_and(|end| second <= end.unix_timestamp());
        let (outcome, reason) = if !self.is_trusted(&parsed, intermediates, second) {
            (Outcome::Refused, Some(Reason::CertificateNotTrusted))
        } else if !profile::is_for_user_authentication(&parsed) {
            (Outcome::Refused, Some(Reason::CertificateWrongUsage))
        } else if is_valid_at(&parsed, second) {
            (Outcome::Full, None)
        } else if second < not_before.unix_timestamp() {
            (Outcome::Refused, Some(Reason::CertificateNotYetValid))
        } else if in_grace {
            (Outcome::EligibilityOnly, Some(Reason::CertificateInGrace))
        } else {
            (Outcome::Refused, Some(Reason::CertificateExpired))
        };
        check.outcome = outcome;
        check.reason = reason;
        check
    }

    fn verify_signature(
        &self,
        leaf: &CertificateDer,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Reason> {
        let key = profile::parse(leaf.as_bytes())
            .and_then(|parsed| Key::from_spki(parsed.public_key()))
            .ok_or(Reason::CertificateMalformed)?;
        if key.signed(message, signature) {
            Ok(())
        } else {
            Err(Reason::SignatureInvalid)
        }
    }
}
