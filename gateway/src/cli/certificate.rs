//! `madoguchi certificate`: what a certificate is good for, without a gateway.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use madoguchi_certificate::{
    Anchors, Chain, Fingerprint, Hierarchy, PathFault, Profile, Verifier, read_certificates, rfc5280,
};
use madoguchi_core::certificate::{Certificates as _, Check, Outcome};
use madoguchi_core::{Clock as _, Medium, clock::SystemClock};
use serde::Serialize;
use time::OffsetDateTime;

mod anchors;

use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::moment;
use crate::cli::output::Output;

/// Certificates without a gateway
#[derive(Debug, Subcommand)]
pub enum CertificateCommand {
    /// Say what a certificate is good for: full (exit 0), eligibility only (exit 3) or refused (exit 12); revocation is
    /// not checked
    Verify(VerifyArgs),
    /// Say which authorities a file holds and when each of them expires
    Anchors(anchors::AnchorsArgs),
}

/// What to verify.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The authorities that are trusted
    #[arg(long, value_name = "PEM", required = true, num_args = 1..)]
    anchors: Vec<PathBuf>,
    /// The certificate first, then what may stand between it and an anchor
    #[arg(long, value_name = "PEM")]
    chain: PathBuf,
    /// More of what may stand between, in any order
    #[arg(long, value_name = "PEM", num_args = 1..)]
    intermediates: Vec<PathBuf>,
    /// What is asked: whether a patient may be received with it (jpki), or only whether a path holds by RFC 5280, without
    /// any rule of JPKI and without names of servers: valid (exit 0) or invalid (exit 12)
    #[arg(long, value_enum, default_value_t = Rules::Jpki)]
    profile: Rules,
    /// The moment to judge; now where it is not given
    #[arg(long, value_name = "RFC3339", value_parser = moment::parse)]
    at: Option<OffsetDateTime>,
    /// What carried the certificate: a phone has no grace after the expiry
    #[arg(long, value_enum, default_value_t = Carrier::Card)]
    medium: Carrier,
    /// Whose patients come, as trust.mode: production refuses a certificate of the test hierarchy, test a real one; where it
    /// is not given, the anchors say
    #[arg(long, value_enum)]
    mode: Option<Served>,
    /// SHA-256 fingerprints of exactly the authorities that the files may hold, as trust.fingerprints
    #[arg(long, value_name = "SHA256", num_args = 1..)]
    fingerprints: Vec<Fingerprint>,
    /// Policies (object identifiers) of which the certificate must have one, as trust.policies
    #[arg(long, value_name = "OID", num_args = 1..)]
    policy: Vec<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Served {
    Production,
    Test,
}

