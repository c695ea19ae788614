//! Challenges of this house and the proofs over them: what the back ends share that verify by themselves.

use std::sync::Arc;

use madoguchi_core::certificate::{CertificateDer, Certificates, Check, Outcome};
use madoguchi_core::clock::to_microsecond;
use madoguchi_core::consent::Receipt;
use madoguchi_core::eligibility::{Challenge, DeferredRequest, Request};
use madoguchi_core::{ChallengeId, Clock, Medium, Reason};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::ChallengeStore;

/// Random bytes in a challenge.
const CHALLENGE_LEN: usize = 32;

/// How long and how many challenges stay open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Seconds until a challenge is not accepted any more.
    pub challenge_ttl_seconds: u32,
    /// Challenges that may be open at once.
    pub max_open_challenges: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            challenge_ttl_seconds: 15 * 60,
            max_open_challenges: 10_000,
        }
    }
}

/// Makes challenges and judges what comes back. Cheap to clone.
#[derive(Clone)]
pub struct Proofs {
    options: Options,
    certificates: Arc<dyn Certificates>,
    challenges: Arc<dyn ChallengeStore>,
    clock: Arc<dyn Clock>,
    random: SystemRandom,
}

impl std::fmt::Debug for Proofs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proofs")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Proofs {
    /// Judges by these certificates and keeps challenges there.
    #[must_use]
    pub fn new(
        options: Options,
        certificates: Arc<dyn Certificates>,
        challenges: Arc<dyn ChallengeStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            options,
            certificates,
            challenges,
            clock,
            random: SystemRandom::new(),
        }
    }

    /// A challenge that is kept until it is taken or expires.
    ///
    /// # Errors
    /// [`Reason::Overloaded`], [`Reason::StoreUnavailable`].
    pub async fn challenge(&self) -> Result<Challenge, Reason> {
        let mut bytes = vec![0; CHALLENGE_LEN];
        self.random.fill(&mut bytes).map_err(|_| Reason::Internal)?;
        let now = self.clock.now();
        let expires_at = now
            .checked_add(Duration::seconds(self.options.challenge_ttl_seconds.into()))
            .map(to_microsecond)
            .ok_or(Reason::Internal)?;
        let challenge = Challenge {
            id: ChallengeId::generate(),
            bytes,
            expires_at,
        };
        let max = self.options.max_open_challenges;
        self.challenges.put(challenge.clone(), now, max).await?;
        Ok(challenge)
    }

    /// Judges a proof. Its challenge is consumed first: whatever is found wrong after that, it answers nothing more.
    ///
    /// # Errors
    /// The reason of the failed check.
    pub async fn judge(&self, request: &Request) -> Result<(Outcome, OffsetDateTime), Reason> {
        let challenge = self.challenges.take(&request.challenge_id).await?;
        let challenge = challenge.ok_or(Reason::ChallengeUnknown)?;
        let now = self.clock.now();
        if challenge.expires_at <= now {
            return Err(Reason::ChallengeUnknown);
        }
        let claim = Claim {
            certificate: &request.certificate,
            intermediates: &request.intermediates,
            challenge: &challenge.bytes,
            signature: &request.signature,
            medium: request.medium,
            receipt: request.receipt.as_ref(),
        };
        Ok((self.verify(&claim, now)?, now))
    }

    /// Judges a proof that was put off: the certificate has to have been good when the person stood at the counter.
    ///
    /// # Errors
    /// The reason of the failed check.
    pub fn judge_deferred(&self, request: &DeferredRequest) -> Result<(Outcome, OffsetDateTime), Reason> {
        let claim = Claim {
            certificate: &request.proof.certificate,
            intermediates: &[],
            challenge: &request.proof.challenge,
            signature: &request.proof.signature,
            medium: request.medium,
            receipt: request.proof.receipt.as_ref(),
        };
        Ok((self.verify(&claim, request.verified_at)?, self.clock.now()))
    }

    /// Judges a claim as of the moment in which the chip signed.
    fn verify(&self, claim: &Claim<'_>, signed: OffsetDateTime) -> Result<Outcome, Reason> {
        let leaf = claim.certificate;
        let check = self
            .certificates
            .check(leaf, claim.intermediates, claim.medium, signed);
        if check.outcome == Outcome::Refused {
            return Err(check.reason.unwrap_or(Reason::CertificateNotTrusted));
        }
        self.certificates
            .verify_signature(leaf, claim.challenge, claim.signature)?;
        if claim.receipt.is_some_and(|receipt| !is_of(receipt, &check)) {
            return Err(Reason::ConsentReceiptInvalid);
        }
        Ok(check.outcome)
    }
}

/// Whether it is the receipt of whom the certificate identifies: by the certificate itself, or by the card where that is
/// all that was known.
fn is_of(receipt: &Receipt, check: &Check) -> bool {
    if receipt.certificate_thumbprint.is_empty() {
        return receipt.card_key.is_some() && receipt.card_key == check.card_key;
    }
    receipt.certificate_thumbprint == check.thumbprint
}

/// What somebody says of a person, and the proof of it.
struct Claim<'a> {
    certificate: &'a CertificateDer,
    intermediates: &'a [CertificateDer],
    challenge: &'a [u8],
    signature: &'a [u8],
    medium: Medium,
    receipt: Option<&'a Receipt>,
}
