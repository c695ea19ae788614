//! The way from a leaf up to an anchor (RFC 5280 section 6, without policies, name constraints and revocation).

use x509_parser::certificate::X509Certificate;

use crate::anchors::Anchors;
use crate::profile::{self, Authority};
use crate::signature::Key;

/// Intermediates between leaf and anchor; JPKI has none.
const MAX_INTERMEDIATES: u32 = 4;

/// Signatures looked at for one leaf: who sends many certificates of one name must not buy time with it.
const MAX_SIGNATURE_CHECKS: u32 = 64;

/// A search for a path.
pub(crate) struct Search<'s> {
    anchors: &'s Anchors,
    intermediates: &'s [X509Certificate<'s>],
    /// Unix second at which every intermediate has to be valid.
    moment: i64,
    checks_left: u32,
}

impl<'s> Search<'s> {
    pub(crate) fn new(anchors: &'s Anchors, intermediates: &'s [X509Certificate<'s>], moment: i64) -> Self {
        Self {
            anchors,
            intermediates,
            moment,
            checks_left: MAX_SIGNATURE_CHECKS,
        }
    }

    /// Whether a path leads from this certificate to an anchor.
    pub(crate) fn reaches_anchor(&mut self, certificate: &X509Certificate<'_>) -> bool {
        self.climb(certificate, 0)
    }

    /// `below` intermediates lie between the issuer that is looked for and the leaf.
    fn climb(&mut self, certificate: &X509Certificate<'_>, below: u32) -> bool {
        let allows = |max_below: Option<u32>| max_below.is_none_or(|max| below <= max);
        let (anchors, intermediates) = (self.anchors, self.intermediates);
        for anchor in anchors.named(certificate.issuer().as_raw()) {
            if allows(anchor.max_below) && self.issued(&anchor.key, certificate) {
                return true;
            }
        }
        if below == MAX_INTERMEDIATES {
            return false;
        }
        for issuer in intermediates {
            let Authority::Yes { max_below } = profile::authority(issuer) else {
                continue;
            };
            let fits = issuer.subject().as_raw() == certificate.issuer().as_raw()
                && allows(max_below)
                && is_valid_at(issuer, self.moment);
            let Some(key) = fits.then(|| Key::from_spki(issuer.public_key())).flatten() else {
                continue;
            };
            if self.issued(&key, certificate) && self.climb(issuer, below + 1) {
                return true;
            }
        }
        false
    }

    fn issued(&mut self, key: &Key, certificate: &X509Certificate<'_>) -> bool {
        let Some(left) = self.checks_left.checked_sub(1) else {
            return false;
        };
        self.checks_left = left;
        key.issued(certificate)
    }
}

/// Validity includes both its ends, to the second.
pub(crate) fn is_valid_at(certificate: &X509Certificate<'_>, moment: i64) -> bool {
    let validity = certificate.validity();
    (validity.not_before.timestamp()..=validity.not_after.timestamp()).contains(&moment)
}
