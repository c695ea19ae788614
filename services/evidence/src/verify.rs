//! For whoever is given a token: what it proves, with the key set alone.

use madoguchi_core::signing::{Purpose, Unproven, Verifier};
use thiserror::Error;
use time::{Duration, OffsetDateTime};

use crate::Claims;
use crate::claims::VERSION;

/// How far the clocks of two computers may be apart.
const LEEWAY: Duration = Duration::minutes(1);

/// What the reader of a token holds it against.
#[derive(Debug, Clone, Copy, Default)]
pub struct Expected<'a> {
    /// The gateway that must have issued it.
    pub issuer: Option<&'a str>,
    /// The name under which the reader is meant.
    pub audience: Option<&'a str>,
    /// The moment at which somebody wants to act on it; none where only what it says is to be proven.
    pub at: Option<OffsetDateTime>,
}

/// Why a token is not the evidence that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NotEvidence {
    /// The signature proves nothing.
    #[error("the token {0}")]
    Unproven(#[from] Unproven),
    /// It is signed, and does not say what evidence says.
    #[error("the token's claims are not those of evidence")]
    Claims,
    /// It is signed, in a version that this program does not know.
    #[error("the token's claims are of version {0}, which this program does not know")]
    Version(u32),
    /// Another gateway issued it.
    #[error("the token is of another issuer")]
    Issuer,
    /// It is meant for somebody else.
    #[error("the token is meant for another audience")]
    Audience,
    /// Nobody may act on it any more.
    #[error("the token has expired: it proves what was, and nobody may act on it any more")]
    Expired,
    /// It was issued later than the moment that is asked about.
    #[error("the token was issued after the moment that is asked about")]
    NotYet,
}

/// What a token says, where its signature and what is expected of it hold.
///
/// # Errors
/// [`NotEvidence`].
pub fn verify(verifier: &dyn Verifier, token: &str, expected: &Expected<'_>) -> Result<Claims, NotEvidence> {
    let payload = verifier.verify(Purpose::Evidence, token)?;
    let claims: Claims = serde_json::from_slice(&payload).map_err(|_| NotEvidence::Claims)?;
    if claims.ver != VERSION {
        return Err(NotEvidence::Version(claims.ver));
    }
    if expected.issuer.is_some_and(|issuer| issuer != claims.iss) {
        return Err(NotEvidence::Issuer);
    }
    if let Some(audience) = expected.audience
        && !claims.aud.iter().any(|meant| meant == audience)
    {
        return Err(NotEvidence::Audience);
    }
    if let Some(at) = expected.at {
        let leeway = LEEWAY.whole_seconds();
        if at.unix_timestamp() >= claims.exp.saturating_add(leeway) {
            return Err(NotEvidence::Expired);
        }
        if at.unix_timestamp() < claims.iat.saturating_sub(leeway) {
            return Err(NotEvidence::NotYet);
        }
    }
    Ok(claims)
}
