//! `madoguchi uplink list`.

use std::fmt;

use clap::Args;
use madoguchi_proto::admin::v1::gateway_admin_service_client::GatewayAdminServiceClient;
use madoguchi_proto::admin::v1::uplink::State;
use madoguchi_proto::admin::v1::{ListUplinksRequest, Uplink};
use serde::Serialize;

use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::moment;
use crate::cli::output::{self, Output};
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
            connected_time: uplink.connected_time.and_then(moment::of_wire),
            attempt_count: uplink.attempt_count,
            connection_count: uplink.connection_count,
            last_error: given(uplink.last_error),
            last_error_time: uplink.last_error_time.and_then(moment::of_wire),
            next_attempt_time: uplink.next_attempt_time.and_then(moment::of_wire),
        }
    }
}

impl fmt::Display for Uplinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        output::lines(f, &self.uplinks, "This gateway has no uplinks.")
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}  {}", self.name, self.endpoint, self.state)?;
        if let (Some(far_side), Some(since)) = (&self.far_side, &self.connected_time) {
            write!(f, "  {far_side} since {since}")?;
        }
        if let (None, Some(error)) = (&self.far_side, &self.last_error) {
            write!(f, "  {error} (attempt {}", self.attempt_count)?;
            match &self.next_attempt_time {
                Some(next) => write!(f, ", next at {next})")?,
                None => write!(f, ")")?,
            }
        }
        Ok(())
    }
}
