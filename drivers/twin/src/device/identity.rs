//! Who a unit says it is.

use madoguchi_core::reader::Capability;
use serde::{Deserialize, Serialize};

/// Which generation of its maker's readers a unit is of. Old and new stand side by side in one clinic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Generation {
    /// The first one.
    Old,
    /// The one that is sold now.
    #[default]
    New,
}

impl Generation {
    /// The stable name used on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
        }
    }
}

/// What a unit says of itself, as far as its protocol lets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The maker's short name, such as `fujitsu`.
    pub maker: String,
    /// The model.
    pub model: String,
    /// The version of the device's own software.
    pub firmware: String,
    /// The serial number; empty where the unit has none to tell.
    pub serial: String,
    /// The generation.
    pub generation: Generation,
    /// What this unit can do.
    pub capabilities: Vec<Capability>,
}

impl Identity {
    /// Whether this unit can do that.
    #[must_use]
    pub fn can(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }
}
