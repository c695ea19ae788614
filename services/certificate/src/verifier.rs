//! The judge of the JPKI profile: path first, then usage and policy, then dates.

mod options;

use std::sync::Arc;

use madoguchi_core::certificate::{
    CertificateDer, Certificates, Check, Notice, Outcome, Revocation, TrustAnchor,
};
use madoguchi_core::pseudonym::Pseudonyms;
use madoguchi_core::{Medium, Reason};
use time::OffsetDateTime;
use x509_parser::certificate::X509Certificate;

use crate::anchors::Anchors;
use crate::fault::Place;
use crate::issuing::Issuing;
use crate::path::{Middle, Search};
use crate::signature::{self, Key};
use crate::{Hierarchy, Strictness, days, grace_until, profile, thumbprint};

pub use options::{Options, Profile};

/// Intermediates that are looked at; more are somebody's attempt to keep the gateway busy.
const MAX_SENT_INTERMEDIATES: usize = 16;

/// Judges certificates and signatures.
#[derive(Clone)]
pub struct Verifier {
    anchors: Anchors,
    profile: Profile,
    pseudonyms: Option<Arc<dyn Pseudonyms>>,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier")
            .field("anchors", &self.anchors)
            .field("profile", &self.profile)
            .finish_non_exhaustive()
    }
}

impl Verifier {
    /// A verifier that trusts these anchors and asks for nothing beyond the profile.
    #[must_use]
    pub fn new(anchors: Anchors) -> Self {
        Self {
            anchors,
            profile: Profile::default(),
            pseudonyms: None,
        }
    }

    /// The same with what a site asks for.
    #[must_use]
    pub fn with_profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// The same, where checks name the card under the site's keyed hash.
    #[must_use]
    pub fn with_pseudonyms(mut self, pseudonyms: Arc<dyn Pseudonyms>) -> Self {
        self.pseudonyms = Some(pseudonyms);
        self
    }

    /// The anchor that a path leads to. An expired leaf is judged while it was valid, and also as of now: its authority
    /// is trusted in either case.
    fn anchor(&self, leaf: &X509Certificate<'_>, intermediates: &[CertificateDer], at: i64) -> Option<&str> {
        let between: Vec<_> = intermediates
            .iter()
            .take(MAX_SENT_INTERMEDIATES)
            .filter_map(|intermediate| {
                let certificate = profile::parse(intermediate.as_bytes())?;
                let issuing = Issuing::new(&certificate, Place::Intermediate, Strictness::Jpki).ok()?;
                Some(Middle { certificate, issuing })
            })
            .collect();
        let anchors: Vec<_> = self.anchors.iter().map(|anchor| &anchor.issuing).collect();
        let validity = leaf.validity();
        let inside = at
            .max(validity.not_before.timestamp())
            .min(validity.not_after.timestamp());
        let found = |moment| {
            Search::new(&anchors, &between, Strictness::Jpki, moment, None)
                .run(leaf)
                .ok()
        };
        let index = found(inside).or_else(|| (inside != at).then(|| found(at)).flatten())?;
        self.anchors
            .iter()
            .nth(index)
            .map(|anchor| anchor.thumbprint.as_str())
    }

    /// Whether the certificate is of the hierarchy that this gateway must not serve.
    fn wrong_hierarchy(&self, leaf: &X509Certificate<'_>, is_trusted: bool) -> Option<Reason> {
        let is_wrong = |hierarchy| match self.profile.hierarchy {
            Some(served) => served != hierarchy,
            // Nobody said which: the anchors do.
            None => {
                !is_trusted
                    && self
                        .anchors
                        .iter()
                        .all(|anchor| anchor.hierarchy != Some(hierarchy))
            }
        };
        let hierarchy = Hierarchy::of(leaf.issuer()).filter(|hierarchy| is_wrong(*hierarchy))?;
        Some(match hierarchy {
            Hierarchy::Test => Reason::CertificateTestHierarchy,
            Hierarchy::Real => Reason::CertificateRealHierarchy,
        })
    }

    /// Why the certificate is no good at all, whatever its dates.
    fn refusal(&self, leaf: &X509Certificate<'_>, is_trusted: bool) -> Option<Reason> {
        let policies = &self.profile.policies;
        // Roots of one name are told apart by their keys alone, so that a real certificate has to name its authority's.
        let is_real = Hierarchy::of(leaf.issuer()) == Some(Hierarchy::Real);
        let is_trusted = is_trusted && !(is_real && profile::authority_key_id(leaf).is_none());
        if signature::rests_on_weak_algorithm(leaf) {
            Some(Reason::CertificateWeak)
        } else if let Some(reason) = self.wrong_hierarchy(leaf, is_trusted) {
            Some(reason)
        } else if !is_trusted {
            Some(Reason::CertificateNotTrusted)
        } else if !profile::is_for_user_authentication(leaf) || (is_real && !profile::says_key_usage(leaf)) {
            Some(Reason::CertificateWrongUsage)
        } else if !policies.is_empty() && !profile::has_policy(leaf, policies) {
            Some(Reason::CertificatePolicyMismatch)
        } else {
            None
        }
    }

    fn expires_soon(&self, days_left: u32) -> bool {
        self.profile.warning_days.is_some_and(|days| days_left <= days)
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
            days_left: None,
            notice: None,
            thumbprint: thumbprint(leaf),
            anchor: None,
            card_key: None,
            revocation: Revocation::NotChecked,
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
        check.anchor = self.anchor(&parsed, intermediates, second).map(str::to_owned);
        check.card_key = self
            .pseudonyms
            .as_ref()
            .map(|keyed| keyed.card(parsed.issuer().as_raw(), parsed.raw_serial()));
        let in_grace = check.grace_until.filter(|end| second <= end.unix_timestamp());
        let (outcome, reason, last) = if let Some(reason) = self.refusal(&parsed, check.anchor.is_some()) {
            (Outcome::Refused, Some(reason), None)
        } else if second < not_before.unix_timestamp() {
            (Outcome::Refused, Some(Reason::CertificateNotYetValid), None)
        } else if second <= not_after.unix_timestamp() {
            (Outcome::Full, None, Some(not_after))
        } else if let Some(end) = in_grace {
            (
                Outcome::EligibilityOnly,
                Some(Reason::CertificateInGrace),
                Some(end),
            )
        } else {
            (Outcome::Refused, Some(Reason::CertificateExpired), None)
        };
        check.outcome = outcome;
        check.reason = reason;
        check.days_left = last.and_then(|last| u32::try_from(days::between(at, last)).ok());
        // The end of the grace is the nearer to who has let the validity go by.
        let expires_soon = check.days_left.is_some_and(|days| self.expires_soon(days));
        check.notice = expires_soon.then_some(Notice::ExpiresSoon);
        check
    }

    fn anchors(&self, at: OffsetDateTime) -> Vec<TrustAnchor> {
        self.anchors.list(at, self.profile.anchor_warning_days)
    }

    fn verify_signature(
        &self,
        leaf: &CertificateDer,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Reason> {
        let key = profile::parse(leaf.as_bytes())
            .and_then(|parsed| Key::from_spki(parsed.public_key()).ok())
            .ok_or(Reason::CertificateMalformed)?;
        if key.signed(message, signature) {
            Ok(())
        } else {
            Err(Reason::SignatureInvalid)
        }
    }
}
