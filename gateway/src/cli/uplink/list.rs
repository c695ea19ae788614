//! `madoguchi uplink list`.

use std::fmt;

use clap::Args;
use madoguchi_proto::admin::v1::gateway_admin_service_client::GatewayAdminServiceClient;
use madoguchi_proto::admin::v1::uplink::State;
use madoguchi_proto::admin::v1::{ListUplinksRequest, Uplink};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::output::Output;
use crate::cli::remote::Remote;

/// Which gateway, and how to print.
#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    remote: Remote,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

/// Lists the uplinks.
pub(super) async fn run(arguments: ListArgs) -> Result<Exit, Error> {
    let mut client = GatewayAdminServiceClient::new(arguments.remote.connect().await?);
    let answer = client.list_uplinks(ListUplinksRequest {}).await?.into_inner();
    let uplinks = answer.uplinks.into_iter().map(Line::from).collect();
    Output::new(arguments.json).answer(&Uplinks { uplinks }, |uplinks| uplinks.to_string())?;
    Ok(Exit::Completed)
}

#[derive(Debug, Serialize)]
struct Uplinks {
    uplinks: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    name: String,
    endpoint: String,
    state: &'static str,
    far_side: Option<String>,
    connected_time: Option<String>,
    attempt_count: u32,
    connection_count: u64,
    last_error: Option<String>,
    last_error_time: Option<String>,
    next_attempt_time: Option<String>,
}

fn moment(at: Option<prost_types::Timestamp>) -> Option<String> {
    let at = at?;
    let moment = OffsetDateTime::from_unix_timestamp(at.seconds).ok()?;
    moment.format(&Rfc3339).ok()
}

impl From<Uplink> for Line {
    fn from(uplink: Uplink) -> Self {
        let state = match uplink.state() {
            State::Connecting => "connecting",
            State::Connected => "connected",
            State::BackingOff => "backing_off",
            State::Stopped => "stopped",
            State::Unspecified => "unknown",
        };
        let given = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            name: uplink.name,
            endpoint: uplink.endpoint,
            state,
            far_side: given(uplink.far_side),
            connected_time: moment(uplink.connected_time),
            attempt_count: uplink.attempt_count,
            connection_count: uplink.connection_count,
            last_error: given(uplink.last_error),
            last_error_time: moment(uplink.last_error_time),
            next_attempt_time: moment(uplink.next_attempt_time),
        }
    }
}

impl fmt::Display for Uplinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.uplinks.is_empty() {
            return write!(f, "This gateway has no uplinks.");
        }
        for (index, line) in self.uplinks.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{}  {}  {}", line.name, line.endpoint, line.state)?;
            if let (Some(far_side), Some(since)) = (&line.far_side, &line.connected_time) {
                write!(f, "  {far_side} since {since}")?;
            }
            if let (None, Some(error)) = (&line.far_side, &line.last_error) {
                write!(f, "  {error} (attempt {}", line.attempt_count)?;
                match &line.next_attempt_time {
                    Some(next) => write!(f, ", next at {next})")?,
                    None => write!(f, ")")?,
                }
            }
        }
        Ok(())
    }
}
