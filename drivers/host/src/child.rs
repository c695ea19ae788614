//! The child process: runs one maker's plugin and serves the gateway over the socket that it was started with.

mod echo;
mod events;
mod inbox;
mod list;
pub(crate) mod loading;
mod maker_log;
mod person;
mod service;
mod session;
mod threads;
mod worker;

use std::io;
use std::str::FromStr;

use futures_util::StreamExt as _;
use madoguchi_proto::driverhost::v1::driver_host_service_server::DriverHostServiceServer;
use madoguchi_proto::driverhost::v1::echo_service_server::EchoServiceServer;
use thiserror::Error;
use tonic::transport::Server;

use crate::core_dumps::forbid_core_dumps;
use crate::link;
use crate::logging::{LogFormat, Logging};

/// The subcommand of the gateway's program that must call [`run`] before anything else.
pub const SUBCOMMAND: &str = "driver-host";

/// Environment: the process id of the gateway.
pub(crate) const PARENT: &str = "MADOGUCHI_DRIVER_HOST_PARENT";
/// Environment: what the child is for.
pub(crate) const ROLE: &str = "MADOGUCHI_DRIVER_HOST_ROLE";
/// Environment: the form of a log line.
pub(crate) const LOG_FORMAT: &str = "MADOGUCHI_DRIVER_HOST_LOG_FORMAT";
/// Environment: what is logged.
pub(crate) const LOG_FILTER: &str = "MADOGUCHI_DRIVER_HOST_LOG_FILTER";

/// What a child is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Runs a plugin.
    Driver,
    /// Answers echoes: the floor of `bench plugin-call`.
    Echo,
}

impl Role {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Driver => "driver",
            Self::Echo => "echo",
        }
    }
}

impl FromStr for Role {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        [Self::Driver, Self::Echo]
            .into_iter()
            .find(|role| role.as_str() == name)
            .ok_or(Error::ByHand)
    }
}

/// Why the child process cannot serve.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// It was not started by a gateway.
    #[error("`{SUBCOMMAND}` is started by the gateway itself, never by hand")]
    ByHand,
    /// The operating system does not play along.
    #[error("the driver's process cannot be set up: {0}")]
    Io(#[from] io::Error),
    /// The line to the gateway broke.
    #[error("the gateway cannot be served: {0}")]
    Serve(#[from] tonic::transport::Error),
}

/// Serves the gateway that started this process, until that ends; then the process is gone without returning.
///
/// # Errors
/// [`enum@Error`] where it cannot begin.
pub fn run() -> Result<(), Error> {
    let parent: u32 = variable(PARENT)?.parse().map_err(|_| Error::ByHand)?;
    let role: Role = variable(ROLE)?.parse()?;
    let format: LogFormat = variable(LOG_FORMAT)?.parse().map_err(|_| Error::ByHand)?;
    let logging = Logging {
        format,
        filter: variable(LOG_FILTER)?,
    };
    let end = link::take(parent)?;
    link::watch_parent(&end)?;
    // Before a maker's code is there to crash.
    forbid_core_dumps()?;
    logging.begin(end.log.try_clone()?);
    end_on_panic();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(role, end))
}

fn variable(name: &str) -> Result<String, Error> {
    std::env::var(name).map_err(|_| Error::ByHand)
}

async fn serve(role: Role, end: link::ChildEnd) -> Result<(), Error> {
    link::outlive_termination()?;
    let io = end.into_io()?;
    // One connection, and no end of waiting for another: the watch on the parent ends the process.
    let incoming =
        futures_util::stream::iter([Ok::<_, io::Error>(io)]).chain(futures_util::stream::pending());
    let mut server = Server::builder();
    match role {
        Role::Driver => {
            let service = DriverHostServiceServer::new(service::Service::default());
            server.add_service(service).serve_with_incoming(incoming).await?;
        }
        Role::Echo => {
            server
                .add_service(EchoServiceServer::new(echo::Echo))
                .serve_with_incoming(incoming)
                .await?;
        }
    }
    Ok(())
}

/// A fault of the host's own ends the process, so that the gateway starts a sound one. The payload is not logged: it
/// might hold what was read from a card. A plugin's panics do not come here, its border catches them.
fn end_on_panic() {
    std::panic::set_hook(Box::new(|info| {
        let location = info.location().map(ToString::to_string);
        tracing::error!(location, "the driver host failed");
        link::end_process();
    }));
}
