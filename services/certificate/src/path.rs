//! The way from a leaf up to an anchor (RFC 5280 section 6, without revocation; any policy will do).

use x509_parser::certificate::X509Certificate;

use crate::Strictness;
use crate::fault::{Fault, PathFault, Place};
use crate::issuing::Issuing;
use crate::names::{Directory, MAX_COMPARISONS};
use crate::policies::{self, Policies};
use crate::profile;

/// Intermediates between leaf and anchor; JPKI has none.
const MAX_INTERMEDIATES: usize = 8;

/// Signatures looked at for one leaf: who sends many certificates of one name must not buy time with it.
const MAX_SIGNATURE_CHECKS: u32 = 64;

/// An intermediate that may stand on a path.
pub(crate) struct Middle<'s> {
    pub(crate) certificate: X509Certificate<'s>,
    pub(crate) issuing: Issuing,
}

/// The certificate that is judged.
struct Judged<'c, 'd> {
    certificate: &'c X509Certificate<'d>,
    policies: Policies,
}

/// A search for a path.
pub(crate) struct Search<'s> {
    anchors: &'s [&'s Issuing],
    intermediates: &'s [Middle<'s>],
    strictness: Strictness,
    /// Unix second at which every intermediate has to be valid.
    moment: i64,
    checks_left: u32,
    comparisons_left: u32,
    policies_left: u32,
    fault: PathFault,
}

impl<'s> Search<'s> {
    /// `fault` is what was wrong with an anchor or an intermediate that was left out, if anything was.
    pub(crate) fn new(
        anchors: &'s [&'s Issuing],
        intermediates: &'s [Middle<'s>],
        strictness: Strictness,
        moment: i64,
        fault: Option<PathFault>,
    ) -> Self {
        Self {
            anchors,
            intermediates,
            strictness,
            moment,
            checks_left: MAX_SIGNATURE_CHECKS,
            comparisons_left: MAX_COMPARISONS,
            policies_left: policies::MAX_STEPS,
            fault: fault.unwrap_or(Fault::NoIssuer.at(Place::Leaf)),
        }
    }

    /// The index of the anchor to which a path leads from this certificate.
    pub(crate) fn run(mut self, leaf: &X509Certificate<'_>) -> Result<usize, PathFault> {
        let policies = Policies::of(leaf).map_err(|fault| fault.at(Place::Leaf))?;
        let judged = Judged {
            certificate: leaf,
            policies,
        };
        self.climb(&judged, leaf, &mut Vec::new()).ok_or(self.fault)
    }

    /// `path` holds the intermediates between the leaf and the issuer that is looked for.
    fn climb(
        &mut self,
        leaf: &Judged<'_, '_>,
        certificate: &X509Certificate<'_>,
        path: &mut Vec<usize>,
    ) -> Option<usize> {
        let (anchors, intermediates) = (self.anchors, self.intermediates);
        let issuer = Directory::new(certificate.issuer());
        let key_id = profile::authority_key_id(certificate);
        for (index, anchor) in anchors.iter().enumerate() {
            if anchor.is_named_by(&issuer, key_id)
                && self.issued(anchor, certificate, path, Place::Anchor)
                && self.names_hold(leaf.certificate, path, anchor)
                && self.policies_hold(&leaf.policies, path, anchor)
            {
                return Some(index);
            }
        }
        for (index, middle) in intermediates.iter().enumerate() {
            let is_loop = || {
                let mut above = path.iter().filter_map(|on_path| intermediates.get(*on_path));
                above.any(|one| one.issuing.is_same_authority(&middle.issuing))
            };
            if !middle.issuing.is_named_by(&issuer, key_id) || is_loop() {
                continue;
            }
            if path.len() == MAX_INTERMEDIATES {
                self.note(Fault::TooCostly, Place::Intermediate);
                return None;
            }
            if self.issued(&middle.issuing, certificate, path, Place::Intermediate) {
                path.push(index);
                let found = self.climb(leaf, &middle.certificate, path);
                if found.is_some() {
                    return found;
                }
                path.pop();
            }
        }
        None
    }

    fn issued(
        &mut self,
        issuing: &Issuing,
        certificate: &X509Certificate<'_>,
        path: &[usize],
        place: Place,
    ) -> bool {
        // Who renews its own key does not make the path longer.
        let below = path
            .iter()
            .filter_map(|index| self.intermediates.get(*index))
            .filter(|middle| !middle.issuing.is_self_issued)
            .count();
        let too_long = issuing
            .max_below
            .is_some_and(|max| usize::try_from(max).is_ok_and(|max| below > max));
        // An anchor's dates are not judged where cards below it are still in their grace.
        let judges_dates = place != Place::Anchor || self.strictness == Strictness::Rfc5280;
        let checked = if too_long {
            Err(Fault::PathLength)
        } else if judges_dates {
            issuing.check_dates(self.moment)
        } else {
            Ok(())
        };
        let result = checked.and_then(|()| {
            self.checks_left = self.checks_left.checked_sub(1).ok_or(Fault::TooCostly)?;
            issuing.key.check_issued(certificate)
        });
        match result {
            Ok(()) => true,
            Err(Fault::Signature) => {
                self.note(
                    Fault::Signature,
                    if path.is_empty() {
                        Place::Leaf
                    } else {
                        Place::Intermediate
                    },
                );
                false
            }
            Err(fault) => {
                self.note(fault, place);
                false
            }
        }
    }

    /// From the anchor down: what each authority allows binds all below it, but those that only renew a key.
    fn names_hold(&mut self, leaf: &X509Certificate<'_>, path: &[usize], anchor: &Issuing) -> bool {
        let mut bound: Vec<_> = anchor.constraints.iter().collect();
        for middle in path
            .iter()
            .rev()
            .filter_map(|index| self.intermediates.get(*index))
        {
            for constraints in &bound {
                if middle.issuing.is_self_issued {
                    continue;
                }
                if let Err(fault) = constraints.hold(&middle.certificate, &mut self.comparisons_left) {
                    self.note(fault, Place::Intermediate);
                    return false;
                }
            }
            bound.extend(middle.issuing.constraints.iter());
        }
        for constraints in bound {
            if let Err(fault) = constraints.hold(leaf, &mut self.comparisons_left) {
                self.note(fault, Place::Leaf);
                return false;
            }
        }
        true
    }

    fn policies_hold(&mut self, leaf: &Policies, path: &[usize], anchor: &Issuing) -> bool {
        let intermediates = self.intermediates;
        let between = path
            .iter()
            .rev()
            .filter_map(|index| intermediates.get(*index))
            .map(|middle| (&middle.issuing.policies, middle.issuing.is_self_issued));
        match policies::hold(&anchor.policies, between, leaf, &mut self.policies_left) {
            Ok(()) => true,
            Err(PathFault { fault, place }) => {
                self.note(fault, place);
                false
            }
        }
    }

    fn note(&mut self, fault: Fault, place: Place) {
        self.fault = std::cmp::max_by_key(self.fault, fault.at(place), |noted| noted.fault);
    }
}
