//! The evidence service: states, signs, finds again.

use std::sync::Arc;

use async_trait::async_trait;
use madoguchi_core::evidence::{Evidence, Evidences, Facts};
use madoguchi_core::signing::{Purpose, Signer};
use madoguchi_core::{CheckInId, Clock, EvidenceId, Reason};
use serde::{Deserialize, Serialize};
use time::Duration;

use crate::{Claims, EvidenceStore};

/// Who vouches, for whom and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// The name of the gateway: `iss`.
    pub issuer: String,
    /// For whom: `aud`.
    pub audience: Vec<String>,
    /// Hours that somebody may act on it: `exp`.
    pub ttl_hours: u32,
}

/// Vouches for visits and finds again what it said.
#[derive(Clone)]
pub struct Service {
    options: Options,
    signer: Arc<dyn Signer>,
    store: Arc<dyn EvidenceStore>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Service {
    /// A service that signs with these keys and finds its evidence there.
    #[must_use]
    pub fn new(
        options: Options,
        signer: Arc<dyn Signer>,
        store: Arc<dyn EvidenceStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            options,
            signer,
            store,
            clock,
        }
    }
}

#[async_trait]
impl Evidences for Service {
    fn vouch(&self, facts: Facts) -> Result<Evidence, Reason> {
        // Whole seconds: what is returned now has to equal what the token says and what is read back later.
        let now = self.clock.now();
        let issued_at = now.replace_nanosecond(0).unwrap_or(now);
        let expires_at = issued_at.saturating_add(Duration::hours(self.options.ttl_hours.into()));
        let (id, check_in_id) = (EvidenceId::generate(), facts.check_in_id.clone());
        let claims = Claims::new(
            facts,
            id.clone(),
            self.options.issuer.clone(),
            self.options.audience.clone(),
            issued_at,
            expires_at,
        );
        let payload = serde_json::to_vec(&claims).map_err(|_| Reason::Internal)?;
        Ok(Evidence {
            id,
            check_in_id,
            token: self.signer.sign(Purpose::Evidence, &payload)?,
            issued_at,
            expires_at,
        })
    }

    async fn get(&self, check_in_id: &CheckInId) -> Result<Evidence, Reason> {
        let found = self.store.get(check_in_id).await?;
        found.ok_or(Reason::EvidenceNotFound)
    }
}

#[cfg(test)]
mod tests;
