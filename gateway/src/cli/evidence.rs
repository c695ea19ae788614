//! `madoguchi evidence`: what a visit came to, proven without the gateway; and the keys for it, from the gateway.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use madoguchi_core::clock::SystemClock;
use madoguchi_core::evidence::Assurance;
use madoguchi_core::{Clock as _, certificate::Outcome};
use madoguchi_evidence::{Claims, Expected, verify};
use madoguchi_proto::evidence::v1::evidence_service_client::EvidenceServiceClient;
use madoguchi_proto::evidence::v1::{GetEvidenceRequest, GetKeySetRequest, RotateKeyRequest};
use serde::Serialize;
use time::OffsetDateTime;

use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::moment;
use crate::cli::output::Output;
use crate::cli::proof::{self, Proof};
use crate::cli::remote::Remote;

/// Evidence of visits, and the keys that it is checked with
#[derive(Debug, Subcommand)]
pub enum EvidenceCommand {
    /// Check a token without a gateway: proven (exit 0) or not (exit 17)
    Verify(VerifyArgs),
    /// Fetch the evidence of a visit
    Get(GetArgs),
    /// Fetch the key set that everything the gateway signed is checked with
    Keys(KeysArgs),
    /// Have the gateway make a new signing key before its time
    RotateKey(RotateArgs),
}

/// What to check.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    #[command(flatten)]
    proof: Proof,
    /// The gateway that must have issued it
    #[arg(long, value_name = "NAME")]
    issuer: Option<String>,
    /// The name under which you are meant
    #[arg(long, value_name = "NAME")]
    audience: Option<String>,
    /// The moment at which somebody acts on it; now where it is not given
    #[arg(long, value_name = "RFC3339", value_parser = moment::parse, conflicts_with = "past")]
    at: Option<OffsetDateTime>,
    /// Prove what was, whether or not somebody may still act on it
    #[arg(long)]
    past: bool,
    /// The receipt's token, a file with it, or -: it must be the one that the evidence speaks of
    #[arg(long, value_name = "TOKEN|FILE")]
    receipt: Option<String>,
}

/// Which visit.
#[derive(Debug, Args)]
pub struct GetArgs {
    /// The visit
    check_in_id: String,
    #[command(flatten)]
    remote: Remote,
    /// Print one JSON object instead of the bare token
    #[arg(long)]
    json: bool,
}

/// Where to.
#[derive(Debug, Args)]
pub struct KeysArgs {
    #[command(flatten)]
    remote: Remote,
    /// Write the key set to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print one JSON object about the keys
    #[arg(long)]
    json: bool,
}

/// How soon.
#[derive(Debug, Args)]
pub struct RotateArgs {
    #[command(flatten)]
    remote: Remote,
    /// It signs at once, without having been published before; the former key stays in the key set
    #[arg(long)]
    at_once: bool,
    /// Where a key was lost to others: the new one signs at once, the former ones leave the key set, and nothing that they
    /// ever signed is proven any more
    #[arg(long)]
    distrust_former: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl EvidenceCommand {
    /// Whether a machine reads the answer.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        match self {
            Self::Verify(arguments) => arguments.proof.is_json(),
            Self::Get(arguments) => arguments.json,
            Self::Keys(arguments) => arguments.json,
            Self::RotateKey(arguments) => arguments.json,
        }
    }

    /// Runs it.
    ///
    /// # Errors
    /// Where a file cannot be used, or the gateway cannot be asked.
    pub async fn run(self) -> Result<Exit, Error> {
        match self {
            Self::Verify(arguments) => arguments.run(),
            Self::Get(arguments) => arguments.run().await,
            Self::Keys(arguments) => arguments.run().await,
            Self::RotateKey(arguments) => arguments.run().await,
        }
    }
}

impl VerifyArgs {
    fn run(self) -> Result<Exit, Error> {
        let (keys, token) = (self.proof.keys()?, self.proof.token()?);
        let expected = Expected {
            issuer: self.issuer.as_deref(),
            audience: self.audience.as_deref(),
            at: (!self.past).then(|| self.at.unwrap_or_else(|| SystemClock.now())),
        };
        let proven = verify(&keys, &token, &expected).map_err(|problem| problem.to_string());
        let receipt = self.receipt.as_deref().map(proof::token).transpose()?;
        let proven = proven.and_then(|claims| match receipt {
            Some(receipt) if !claims.is_receipt(&receipt) => {
                Err("the token speaks of another receipt, or of none".to_owned())
            }
            _ => Ok(claims),
        });
        self.proof.say(proven, sentence)
    }
}

