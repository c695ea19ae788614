//! The stand-in itself.

use std::sync::Arc;

use async_trait::async_trait;
use madoguchi_certificate::spki_sha256_hex;
use madoguchi_core::certificate::{CertificateDer, Certificates, Outcome};
use madoguchi_core::consent::Receipt;
use madoguchi_core::eligibility::{Answer, Challenge, DeferredRequest, Eligibility, Request, Validity};
use madoguchi_core::{ChallengeId, Clock, Medium, Reason};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::{ChallengeStore, Record, Records, RegistrationStore, cut, made_up};

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

/// Stands in for the national service: see the crate's documentation for what is assumed.
#[derive(Clone)]
pub struct StandIn {
    options: Options,
    certificates: Arc<dyn Certificates>,
    challenges: Arc<dyn ChallengeStore>,
    registrations: Arc<dyn RegistrationStore>,
    records: Arc<dyn Records>,
    clock: Arc<dyn Clock>,
    random: SystemRandom,
}

impl std::fmt::Debug for StandIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StandIn")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl StandIn {
    /// A stand-in that judges, keeps and knows by these.
    #[must_use]
    pub fn new(
        options: Options,
        certificates: Arc<dyn Certificates>,
        challenges: Arc<dyn ChallengeStore>,
        registrations: Arc<dyn RegistrationStore>,
        records: Arc<dyn Records>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            options,
            certificates,
            challenges,
            registrations,
            records,
            clock,
            random: SystemRandom::new(),
        }
    }
}

impl StandIn {
    /// What is known of the person with this key; who registered the card is registered.
    async fn record(&self, key: &str) -> Result<Record, Reason> {
        let mut record = self.records.find(key).unwrap_or_else(|| made_up(key));
        if record.validity == Validity::ValidNotRegistered && self.registrations.is_registered(key).await? {
            record.validity = Validity::Valid;
        }
        Ok(record)
    }

    /// Judges a claim as of the moment in which the chip signed, and answers now.
    async fn judge(
        &self,
        claim: Claim,
        signed: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<Answer, Reason> {
        let check = self
            .certificates
            .check(&claim.certificate, &claim.intermediates, claim.medium, signed);
        if check.outcome == Outcome::Refused {
            return Err(check.reason.unwrap_or(Reason::CertificateNotTrusted));
        }
        self.certificates
            .verify_signature(&claim.certificate, &claim.challenge, &claim.signature)?;
        if claim
            .receipt
            .as_ref()
            .is_some_and(|receipt| receipt.certificate_thumbprint != check.thumbprint)
        {
            return Err(Reason::ConsentReceiptInvalid);
        }
        let key = spki_sha256_hex(&claim.certificate)?;
        let record = self.record(&key).await?;
        Ok(cut(record, check.outcome, claim.receipt.as_ref(), now))
    }
}

/// What somebody says of a person, and the proof of it.
struct Claim {
    certificate: CertificateDer,
    intermediates: Vec<CertificateDer>,
    challenge: Vec<u8>,
    signature: Vec<u8>,
    medium: Medium,
    receipt: Option<Receipt>,
}

#[async_trait]
impl Eligibility for StandIn {
    async fn create_challenge(&self) -> Result<Challenge, Reason> {
        let mut bytes = vec![0; CHALLENGE_LEN];
        self.random.fill(&mut bytes).map_err(|_| Reason::Internal)?;
        let now = self.clock.now();
        let expires_at = now
            .checked_add(Duration::seconds(self.options.challenge_ttl_seconds.into()))
            // Databases keep microseconds.
            .and_then(|at| at.replace_microsecond(at.microsecond()).ok())
            .ok_or(Reason::Internal)?;
        let challenge = Challenge {
            id: ChallengeId::generate(),
            bytes,
            expires_at,
        };
        self.challenges
            .put(challenge.clone(), now, self.options.max_open_challenges)
            .await?;
        Ok(challenge)
    }

    async fn is_registered(&self, certificate: &CertificateDer) -> Result<bool, Reason> {
        let record = self.record(&spki_sha256_hex(certificate)?).await?;
        Ok(record.validity != Validity::ValidNotRegistered)
    }

    async fn register(&self, certificate: &CertificateDer) -> Result<(), Reason> {
        let key = spki_sha256_hex(certificate)?;
        self.registrations.register(&key, self.clock.now()).await
    }

    async fn check(&self, request: Request) -> Result<Answer, Reason> {
        // Consumed first: whatever is found wrong below, this challenge answers nothing more.
        let challenge = self
            .challenges
            .take(&request.challenge_id)
            .await?
            .ok_or(Reason::ChallengeUnknown)?;
        let now = self.clock.now();
        if challenge.expires_at <= now {
            return Err(Reason::ChallengeUnknown);
        }
        let claim = Claim {
            certificate: request.certificate,
            intermediates: request.intermediates,
            challenge: challenge.bytes,
            signature: request.signature,
            medium: request.medium,
            receipt: request.receipt,
        };
        self.judge(claim, now, now).await
    }

    async fn check_deferred(&self, request: DeferredRequest) -> Result<Answer, Reason> {
        let claim = Claim {
            certificate: request.proof.certificate,
            intermediates: Vec::new(),
            challenge: request.proof.challenge,
            signature: request.proof.signature,
            medium: request.medium,
            receipt: request.proof.receipt,
        };
        // The certificate has to have been good when the person stood at the counter.
        self.judge(claim, request.verified_at, self.clock.now()).await
    }
}
