//! What the gateway is told: a TOML file, overridden by environment variables `MADOGUCHI__SECTION__KEY`.
//!
//! Everything has a default; `deploy/config/madoguchi.toml` is a commented example equal to the defaults, which a
//! test proves. A key that nobody knows is refused, with the nearest known one: a misspelt limit must not be a
//! silent default. Relative paths count from the folder of the file.

mod audit;
mod check;
mod counters;
mod drivers;
mod eligibility;
mod keys;
mod load;
mod names;
mod problem;
mod roles;
mod sections;
mod server;
mod signing;
mod uplinks;

use serde::{Deserialize, Serialize};

pub use audit::{Audit, FullChoice};
pub use counters::{Counter, ReaderPattern};
pub use drivers::{Drivers, OWN_KEY, Signatures};
pub use eligibility::{Eligibility, Folder, Remote};
pub use names::{Backend, Charset, LogFormat, LogLevel, Mode};
pub use problem::Problem;
pub use roles::{Role, RoleSet, Roles};
pub use sections::{CheckIn, Deferral, Log, Store, Trust};
pub use server::{Limits, Server, Tls};
pub use signing::{Consent, Evidence, Keys};
pub use uplinks::Uplink;

/// The configuration of a gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where and how it serves.
    pub server: Server,
    /// Its certificate, and whose clients it knows; without one it serves this computer only.
    pub tls: Tls,
    /// What the holders of client certificates may do.
    pub roles: Roles,
    /// The lines that it dials itself, to serve who is at their other end.
    pub uplinks: Vec<Uplink>,
    /// Which drivers it runs.
    pub drivers: Drivers,
    /// The counters of the site.
    pub counters: Vec<Counter>,
    /// Where it keeps what must survive.
    pub store: Store,
    /// The audit log.
    pub audit: Audit,
    /// The keys it signs with.
    pub keys: Keys,
    /// What evidence of a visit says of itself.
    pub evidence: Evidence,
    /// Who asks for consent.
    pub consent: Consent,
    /// Whose certificates it trusts.
    pub trust: Trust,
    /// Whom it asks about eligibility.
    pub eligibility: Eligibility,
    /// What happens to a visit while that service is away.
    pub deferral: Deferral,
    /// How long a visit may take.
    pub check_in: CheckIn,
    /// What it says about itself.
    pub log: Log,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            server: Server::default(),
            tls: Tls::default(),
            roles: Roles::default(),
            uplinks: Vec::new(),
            drivers: Drivers::default(),
            counters: vec![Counter::default()],
            store: Store::default(),
            audit: Audit::default(),
            keys: Keys::default(),
            evidence: Evidence::default(),
            consent: Consent::default(),
            trust: Trust::default(),
            eligibility: Eligibility::default(),
            deferral: Deferral::default(),
            check_in: CheckIn::default(),
            log: Log::default(),
        }
    }
}
