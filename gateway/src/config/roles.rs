//! Who may do what kind of work.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::names::names;

names! {
    /// A role: what a caller is to the gateway.
    Role {
        /// An electronic medical record or receipt computer.
        Emr "emr",
        /// A receptionist's own tool.
        Staff "staff",
        /// A machine that patients use by themselves.
        Kiosk "kiosk",
        /// Whoever looks after the gateway.
        Admin "admin",
        /// A reader maker's service tool.
        Maker "maker",
        /// A remote eligibility service.
        Remote "remote",
        /// Another gateway.
        Gateway "gateway",
    } "must be one of \"emr\", \"staff\", \"kiosk\", \"admin\", \"maker\", \"remote\", \"gateway\"";
}

/// Identities (URI SAN of the client certificate) and their roles.
pub type Roles = BTreeMap<String, Vec<Role>>;

/// A set of roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleSet(u8);

impl RoleSet {
    /// Nobody.
    pub const NONE: Self = Self(0);

    /// The set of these.
    #[must_use]
    pub const fn of(roles: &[Role]) -> Self {
        let mut bits = 0;
        let mut index = 0;
        while index < roles.len() {
            bits |= 1 << roles[index] as u8;
            index += 1;
        }
        Self(bits)
    }

    /// Whether a role is in it.
    #[must_use]
    pub const fn contains(self, role: Role) -> bool {
        self.0 & (1 << role as u8) != 0
    }

    /// What is in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether both have a role in common.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set = RoleSet::of(&[Role::Emr, Role::Gateway]);
        for role in Role::ALL {
            assert_eq!(set.contains(*role), matches!(role, Role::Emr | Role::Gateway));
        }
        assert!(set.intersects(RoleSet::of(&[Role::Gateway])));
        assert!(!set.intersects(RoleSet::of(&[Role::Admin])));
        assert!(!set.intersects(RoleSet::NONE));
    }
}
