//! Uplinks: the gateway dials out, and serves on that connection whoever is at its other end.
//!
//! A remote service or a hospital's front door cannot call a gateway behind NAT. So the gateway calls it, with mutual
//! TLS, and then the roles of HTTP/2 are turned round: who dialled serves. What is served is the gateway's ordinary
//! interface behind its ordinary layers, for a caller that is never more than `remote`. Each line has a task and bounds
//! of its own, so that a far side that hangs costs nobody else anything. `UPLINK.md` is for whoever writes a far side;
//! [`door`] is one to build on.

mod dial;
pub mod door;
mod error;
mod line;
mod pace;
mod status;
mod tend;

use std::path::PathBuf;
use std::sync::Arc;

use madoguchi_audit::Log;
use madoguchi_core::Clock;
use rustls::ClientConfig;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

pub use status::{State, Status};

use crate::config::{Config, Limits, Problem, Tls, Uplink};
use crate::server::tls::{Files, Pem};
use tend::Tender;

/// What both ends of a line say in TLS (ALPN): who accepted speaks HTTP/2 as the client, who dialled as the server. Not
/// `h2`, as an ordinary server would wait for the gateway to begin, for ever.
pub const PROTOCOL: &str = "madoguchi-uplink/1";

/// The uplinks of a gateway, not dialled yet.
pub(crate) struct Uplinks {
    tenders: Vec<Tender>,
}

/// What is known of the uplinks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Statuses(Vec<watch::Receiver<Status>>);

impl Statuses {
    /// Each as it is now, in the order of the configuration.
    pub(crate) fn list(&self) -> Vec<Status> {
        self.0.iter().map(|status| status.borrow().clone()).collect()
    }
}

impl Uplinks {
    /// Reads the files of each uplink once, so that what is wrong with them is said before anything is served.
    ///
    /// # Errors
    /// [`Problem::Tls`], [`Problem::Value`].
    pub(crate) fn new(config: &Config, clock: &Arc<dyn Clock>) -> Result<(Self, Statuses), Problem> {
        let roles = Arc::new(config.roles.clone());
        let mut tenders = Vec::new();
        let mut statuses = Vec::new();
        for (index, uplink) in config.uplinks.iter().enumerate() {
            let files = OwnFiles::new(index, uplink, &config.tls)?;
            files.read()?;
            let (status, seen) = watch::channel(Status::new(uplink));
            tenders.push(Tender {
                dialler: dial::Dialler::new(index, uplink, files, Arc::clone(&roles), &config.server.limits)?,
                options: uplink.clone(),
                status,
                clock: Arc::clone(clock),
            });
            statuses.push(seen);
        }
        Ok((Self { tenders }, Statuses(statuses)))
    }

    /// Dials and serves until it is told to stop and each line has ended. Dropped, it gives the lines up.
    pub(crate) async fn run(self, routes: Routes, log: Log, limits: Limits, stop: CancellationToken) {
        let mut tending = JoinSet::new();
        for tender in self.tenders {
            tending.spawn(tender.run(routes.clone(), log.clone(), limits.clone(), stop.clone()));
        }
        while tending.join_next().await.is_some() {}
    }
}

/// The files of an uplink, and the keys that name them.
#[derive(Debug, Clone)]
struct OwnFiles {
    certificate: (String, PathBuf),
    key: (String, PathBuf),
    ca: (String, PathBuf),
}

impl OwnFiles {
    fn new(index: usize, uplink: &Uplink, tls: &Tls) -> Result<Self, Problem> {
        let own = |key: &str| format!("uplinks[{index}].{key}");
        let (certificate, key) = match (&uplink.certificate, &uplink.key) {
            (Some(certificate), Some(key)) => ((own("certificate"), certificate), (own("key"), key)),
            _ => match (&tls.certificate, &tls.key) {
                (Some(certificate), Some(key)) => (
                    ("tls.certificate".to_owned(), certificate),
                    ("tls.key".to_owned(), key),
                ),
                _ => return Err(Problem::value(own("certificate"), "must be given, with key")),
            },
        };
        Ok(Self {
            certificate: (certificate.0, certificate.1.clone()),
            key: (key.0, key.1.clone()),
            ca: (own("ca"), uplink.ca.clone()),
        })
    }

    fn read(&self) -> Result<ClientConfig, Problem> {
        fn pem((key, path): &(String, PathBuf)) -> Pem<'_> {
            Pem { key, path }
        }
        let files = Files {
            certificate: pem(&self.certificate),
            key: pem(&self.key),
            authority: pem(&self.ca),
        };
        files.dialling(PROTOCOL.as_bytes())
    }
}
