//! Path validation alone: RFC 5280 to the letter, without any rule of JPKI and without names of servers.

use madoguchi_core::certificate::CertificateDer;
use time::OffsetDateTime;

use crate::fault::{Fault, PathFault, Place};
use crate::issuing::Issuing;
use crate::path::{Middle, Search};
use crate::{Strictness, form, profile};

/// Certificates of one kind that are looked at.
const MAX_CERTIFICATES: usize = 256;

/// Whether a path leads from the leaf to one of the anchors at that moment. Every certificate of the path has to have
/// the form that RFC 5280 asks for, the anchor too, and the anchor has to be valid. Any policy
/// will do, and none is required but where an authority requires one. Revocation is not checked.
///
/// # Errors
/// [`PathFault`] says what is wrong; of several ways that fail, the one that came farthest.
pub fn validate(
    anchors: &[CertificateDer],
    leaf: &CertificateDer,
    intermediates: &[CertificateDer],
    at: OffsetDateTime,
) -> Result<(), PathFault> {
    let moment = at.unix_timestamp();
    let at_leaf = |fault: Fault| fault.at(Place::Leaf);
    let parsed = profile::read(leaf.as_bytes()).map_err(at_leaf)?;
    form::check(&parsed, Place::Leaf).map_err(at_leaf)?;
    let validity = parsed.validity();
    if moment < validity.not_before.timestamp() {
        return Err(at_leaf(Fault::NotYetValid));
    }
    if moment > validity.not_after.timestamp() {
        return Err(at_leaf(Fault::Expired));
    }

    // What says most of those that could not be used.
    let mut left_out: Option<PathFault> = None;
    let mut note = |fault: PathFault| {
        if left_out.is_none_or(|noted| noted.fault < fault.fault) {
            left_out = Some(fault);
        }
    };
    let mut trusted = Vec::new();
    for anchor in anchors.iter().take(MAX_CERTIFICATES) {
        let read = profile::read(anchor.as_bytes())
            .and_then(|certificate| Issuing::new(&certificate, Place::Anchor, Strictness::Rfc5280));
        match read {
            Ok(issuing) => trusted.push(issuing),
            Err(fault) => note(fault.at(Place::Anchor)),
        }
    }
    let mut between = Vec::new();
    for intermediate in intermediates.iter().take(MAX_CERTIFICATES) {
        let read = profile::read(intermediate.as_bytes()).and_then(|certificate| {
            let issuing = Issuing::new(&certificate, Place::Intermediate, Strictness::Rfc5280)?;
            Ok(Middle { certificate, issuing })
        });
        match read {
            Ok(middle) => between.push(middle),
            Err(fault) => note(fault.at(Place::Intermediate)),
        }
    }
    let trusted: Vec<_> = trusted.iter().collect();
    Search::new(&trusted, &between, Strictness::Rfc5280, moment, left_out)
        .run(&parsed)
        .map(|_| ())
}
