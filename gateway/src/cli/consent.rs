//! `madoguchi consent`: receipts, proven without the gateway; and listed and taken back at a gateway.

use clap::{Args, Subcommand, ValueEnum};
use madoguchi_consent::{Claims, Kind, verify};
use madoguchi_proto::consent::v1::consent_service_client::ConsentServiceClient;
use madoguchi_proto::consent::v1::{
    ConsentReceipt, ListConsentReceiptsRequest, WithdrawConsentRequest, WithdrawalReason,
};
use serde::Serialize;

use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::output::Output;
use crate::cli::proof::{self, Proof};
use crate::cli::remote::Remote;
use crate::cli::wire;

/// Consent receipts
#[derive(Debug, Subcommand)]
pub enum ConsentCommand {
    /// Check a receipt, a withdrawal or a confirmation without a gateway: proven (exit 0) or not (exit 17)
    Verify(VerifyArgs),
    /// List the receipts of a visit
    List(ListArgs),
    /// Take consent back: recorded beside the receipt, which stays
    Withdraw(WithdrawArgs),
}

/// What to check.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    #[command(flatten)]
    proof: Proof,
    /// The receipt's token, a file with it, or -: what is checked must be about it
    #[arg(long, value_name = "TOKEN|FILE")]
    about: Option<String>,
}

/// Which visit.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// The visit
    check_in_id: String,
    #[command(flatten)]
    remote: Remote,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Which receipt, why, and who says so.
#[derive(Debug, Args)]
pub struct WithdrawArgs {
    /// The receipt
    receipt_id: String,
    /// Why
    #[arg(long, value_enum)]
    reason: Why,
    /// Who says so: the facility's own name for a member of staff
    #[arg(long = "staff", value_name = "ID", default_value = "")]
    staff_id: String,
    #[command(flatten)]
    remote: Remote,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Why {
    /// The patient wished it
    Patient,
    /// It was recorded for the wrong patient, or wrongly
    RecordedInError,
    /// The facility does not need it any more
    NotNeeded,
}

impl ConsentCommand {
    /// Whether a machine reads the answer.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        match self {
            Self::Verify(arguments) => arguments.proof.is_json(),
            Self::List(arguments) => arguments.json,
            Self::Withdraw(arguments) => arguments.json,
        }
    }

    /// Runs it.
    ///
    /// # Errors
    /// Where a file cannot be used, or the gateway cannot be asked.
    pub async fn run(self) -> Result<Exit, Error> {
        match self {
            Self::Verify(arguments) => arguments.run(),
            Self::List(arguments) => arguments.run().await,
            Self::Withdraw(arguments) => arguments.run().await,
        }
    }
}

impl VerifyArgs {
    fn run(self) -> Result<Exit, Error> {
        let (keys, token) = (self.proof.keys()?, self.proof.token()?);
        let about = self.about.as_deref().map(proof::token).transpose()?;
        let proven = verify(&keys, &token).map_err(|problem| problem.to_string());
        let proven = proven.and_then(|claims| match about {
            Some(receipt) if !claims.is_about(&receipt) => {
                Err("the token is about another receipt, or is one itself".to_owned())
            }
            _ => Ok(claims),
        });
        self.proof.say(proven, sentence)
    }
}

fn sentence(claims: &Claims) -> String {
    let receipt = &claims.receipt_id;
    let what = match claims.kind {
        Kind::Receipt => {
            let granted = claims.decisions.iter().filter(|one| one.granted);
            let granted: Vec<_> = granted.map(|one| one.item.as_str()).collect();
            let granted = if granted.is_empty() {
                "nothing".to_owned()
            } else {
                granted.join(", ")
            };
            format!("receipt {receipt} agrees to {granted}. Whether it was taken back since is not in it")
        }
        Kind::Withdrawal => format!("receipt {receipt} was taken back"),
        Kind::Confirmation => format!("the eligibility service answered about receipt {receipt}"),
    };
    format!("{} says: {what}.", claims.iss)
}

#[derive(Debug, Serialize)]
struct Receipts {
    receipts: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    receipt_id: String,
    granted: Vec<&'static str>,
    effective: Vec<&'static str>,
    withdrawn: bool,
    token: String,
}

impl From<ConsentReceipt> for Line {
    fn from(receipt: ConsentReceipt) -> Self {
        let name = |item: i32| wire::item(item).map(|item| item.as_str());
        let granted = receipt.decisions.iter().filter(|decision| decision.granted);
        Self {
            granted: granted.filter_map(|decision| name(decision.item)).collect(),
            effective: receipt
                .effective_items
                .iter()
                .filter_map(|item| name(*item))
                .collect(),
            withdrawn: receipt.withdrawal.is_some(),
            receipt_id: receipt.receipt_id,
            token: receipt.token,
        }
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let effective = self.effective.join(",");
        let state = if self.withdrawn { "withdrawn" } else { "in force" };
        write!(f, "{}\t{state}\t{effective}", self.receipt_id)
    }
}

impl ListArgs {
    async fn run(self) -> Result<Exit, Error> {
        let mut client = ConsentServiceClient::new(self.remote.connect().await?);
        let request = ListConsentReceiptsRequest {
            check_in_id: self.check_in_id,
        };
        let answer = client.list_consent_receipts(request).await?.into_inner();
        let receipts = Receipts {
            receipts: answer.receipts.into_iter().map(Line::from).collect(),
        };
        Output::new(self.json).answer(&receipts, |receipts| {
            let lines = receipts.receipts.iter().map(Line::to_string);
            lines.collect::<Vec<_>>().join("\n")
        })?;
        Ok(Exit::Completed)
    }
}

impl WithdrawArgs {
    async fn run(self) -> Result<Exit, Error> {
        let mut client = ConsentServiceClient::new(self.remote.connect().await?);
        let reason = match self.reason {
            Why::Patient => WithdrawalReason::Patient,
            Why::RecordedInError => WithdrawalReason::RecordedInError,
            Why::NotNeeded => WithdrawalReason::NotNeeded,
        };
        let request = WithdrawConsentRequest {
            receipt_id: self.receipt_id,
            reason: reason.into(),
            staff_id: self.staff_id,
        };
        let answer = client.withdraw_consent(request).await?.into_inner();
        let receipt = answer.receipt.ok_or(Error::Answer("the receipt"))?;
        Output::new(self.json).answer(&Line::from(receipt), Line::to_string)?;
        Ok(Exit::Completed)
    }
}
