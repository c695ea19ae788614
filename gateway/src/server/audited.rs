//! One audit event per call: who, as what, which RPC, where, how it ended. Never what was in it. Calls of health and
//! reflection are no events.
//!
//! The answer to a call that may change something waits until its event is on disk: it shares the commit of what the call
//! itself wrote, and what cannot be proven later is not told as done. Where the event cannot be written, the caller gets
//! STORE_UNAVAILABLE; asked again with the same words it finds what it did, where the call has a name for the request. One
//! that consumes something (CheckEligibility its challenge) has to begin anew. A call that only reads does not wait, because
//! the disk's flush would be most of its time; a watch or an export is an event when it ends.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::{Body as HttpBody, Frame, SizeHint};
use madoguchi_audit::Log;
use madoguchi_core::audit::{Action, Audit as _, Call, Event, Word};
use madoguchi_core::{AuthenticationId, CheckInId, CounterId, Reason};
use tonic::body::Body;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use tower::{Layer, Service};

use super::{Peer, access};
use crate::config::Role;
use crate::rpc::status;

/// What the names of RPCs that change nothing begin with.
const READS: [&str; 5] = ["Get", "List", "Watch", "Export", "Verify"];
/// More of them.
const READS_TOO: [&str; 1] = ["CheckCertificate"];
/// What the names of RPCs with a stream of answers begin with.
const STREAMS: [&str; 2] = ["Watch", "Export"];
/// Answered also while nothing can be recorded: it is how one finds out why.
const STATUS: &str = "/madoguchi.audit.v1.AuditService/GetAuditStatus";

/// In the extensions of an answer: what it is about, where that is known at no cost.
#[derive(Debug, Clone)]
pub(crate) struct About {
    /// The counter.
    pub(crate) counter_id: CounterId,
    /// The visit.
    pub(crate) check_in_id: Option<CheckInId>,
    /// The authentication, where it is no part of a visit.
    pub(crate) authentication_id: Option<AuthenticationId>,
}

/// Tells the log of each call.
#[derive(Debug, Clone)]
pub(crate) struct AuditLayer {
    log: Log,
}

impl AuditLayer {
    pub(crate) const fn new(log: Log) -> Self {
        Self { log }
    }
}

impl<S> Layer<S> for AuditLayer {
    type Service = Audited<S>;

    fn layer(&self, inner: S) -> Audited<S> {
        Audited {
            inner,
            log: self.log.clone(),
        }
    }
}

/// See [`AuditLayer`].
#[derive(Debug, Clone)]
pub(crate) struct Audited<S> {
    inner: S,
    log: Log,
}

/// A call that has not been told of yet. Dropped, it says that its caller went away.
struct Pending {
    log: Log,
    event: Option<Event>,
}

impl Pending {
    fn new<B>(log: Log, request: &Request<B>) -> Self {
        let identity = request
            .extensions()
            .get::<Peer>()
            .and_then(|peer| peer.identity.as_ref());
        let roles = identity.map(|identity| {
            let held = Role::ALL.iter().filter(|role| identity.roles.contains(**role));
            held.map(|role| Word::new(role.as_str())).collect()
        });
        let event = Event {
            caller: identity.map(|identity| identity.caller.clone()),
            call: Some(Call {
                // What a stranger makes up does not get into the log.
                method: Word::new(access::known(request.uri().path()).unwrap_or("unknown")),
                roles: roles.unwrap_or_default(),
                code: Word::new(code_name(Code::Cancelled)),
            }),
            ..Event::new(Action::RpcCalled)
        };
        Self {
            log,
            event: Some(event),
        }
    }

    /// The event, now that it is known how the call ended.
    fn ended(&mut self, status: Option<&Status>) -> Option<Event> {
        let mut event = self.event.take()?;
        if let Some(call) = &mut event.call {
            call.code = Word::new(code_name(status.map_or(Code::Ok, Status::code)));
        }
        let info = status.and_then(|status| status.get_details_error_info());
        event.reason = info.and_then(|info| info.reason.parse().ok());
        Some(event)
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(event) = self.event.take() {
            self.log.note(event);
        }
    }
}

impl<S, B> Service<Request<B>> for Audited<S>
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
        let path = request.uri().path();
        if access::is_for_everyone(path) {
            return Box::pin(self.inner.call(request));
        }
        let (reads, streams, exempt) = (
            is(&READS, path) || is_too(path),
            is(&STREAMS, path),
            path == STATUS,
        );
        let mut pending = Pending::new(self.log.clone(), &request);
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answer = answer.await?;
            // An error has its status in the header already.
            let status = Status::from_header_map(answer.headers());
            if streams && status.is_none() {
                return Ok(answer.map(|body| Body::new(Observed { body, pending })));
            }
            let Some(mut event) = pending.ended(status.as_ref()) else {
                return Ok(answer);
            };
            if let Some(about) = answer.extensions().get::<About>().cloned() {
                event.counter_id = Some(about.counter_id);
                event.check_in_id = about.check_in_id;
                event.authentication_id = about.authentication_id;
            }
            let log = pending.log.clone();
            let recorded = match (exempt, reads) {
                (true, _) => {
                    log.note(event);
                    Ok(())
                }
                (false, true) => log.append_soon(event).await,
                // To its end, also where the caller goes away meanwhile.
                (false, false) => tokio::spawn(async move { log.append(event).await })
                    .await
                    .unwrap_or(Err(Reason::Internal)),
            };
            Ok(match recorded {
                Ok(()) => answer,
                Err(reason) => status::of_reason(reason).into_http(),
            })
        })
    }
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

fn is(prefixes: &[&str], path: &str) -> bool {
    prefixes.iter().any(|prefix| name(path).starts_with(prefix))
}

fn is_too(path: &str) -> bool {
    READS_TOO.contains(&name(path))
}

/// The messages of a stream, and how it ends.
struct Observed {
    body: Body,
    pending: Pending,
}

impl Observed {
    fn end(&mut self, trailers: Option<&HeaderMap>) {
        let status = trailers.and_then(Status::from_header_map);
        if let Some(event) = self.pending.ended(status.as_ref()) {
            self.pending.log.note(event);
        }
    }
}

impl HttpBody for Observed {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        match &frame {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(trailers) = frame.trailers_ref() {
                    self.end(Some(trailers));
                }
            }
            Poll::Ready(None) => self.end(None),
            // The caller went away, or did not read: as at a drop.
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

const fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests;
