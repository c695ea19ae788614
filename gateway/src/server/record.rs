//! One log line per call: which, by whom, how it ended, how long it took. Never what was in it.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use http::{Request, Response};
use tonic::body::Body;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use tower::{Layer, Service};

use super::{Peer, access};

/// Writes the line when the answer begins; for a watch stream that is when it is open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecordLayer;

impl<S> Layer<S> for RecordLayer {
    type Service = Record<S>;

    fn layer(&self, inner: S) -> Record<S> {
        Record { inner }
    }
}

/// See [`RecordLayer`].
#[derive(Debug, Clone)]
pub(crate) struct Record<S> {
    inner: S,
}

/// The path, where it is one of ours: what a stranger makes up does not get into the log.
fn method(path: &str) -> &'static str {
    access::known(path).unwrap_or("unknown")
}

impl<S, B> Service<Request<B>> for Record<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let began = Instant::now();
        let method = method(request.uri().path());
        let peer = request.extensions().get::<Peer>();
        let caller = peer
            .and_then(|peer| peer.identity.as_ref())
            .map(|identity| identity.caller.clone());
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answer = answer.await?;
            // An error of a unary call has its status in the header already.
            let status = Status::from_header_map(answer.headers());
            let code = status.as_ref().map_or(Code::Ok, Status::code);
            let info = status.as_ref().and_then(|status| status.get_details_error_info());
            tracing::info!(
                target: "madoguchi::rpc",
                method,
                caller = caller.as_ref().map_or("unknown", |caller| caller.as_str()),
                code = ?code,
                reason = info.as_ref().map_or("", |info| info.reason.as_str()),
                elapsed_ms = began.elapsed().as_secs_f64() * 1e3,
                "call"
            );
            Ok(answer)
        })
    }
}
