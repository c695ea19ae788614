//! `madoguchi certificate`: what a certificate is good for, without a gateway.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use madoguchi_certificate::{Anchors, Chain, Verifier};
use madoguchi_core::certificate::{Certificates as _, Check, Outcome};
use madoguchi_core::{Clock as _, Medium, clock::SystemClock};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::output::Output;

/// Certificates without a gateway
#[derive(Debug, Subcommand)]
pub enum CertificateCommand {
    /// Say what a certificate is good for: full (exit 0), eligibility only (exit 3) or refused (exit 12); revocation is
    /// not checked
    Verify(VerifyArgs),
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
    /// The moment to judge; now where it is not given
    #[arg(long, value_name = "RFC3339", value_parser = moment)]
    at: Option<OffsetDateTime>,
    /// What carried the certificate: a phone has no grace after the expiry
    #[arg(long, value_enum, default_value_t = Carrier::Card)]
    medium: Carrier,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Carrier {
    Card,
    Phone,
}

impl CertificateCommand {
    /// Whether a machine reads the answer.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        let Self::Verify(arguments) = self;
        arguments.json
    }

    /// Runs it.
    ///
    /// # Errors
    /// Where a file cannot be used.
    pub fn run(self) -> Result<Exit, Error> {
        let Self::Verify(arguments) = self;
        let verifier = Verifier::new(Anchors::load(&arguments.anchors)?);
        let chain = Chain::load(&arguments.chain)?;
        let medium = match arguments.medium {
            Carrier::Card => Medium::Card,
            // Either phone: neither has a grace.
            Carrier::Phone => Medium::IPhone,
        };
        let at = arguments.at.unwrap_or_else(|| SystemClock.now());
        let check = verifier.check(&chain.leaf, &chain.intermediates, medium, at);
        let exit = match check.outcome {
            Outcome::Full => Exit::Completed,
            Outcome::EligibilityOnly => Exit::EligibilityOnly,
            Outcome::Refused => Exit::Certificate,
        };
        Output::new(arguments.json).answer(&Verdict::from(&check), |_| sentence(&check))?;
        Ok(exit)
    }
}

fn moment(text: &str) -> Result<OffsetDateTime, &'static str> {
    OffsetDateTime::parse(text, &Rfc3339).map_err(|_| "must be a moment such as 2026-11-22T09:00:00+09:00")
}

#[derive(Debug, Serialize)]
struct Verdict {
    outcome: &'static str,
    reason: Option<&'static str>,
    #[serde(with = "time::serde::rfc3339::option")]
    not_before: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    not_after: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    grace_until: Option<OffsetDateTime>,
    thumbprint: String,
}

impl From<&Check> for Verdict {
    fn from(check: &Check) -> Self {
        Self {
            outcome: check.outcome.as_str(),
            reason: check.reason.map(|reason| reason.code()),
            not_before: check.not_before,
            not_after: check.not_after,
            grace_until: check.grace_until,
            thumbprint: check.thumbprint.clone(),
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
    format!(
        "{good_for}{} Revocation was not checked.",
        why.unwrap_or_default()
    )
}
