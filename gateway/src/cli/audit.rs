//! `madoguchi audit`: how the log is, exports of it, and their examination by anybody.

mod export;
mod verify;

use std::fmt;

use clap::{Args, Subcommand};
use madoguchi_proto::audit::v1::audit_service_client::AuditServiceClient;
use madoguchi_proto::audit::v1::{CreateCheckpointRequest, GetAuditStatusRequest, GetAuditStatusResponse};
use serde::Serialize;

use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::output::Output;
use crate::cli::remote::Remote;

/// The audit log
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Say how far the log goes, and whether it can be written (exit 69 where it cannot)
    Status(GatewayArgs),
    /// State how far the log goes now, and print the signed statement: kept elsewhere, it finds a cut end later
    Checkpoint(GatewayArgs),
    /// Write the log to a file, from a running gateway or from the database of a stopped one
    Export(export::ExportArgs),
    /// Examine exports and files of segments, without a gateway: is all as it was written (exit 0), or which entry was
    /// edited, removed or moved, or is the end cut off (exit 5)
    Verify(verify::VerifyArgs),
}

/// Which gateway, and how to print.
#[derive(Debug, Args)]
pub struct GatewayArgs {
    #[command(flatten)]
    remote: Remote,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl AuditCommand {
    /// Whether a machine reads the answer.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        match self {
            Self::Status(arguments) | Self::Checkpoint(arguments) => arguments.json,
            Self::Export(arguments) => arguments.json,
            Self::Verify(arguments) => arguments.json,
        }
    }

    /// Runs it.
    ///
    /// # Errors
    /// Where the gateway cannot be asked or a file cannot be used.
    pub async fn run(self) -> Result<Exit, Error> {
        match self {
            Self::Status(arguments) => status(arguments).await,
            Self::Checkpoint(arguments) => checkpoint(arguments).await,
            Self::Export(arguments) => arguments.run().await,
            Self::Verify(arguments) => arguments.run(),
        }
    }
}

/// What is printed of the status.
#[derive(Debug, Serialize)]
struct Status {
    gateway_id: String,
    last_sequence: u64,
    last_hash: String,
    forgotten_sequence: u64,
    checkpoint_sequence: Option<u64>,
    segment_count: u64,
    failing: bool,
    waiting_event_count: u64,
    lost_event_count: u64,
}

impl From<GetAuditStatusResponse> for Status {
    fn from(wire: GetAuditStatusResponse) -> Self {
        Self {
            gateway_id: wire.gateway_id,
            last_sequence: wire.last_sequence,
            last_hash: wire.last_hash,
            forgotten_sequence: wire.forgotten_sequence,
            checkpoint_sequence: wire.last_checkpoint.map(|checkpoint| checkpoint.sequence),
            segment_count: wire.segment_count,
            failing: wire.failing_since_time.is_some(),
            waiting_event_count: wire.waiting_event_count,
            lost_event_count: wire.lost_event_count,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.failing {
            writeln!(
                f,
                "ALARM: the audit log cannot be written; {} events wait, {} are lost.",
                self.waiting_event_count, self.lost_event_count
            )?;
        }
        write!(
            f,
            "Log of {}: entries {} to {}, stated up to {}; {} sealed segments.",
            self.gateway_id,
            self.forgotten_sequence.saturating_add(1),
            self.last_sequence,
            self.checkpoint_sequence.unwrap_or_default(),
            self.segment_count
        )
    }
}

async fn status(arguments: GatewayArgs) -> Result<Exit, Error> {
    let mut client = AuditServiceClient::new(arguments.remote.connect().await?);
    let answer = client.get_audit_status(GetAuditStatusRequest {}).await?;
    let status = Status::from(answer.into_inner());
    Output::new(arguments.json).answer(&status, ToString::to_string)?;
    Ok(if status.failing {
        Exit::Unavailable
    } else {
        Exit::Completed
    })
}

/// What is printed of a checkpoint.
#[derive(Debug, Serialize)]
struct Stated {
    sequence: u64,
    hash: String,
    jws: String,
}

async fn checkpoint(arguments: GatewayArgs) -> Result<Exit, Error> {
    let mut client = AuditServiceClient::new(arguments.remote.connect().await?);
    let answer = client
        .create_checkpoint(CreateCheckpointRequest {})
        .await?
        .into_inner();
    let made = answer.checkpoint.ok_or(Error::Answer("the checkpoint"))?;
    let stated = Stated {
        sequence: made.sequence,
        hash: made.hash,
        jws: made.jws,
    };
    Output::new(arguments.json).answer(&stated, |stated| stated.jws.clone())?;
    Ok(Exit::Completed)
}