impl From<Served> for Hierarchy {
    fn from(served: Served) -> Self {
        match served {
            Served::Production => Self::Real,
            Served::Test => Self::Test,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Carrier {
    Card,
    Phone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Rules {
    Jpki,
    Rfc5280,
}

impl CertificateCommand {
    /// Whether a machine reads the answer.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        match self {
            Self::Verify(arguments) => arguments.json,
            Self::Anchors(arguments) => arguments.is_json(),
        }
    }

    /// Runs it.
    ///
    /// # Errors
    /// Where a file cannot be used.
    pub fn run(self) -> Result<Exit, Error> {
        match self {
            Self::Verify(arguments) => arguments.run(),
            Self::Anchors(arguments) => arguments.run(),
        }
    }
}

impl VerifyArgs {
    fn run(self) -> Result<Exit, Error> {
        let mut chain = Chain::load(&self.chain)?;
        for path in &self.intermediates {
            chain.intermediates.extend(read_certificates(path)?);
        }
        let at = self.at.unwrap_or_else(|| SystemClock.now());
        match self.profile {
            Rules::Jpki => self.judge(&chain, at),
            Rules::Rfc5280 => self.validate(&chain, at),
        }
    }

    fn judge(self, chain: &Chain, at: OffsetDateTime) -> Result<Exit, Error> {
        let anchors = Anchors::load(&self.anchors)?.pinned(&self.fingerprints)?;
        let verifier = Verifier::new(anchors).with_profile(Profile {
            hierarchy: self.mode.map(Hierarchy::from),
            policies: self.policy,
            ..Profile::default()
        });
        let medium = match self.medium {
            Carrier::Card => Medium::Card,
            // Either phone: neither has a grace.
            Carrier::Phone => Medium::IPhone,
        };
        let check = verifier.check(&chain.leaf, &chain.intermediates, medium, at);
        let exit = match check.outcome {
            Outcome::Full => Exit::Completed,
            Outcome::EligibilityOnly => Exit::EligibilityOnly,
            Outcome::Refused => Exit::Certificate,
        };
        Output::new(self.json).answer(&Verdict::from(&check), |_| sentence(&check))?;
        Ok(exit)
    }

    fn validate(self, chain: &Chain, at: OffsetDateTime) -> Result<Exit, Error> {
        if self.mode.is_some() || !self.fingerprints.is_empty() || !self.policy.is_empty() {
            return Err(Error::Usage(
                "--mode, --fingerprints and --policy need --profile jpki",
            ));
        }
        let mut anchors = Vec::new();
        for path in &self.anchors {
            anchors.extend(read_certificates(path)?);
        }
        let result = rfc5280::validate(&anchors, &chain.leaf, &chain.intermediates, at);
        Output::new(self.json).answer(&PathVerdict::from(result), |_| match result {
            Ok(()) => "Valid by RFC 5280. Revocation was not checked.".to_owned(),
            Err(fault) => format!("Invalid by RFC 5280: {fault} ({}).", fault.fault.code()),
        })?;
        Ok(match result {
            Ok(()) => Exit::Completed,
            Err(_) => Exit::Certificate,
        })
    }
}

/// The answer to the question whether a path holds.
#[derive(Debug, Serialize)]
struct PathVerdict {
    profile: &'static str,
    outcome: &'static str,
    reason: Option<&'static str>,
    /// Which certificate is at fault.
    place: Option<&'static str>,
}

impl From<Result<(), PathFault>> for PathVerdict {
    fn from(result: Result<(), PathFault>) -> Self {
        Self {
            profile: "rfc5280",
            outcome: if result.is_ok() { "valid" } else { "invalid" },
            reason: result.err().map(|fault| fault.fault.code()),
            place: result.err().map(|fault| fault.place.as_str()),
        }
    }
}

#[derive(Debug, Serialize)]
struct Verdict {
    profile: &'static str,
    outcome: &'static str,
    reason: Option<&'static str>,
    #[serde(with = "time::serde::rfc3339::option")]
    not_before: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    not_after: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    grace_until: Option<OffsetDateTime>,
    days_left: Option<u32>,
    thumbprint: String,
    anchor: Option<String>,
    revocation: &'static str,
}

impl From<&Check> for Verdict {
    fn from(check: &Check) -> Self {
        Self {
            profile: "jpki",
            outcome: check.outcome.as_str(),
            reason: check.reason.map(|reason| reason.code()),
            not_before: check.not_before,
            not_after: check.not_after,
            grace_until: check.grace_until,
            days_left: check.days_left,
            thumbprint: check.thumbprint.clone(),
            anchor: check.anchor.clone(),
            revocation: check.revocation.as_str(),
        }
    }
}

fn sentence(check: &Check) -> String {
    let good_for = match check.outcome {
        Outcome::Full => "Good for everything that the patient consents to.",
        Outcome::EligibilityOnly => "Good for eligibility only (資格情報のみ).",
        Outcome::Refused => "Refused.",
    };
    let why = check.reason.map(|reason| {
        format!(
            " {} ({}) {}",
            reason.message(),
            reason.code(),
            reason.message_ja()
        )
    });
    let left = check.days_left.map(|days| match days {
        0 => " Today is the last day.".to_owned(),
        days => format!(" Days left after today: {days}."),
    });
    format!(
        "{good_for}{}{} Revocation was not checked.",
        why.unwrap_or_default(),
        left.unwrap_or_default()
    )
}