fn sentence(claims: &Claims) -> String {
    let good_for = match claims.certificate.outcome {
        Outcome::Full => "in full",
        Outcome::EligibilityOnly => "for eligibility only (資格情報のみ)",
        Outcome::Refused => "for nothing",
    };
    let rests_on = match claims.eligibility.assurance {
        Assurance::National => "The national service answered",
        Assurance::Simulated => {
            "A stand-in answered with made-up data: neither care nor a claim may rest on it"
        }
        Assurance::LocalOnly => {
            "Nobody was asked: the gateway's own check of the certificate is all there is"
        }
    };
    let validity = claims
        .eligibility
        .validity
        .map_or("not known", |validity| validity.as_str());
    let consent = match &claims.consent {
        Some(consent) => format!("consent receipt {}", consent.receipt_id),
        None => "no consent was asked".to_owned(),
    };
    format!(
        "{} says: visit {} at counter {} ended well {good_for}, by {} with {}; {consent}. {rests_on}. Insurance: {validity}.",
        claims.iss,
        claims.sub,
        claims.counter_id,
        claims.medium.as_str(),
        claims.method.as_str(),
    )
}

#[derive(Debug, Serialize)]
struct Got {
    evidence_id: String,
    check_in_id: String,
    token: String,
}

impl GetArgs {
    async fn run(self) -> Result<Exit, Error> {
        let mut client = EvidenceServiceClient::new(self.remote.connect().await?);
        let request = GetEvidenceRequest {
            check_in_id: self.check_in_id,
        };
        let answer = client.get_evidence(request).await?.into_inner();
        let evidence = answer.evidence.ok_or(Error::Answer("the evidence"))?;
        let got = Got {
            evidence_id: evidence.evidence_id,
            check_in_id: evidence.check_in_id,
            token: evidence.token,
        };
        Output::new(self.json).answer(&got, |got| got.token.clone())?;
        Ok(Exit::Completed)
    }
}

#[derive(Debug, Serialize)]
struct Keys {
    signing_key_id: String,
    key_ids: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
}

impl KeysArgs {
    async fn run(self) -> Result<Exit, Error> {
        let mut client = EvidenceServiceClient::new(self.remote.connect().await?);
        let answer = client.get_key_set(GetKeySetRequest {}).await?.into_inner();
        if let Some(path) = &self.out {
            std::fs::write(path, &answer.jwks_json).map_err(|source| Error::Write {
                path: path.clone(),
                source,
            })?;
        }
        let jwks = answer.jwks_json;
        let keys = Keys {
            signing_key_id: answer.signing_key_id,
            key_ids: answer.keys.into_iter().map(|key| key.key_id).collect(),
            file: self.out,
        };
        Output::new(self.json).answer(&keys, |keys| match &keys.file {
            Some(path) => format!("Key set in {} (keys: {}).", path.display(), keys.key_ids.len()),
            None => jwks.trim_end().to_owned(),
        })?;
        Ok(Exit::Completed)
    }
}

#[derive(Debug, Serialize)]
struct Rotated {
    key_id: String,
    #[serde(with = "time::serde::rfc3339::option")]
    signs_from: Option<OffsetDateTime>,
}

impl RotateArgs {
    async fn run(self) -> Result<Exit, Error> {
        let mut client = EvidenceServiceClient::new(self.remote.connect().await?);
        let request = RotateKeyRequest {
            at_once: self.at_once,
            distrust_former: self.distrust_former,
        };
        let answer = client.rotate_key(request).await?.into_inner();
        let key = answer.key.ok_or(Error::Answer("the key"))?;
        let signs_from = key
            .sign_time
            .and_then(|at| OffsetDateTime::from_unix_timestamp(at.seconds).ok());
        let rotated = Rotated {
            key_id: key.key_id,
            signs_from,
        };
        Output::new(self.json).answer(&rotated, |rotated| match rotated.signs_from {
            Some(from) => format!("Key {} signs from {from}.", rotated.key_id),
            None => format!("Key {}.", rotated.key_id),
        })?;
        Ok(Exit::Completed)
    }
}
