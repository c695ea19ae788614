//! A signed statement of how far the chain goes.
//!
//! Whoever has one, from a log line of last week say, finds out whether the end of the chain was cut off since: a chain
//! that is sound but does not reach the checkpoint, or has another hash at its number, is not the chain that it was.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use madoguchi_core::signing::{Purpose, Signer, Unproven, Verifier};
use madoguchi_core::{InstanceId, Reason};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::Head;

/// What is signed: the payload of the JWS, with `typ` `madoguchi-audit-checkpoint+jwt`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Entries of the segment up to here: its first one has the number `sequence - count + 1`.
    pub count: u64,
    /// Whose chain.
    pub gateway: InstanceId,
    /// The hash of the last entry.
    pub hash: String,
    /// The segment that the last entry belongs to; the first is 1.
    pub segment: u64,
    /// The number of the last entry.
    pub sequence: u64,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub time: OffsetDateTime,
}

/// A statement and its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// What it says.
    pub statement: Statement,
    /// The compact JWS.
    pub jws: String,
}

impl Checkpoint {
    /// Signs.
    ///
    /// # Errors
    /// [`Reason::Internal`] where the key cannot be used.
    pub fn sign(statement: Statement, signer: &dyn Signer) -> Result<Self, Reason> {
        let payload = serde_json::to_vec(&statement).map_err(|_| Reason::Internal)?;
        let jws = signer.sign(Purpose::AuditCheckpoint, &payload)?;
        Ok(Self { statement, jws })
    }

    /// Reads what somebody gave.
    ///
    /// # Errors
    /// [`Unproven`].
    pub fn verify(jws: &str, verifier: &dyn Verifier) -> Result<Self, Unproven> {
        // Base64 can say the same bytes in several ways where the last character has bits to spare: one way is right.
        let strict = |part: &str| {
            URL_SAFE_NO_PAD
                .decode(part)
                .is_ok_and(|bytes| URL_SAFE_NO_PAD.encode(bytes) == part)
        };
        if !jws.split('.').all(strict) {
            return Err(Unproven::Malformed);
        }
        let payload = verifier.verify(Purpose::AuditCheckpoint, jws)?;
        let statement = serde_json::from_slice(&payload).map_err(|_| Unproven::Malformed)?;
        Ok(Self {
            statement,
            jws: jws.to_owned(),
        })
    }

    /// What the next entry follows.
    #[must_use]
    pub fn head(&self) -> Head {
        Head {
            sequence: self.statement.sequence,
            hash: self.statement.hash.clone(),
        }
    }
}
