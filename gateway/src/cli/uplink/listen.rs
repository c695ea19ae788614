//! `madoguchi uplink listen`: a door for trying, which shows who came and lets any gRPC client call them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::forward::Forward;
use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::output::Output;
use crate::cli::signal;
use crate::uplink::door::{Door, DoorFiles, Line};

/// How long a gateway may take to say how it is.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(10);

/// Where to listen, and what to show.
#[derive(Debug, Args)]
pub struct ListenArgs {
    /// Where gateways dial
    #[arg(long, value_name = "ADDRESS")]
    listen: SocketAddr,
    /// This door's certificate; its URI must be remote in each gateway's [roles]
    #[arg(long, value_name = "PEM")]
    cert: PathBuf,
    /// The key of this door's certificate
    #[arg(long, value_name = "PEM")]
    key: PathBuf,
    /// Authority that issued the gateways' certificates
    #[arg(long, value_name = "PEM")]
    client_ca: PathBuf,
    /// Take gRPC calls here, on this computer, and pass them on to the gateway that the header `madoguchi-gateway` names;
    /// without the header to the only one that is connected
    #[arg(long, value_name = "ADDRESS")]
    forward: Option<SocketAddr>,
    /// Print one JSON object a line
    #[arg(long)]
    pub(super) json: bool,
}

/// What happened.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event {
    /// The door is open.
    Listening {
        address: SocketAddr,
        #[serde(skip_serializing_if = "Option::is_none")]
        forward: Option<SocketAddr>,
    },
    /// A gateway came.
    Connected {
        gateway: String,
        address: SocketAddr,
        health: &'static str,
    },
    /// A line ended.
    Lost { gateway: String, address: SocketAddr },
}

/// Takes lines until Ctrl-C.
pub(super) async fn run(arguments: ListenArgs) -> Result<Exit, Error> {
    let stop = signal::stop_token()?;
    let output = Output::new(arguments.json);
    let files = DoorFiles {
        certificate: &arguments.cert,
        key: &arguments.key,
        client_ca: &arguments.client_ca,
    };
    let mut door = Door::open(arguments.listen, files).await.map_err(Error::Config)?;
    let forward = match arguments.forward {
        Some(address) => Some(Forward::open(address, stop.clone()).await?),
        None => None,
    };
    let open = Event::Listening {
        address: door.local_addr(),
        forward: forward.as_ref().map(Forward::local_addr),
    };
    output.answer(&open, sentence)?;
    let mut ends = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(Exit::Completed),
            Some(Ok(event)) = ends.join_next() => output.answer(&event, sentence)?,
            line = door.next() => {
                let Some(line) = line else { return Ok(Exit::Completed) };
                if let Some(forward) = &forward {
                    forward.add(&line);
                }
                // A gateway that does not answer holds nobody else up.
                ends.spawn(greeted(line.clone()));
                ends.spawn(ended(line, forward.clone()));
            }
        }
    }
}

async fn greeted(line: Line) -> Event {
    let mut client = HealthClient::new(line.channel);
    let asked = client.check(HealthCheckRequest::default());
    let health = match timeout(HEALTH_TIMEOUT, asked).await {
        Ok(Ok(answer)) if answer.get_ref().status() == ServingStatus::Serving => "serving",
        Ok(Ok(_)) => "not_serving",
        Ok(Err(_)) => "refused",
        Err(_) => "silent",
    };
    Event::Connected {
        gateway: line.gateway,
        address: line.address,
        health,
    }
}

async fn ended(line: Line, forward: Option<Forward>) -> Event {
    line.over().await;
    if let Some(forward) = forward {
        forward.remove(&line);
    }
    Event::Lost {
        gateway: line.gateway,
        address: line.address,
    }
}

fn sentence(event: &Event) -> String {
    match event {
        Event::Listening { address, forward } => {
            let calls = forward.map(|forward| format!("; calls to http://{forward} are passed on"));
            format!("Gateways can dial {address}{}.", calls.unwrap_or_default())
        }
        Event::Connected {
            gateway,
            address,
            health,
        } => format!("{gateway} is connected from {address}; its health: {health}."),
        Event::Lost { gateway, address } => format!("{gateway} from {address} is lost."),
    }
}
