//! Bounds of all calls together: how many at once, and how long each.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use madoguchi_core::{Reason, Refusal};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tonic::body::Body;
use tonic::{Code, Status};
use tower::{Layer, Service};

use crate::config::Limits;
use crate::rpc::status;

/// What the paths of our own services begin with.
const OURS: &str = "/madoguchi.";

/// tonic calls a request that it cannot decode an internal error, and one that is too large out of range. Either is
/// the caller's to mend; our own answers are known by their details.
fn explain(answer: Response<Body>) -> Response<Body> {
    let Some(status) = Status::from_header_map(answer.headers()) else {
        return answer;
    };
    if !status.details().is_empty() || !matches!(status.code(), Code::Internal | Code::OutOfRange) {
        return answer;
    }
    status::of(Refusal::field(
        "request",
        "is too large or is not the message of this RPC",
    ))
    .into_http()
}

/// Refuses what goes beyond the bounds. A watch stream counts until it is open; then its own bounds hold.
#[derive(Debug, Clone)]
pub(crate) struct BoundsLayer {
    in_flight: Arc<Semaphore>,
    deadline: Duration,
}

impl BoundsLayer {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            in_flight: Arc::new(Semaphore::new(limits.max_requests_in_flight as usize)),
            deadline: Duration::from_secs(limits.request_timeout_seconds.into()),
        }
    }
}

impl<S> Layer<S> for BoundsLayer {
    type Service = Bounds<S>;

    fn layer(&self, inner: S) -> Bounds<S> {
        Bounds {
            inner,
            layer: self.clone(),
        }
    }
}

/// See [`BoundsLayer`].
#[derive(Debug, Clone)]
pub(crate) struct Bounds<S> {
    inner: S,
    layer: BoundsLayer,
}

impl<S, B> Service<Request<B>> for Bounds<S>
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
        let permit = self.layer.in_flight.clone().try_acquire_owned();
        let deadline = self.layer.deadline;
        let ours = request.uri().path().starts_with(OURS);
        let answer = permit.map(|permit| (permit, self.inner.call(request)));
        Box::pin(async move {
            let Ok((_permit, answer)) = answer else {
                return Ok(status::of_reason(Reason::Overloaded).into_http());
            };
            match timeout(deadline, answer).await {
                Ok(answered) => answered.map(|answer| if ours { explain(answer) } else { answer }),
                Err(_) => Ok(status::of_reason(Reason::Overloaded).into_http()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;
    use tonic_types::StatusExt as _;
    use tower::service_fn;

    fn reason(response: &Response<Body>) -> Option<String> {
        Status::from_header_map(response.headers())?
            .get_details_error_info()
            .map(|info| info.reason)
    }

    #[tokio::test]
    async fn what_goes_beyond_the_number_is_refused_at_once() {
        let limits = Limits {
            max_requests_in_flight: 1,
            ..Limits::default()
        };
        let never = service_fn(|_: Request<()>| std::future::pending::<Result<Response<Body>, Infallible>>());
        let mut service = BoundsLayer::new(&limits).layer(never);
        let first = service.call(Request::new(()));
        let second = service.call(Request::new(())).await.unwrap();
        assert_eq!(reason(&second).as_deref(), Some("OVERLOADED"));
        drop(first);
        assert_eq!(service.layer.in_flight.available_permits(), 1);
    }

    #[tokio::test]
    async fn what_takes_too_long_is_given_up() {
        let never = service_fn(|_: Request<()>| std::future::pending::<Result<Response<Body>, Infallible>>());
        let mut layer = BoundsLayer::new(&Limits::default());
        layer.deadline = Duration::from_millis(1);
        let answer = layer.layer(never).call(Request::new(())).await.unwrap();
        assert_eq!(reason(&answer).as_deref(), Some("OVERLOADED"));
    }
}
