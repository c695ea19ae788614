//! Passes calls on to the gateways that are connected.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use http::{Request, Response};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::transport::{Channel, Server};
use tower::{Layer, Service, ServiceExt as _};

use crate::cli::error::Error;
use crate::config::Problem;
use crate::uplink::door::Line;

/// The header that names the gateway.
const GATEWAY: &str = "madoguchi-gateway";

/// Each gateway's newest line.
type Lines = BTreeMap<String, (SocketAddr, Channel)>;

/// Passes calls on.
#[derive(Debug, Clone)]
pub(super) struct Forward {
    local_addr: SocketAddr,
    lines: Arc<watch::Sender<Lines>>,
}

impl Forward {
    /// Takes calls there, of programs of this computer: whoever calls is to the gateway the door itself.
    pub(super) async fn open(listen: SocketAddr, stop: CancellationToken) -> Result<Self, Error> {
        if !listen.ip().is_loopback() {
            return Err(Error::Value {
                flag: "--forward",
                expected: "an address of this computer alone, such as 127.0.0.1:8766, as whoever calls it calls as this door",
            });
        }
        let failed = |source| Error::Config(Problem::Listen { listen, source });
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let local_addr = listener.local_addr().map_err(failed)?;
        let lines = Arc::new(watch::Sender::new(Lines::new()));
        let layer = Pass(Arc::clone(&lines));
        tokio::spawn(async move {
            let served = Server::builder()
                .layer(layer)
                .add_routes(Routes::default())
                .serve_with_incoming_shutdown(TcpListenerStream::new(listener), stop.cancelled())
                .await;
            if let Err(error) = served {
                tracing::error!(%error, "calls are not passed on any more");
            }
        });
        Ok(Self { local_addr, lines })
    }

    pub(super) const fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Calls for that gateway go by this line from now on.
    pub(super) fn add(&self, line: &Line) {
        self.lines.send_modify(|lines| {
            lines.insert(line.gateway.clone(), (line.address, line.channel.clone()));
        });
    }

    /// A line is over; where the gateway has come again meanwhile, its newer one stays.
    pub(super) fn remove(&self, line: &Line) {
        self.lines.send_modify(|lines| {
            if lines
                .get(&line.gateway)
                .is_some_and(|(address, _)| *address == line.address)
            {
                lines.remove(&line.gateway);
            }
        });
    }
}

#[derive(Debug, Clone)]
struct Pass(Arc<watch::Sender<Lines>>);

impl<S> Layer<S> for Pass {
    type Service = Self;

    fn layer(&self, _: S) -> Self {
        self.clone()
    }
}

impl Pass {
    fn choose(&self, wanted: Option<&str>) -> Result<Channel, Status> {
        let lines = self.0.borrow();
        let found = match wanted {
            Some(gateway) => lines.get(gateway),
            None if lines.len() > 1 => {
                return Err(Status::invalid_argument(format!(
                    "several gateways are connected: name one with the header {GATEWAY}"
                )));
            }
            None => lines.values().next(),
        };
        let found = found.map(|(_, channel)| channel.clone());
        found.ok_or_else(|| Status::unavailable("that gateway is not connected"))
    }
}

impl Service<Request<Body>> for Pass {
    type Response = Response<Body>;
    type Error = std::convert::Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let named = request.headers_mut().remove(GATEWAY);
        let chosen = match named.as_ref().map(http::HeaderValue::to_str) {
            Some(Err(_)) => Err(Status::invalid_argument(format!("{GATEWAY} is no URI"))),
            Some(Ok(name)) => self.choose(Some(name)),
            None => self.choose(None),
        };
        Box::pin(async move {
            let passed = match chosen {
                Ok(channel) => channel
                    .oneshot(request)
                    .await
                    .map_err(|error| Status::unavailable(error.to_string())),
                Err(status) => Err(status),
            };
            Ok(passed.unwrap_or_else(Status::into_http))
        })
    }
}
