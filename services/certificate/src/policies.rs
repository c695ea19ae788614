//! Certificate policies along a path (RFC 5280 section 6.1), for somebody to whom any policy is good: whether one holds
//! all along the path where an authority requires that.
//!
//! The tree of section 6.1.2 can grow exponentially with the path (CVE-2023-0464). It is not built: what the next
//! certificate is asked for are the policies that the lowest level expects, from whichever nodes, and the tree is empty
//! exactly where that level is. So one set is carried down. It gets no larger than what the certificates list, and every
//! entry that is looked at is counted.

mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::fault::{Fault, PathFault, Place};
pub(crate) use read::Policies;

/// Policies and mappings that are looked at for one leaf. A genuine path has a dozen.
pub(crate) const MAX_STEPS: u32 = 1 << 16;

/// A number of certificates that no path reaches.
const NEVER: u32 = u32::MAX;

/// The octets of an object identifier.
type Policy = Vec<u8>;

/// Whether a path holds by its policies: what the anchor says, then each intermediate from the anchor down and whether it
/// is self-issued, then the leaf. `left` is what may still be looked at.
///
/// An anchor is no part of the path, hence the policies it lists are not asked for; what it *requires* and *inhibits* binds
/// as it does with names and lengths (RFC 5937).
pub(crate) fn hold<'p>(
    anchor: &Policies,
    between: impl Iterator<Item = (&'p Policies, bool)>,
    leaf: &'p Policies,
    left: &mut u32,
) -> Result<(), PathFault> {
    let mut walk = Walk::new(left);
    walk.constrain(anchor);
    for (policies, is_self_issued) in between {
        let step = walk
            .enter(policies, is_self_issued)
            .and_then(|()| walk.prepare(policies, is_self_issued));
        step.map_err(|fault| fault.at(Place::Intermediate))?;
    }
    walk.enter(leaf, false)
        .and_then(|()| walk.finish(leaf))
        .map_err(|fault| fault.at(Place::Leaf))
}

/// The lowest level of the tree.
#[derive(Debug, Default)]
struct Level<'p> {
    /// Whether one node stands for any policy.
    any: bool,
    /// What the other nodes expect.
    expected: BTreeSet<&'p [u8]>,
}

impl Level<'_> {
    fn allows(&self, policy: &[u8]) -> bool {
        self.any || self.expected.contains(policy)
    }

    fn is_empty(&self) -> bool {
        !self.any && self.expected.is_empty()
    }
}

/// The state of section 6.1.2 on the way down.
struct Walk<'p, 'l> {
    level: Level<'p>,
    /// Certificates after which a policy must hold.
    explicit: u32,
    /// Certificates after which nothing is mapped any more.
    mapping: u32,
    /// Certificates after which anyPolicy means nothing any more.
    any: u32,
    left: &'l mut u32,
}

impl<'p, 'l> Walk<'p, 'l> {
    fn new(left: &'l mut u32) -> Self {
        Self {
            level: Level {
                any: true,
                expected: BTreeSet::new(),
            },
            explicit: NEVER,
            mapping: NEVER,
            any: NEVER,
            left,
        }
    }

    fn spend(&mut self, steps: usize) -> Result<(), Fault> {
        *self.left = u32::try_from(steps)
            .ok()
            .and_then(|steps| self.left.checked_sub(steps))
            .ok_or(Fault::TooCostly)?;
        Ok(())
    }

    /// Section 6.1.3 (d) to (f).
    fn enter(&mut self, policies: &'p Policies, passes_any: bool) -> Result<(), Fault> {
        let above = std::mem::take(&mut self.level);
        if let Some(asserted) = &policies.asserted {
            self.spend(asserted.policies.len())?;
            let held = asserted.policies.iter().map(Vec::as_slice);
            self.level.expected = held.filter(|policy| above.allows(policy)).collect();
            if asserted.any && (self.any > 0 || passes_any) {
                self.spend(above.expected.len())?;
                self.level.expected.extend(above.expected);
                self.level.any = above.any;
            }
        }
        self.judge()
    }

    /// Section 6.1.4 (b), and (h) to (j).
    fn prepare(&mut self, policies: &'p Policies, is_self_issued: bool) -> Result<(), Fault> {
        self.spend(policies.mappings.len())?;
        // All at once: what one mapping yields, the next one does not map again.
        let mut mapped = BTreeSet::new();
        if self.mapping > 0 {
            let wanted = policies
                .mappings
                .iter()
                .filter(|(from, _)| self.level.allows(from));
            mapped.extend(wanted.map(|(_, to)| to.as_slice()));
        }
        for (from, _) in &policies.mappings {
            self.level.expected.remove(from.as_slice());
        }
        self.level.expected.append(&mut mapped);
        if !is_self_issued {
            self.explicit = self.explicit.saturating_sub(1);
            self.mapping = self.mapping.saturating_sub(1);
            self.any = self.any.saturating_sub(1);
        }
        self.constrain(policies);
        Ok(())
    }

    fn constrain(&mut self, policies: &Policies) {
        let least = |now: u32, said: Option<u32>| said.map_or(now, |said| now.min(said));
        self.explicit = least(self.explicit, policies.require_explicit);
        self.mapping = least(self.mapping, policies.inhibit_mapping);
        self.any = least(self.any, policies.inhibit_any);
    }

    /// Section 6.1.5 (a), (b) and (g).
    fn finish(&mut self, leaf: &Policies) -> Result<(), Fault> {
        self.explicit = self.explicit.saturating_sub(1);
        if leaf.require_explicit == Some(0) {
            self.explicit = 0;
        }
        self.judge()
    }

    fn judge(&self) -> Result<(), Fault> {
        if self.explicit > 0 || !self.level.is_empty() {
            Ok(())
        } else {
            Err(Fault::Policy)
        }
    }
}
