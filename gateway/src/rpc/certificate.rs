//! Certificates: reading and checking, whom they may come from, and when they expire.

mod expiring;

use std::sync::Arc;
use std::time::Duration;

use madoguchi_auth::Authentications;
use madoguchi_core::certificate::{CertificateDer, Certificates};
use madoguchi_core::clock::day_in_japan;
use madoguchi_core::outlook::Outlook;
use madoguchi_core::{CallerId, Clock, CounterId, Medium, Refusal};
use madoguchi_proto::certificate::v1 as pb;
use madoguchi_proto::certificate::v1::certificate_service_server::CertificateService;
use time::OffsetDateTime;
use tonic::{Request, Response, Status};

use super::fields::Fields;
use super::status;
use super::wire::certificate as wire;
use crate::server::caller;

/// How long to wait for a card, where the caller does not say.
const DEFAULT_WAIT: Duration = Duration::from_secs(30);
/// How long a caller may have it wait.
const WAITS: std::ops::RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(120);

/// Serves certificates.
pub(crate) struct Service {
    pub(crate) authentications: Authentications,
    pub(crate) certificates: Arc<dyn Certificates>,
    pub(crate) outlook: Arc<dyn Outlook>,
    pub(crate) clock: Arc<dyn Clock>,
}

fn read_request(request: pb::ReadCertificateRequest) -> Result<(CounterId, Duration), Refusal> {
    let mut fields = Fields::default();
    let counter_id = fields.id("counter_id", request.counter_id);
    let wait = fields.duration("wait_timeout", request.wait_timeout, DEFAULT_WAIT, WAITS);
    fields.finish(counter_id.zip(wait))
}

struct ToCheck {
    leaf: CertificateDer,
    intermediates: Vec<CertificateDer>,
    medium: Medium,
    at: Option<OffsetDateTime>,
}

fn check_request(request: pb::CheckCertificateRequest) -> Result<ToCheck, Refusal> {
    let mut fields = Fields::default();
    let leaf = fields.certificate("certificate", request.certificate);
    let intermediates = fields.intermediates("intermediates", request.intermediates);
    let medium = fields.medium("medium", request.medium);
    let at = fields.moment("check_time", request.check_time);
    let read = leaf.zip(intermediates).zip(medium).zip(at);
    fields.finish(read.map(|(((leaf, intermediates), medium), at)| ToCheck {
        leaf,
        intermediates,
        medium,
        at,
    }))
}

impl Service {
    async fn read(
        &self,
        caller: CallerId,
        request: pb::ReadCertificateRequest,
    ) -> Result<pb::ReadCertificateResponse, Refusal> {
        let (counter_id, wait) = read_request(request)?;
        let (medium, leaf) = self
            .authentications
            .read_certificate(caller, &counter_id, wait)
            .await?;
        let check = self.certificates.check(&leaf, &[], medium, self.clock.now());
        Ok(pb::ReadCertificateResponse {
            medium: wire::medium(Some(medium)).into(),
            certificate: leaf.as_bytes().to_vec(),
            certificate_check: Some(wire::check(check)),
        })
    }

    fn check(&self, request: pb::CheckCertificateRequest) -> Result<pb::CheckCertificateResponse, Refusal> {
        let ToCheck {
            leaf,
            intermediates,
            medium,
            at,
        } = check_request(request)?;
        let at = at.unwrap_or_else(|| self.clock.now());
        let check = self.certificates.check(&leaf, &intermediates, medium, at);
        Ok(pb::CheckCertificateResponse {
            certificate_check: Some(wire::check(check)),
        })
    }
}

#[tonic::async_trait]
impl CertificateService for Service {
    async fn read_certificate(
        &self,
        request: Request<pb::ReadCertificateRequest>,
    ) -> Result<Response<pb::ReadCertificateResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?.caller;
        self.read(caller, request.into_inner())
            .await
            .map(Response::new)
            .map_err(status::of)
    }

    async fn check_certificate(
        &self,
        request: Request<pb::CheckCertificateRequest>,
    ) -> Result<Response<pb::CheckCertificateResponse>, Status> {
        self.check(request.into_inner())
            .map(Response::new)
            .map_err(status::of)
    }

    async fn list_trust_anchors(
        &self,
        _: Request<pb::ListTrustAnchorsRequest>,
    ) -> Result<Response<pb::ListTrustAnchorsResponse>, Status> {
        let anchors = self.certificates.anchors(self.clock.now());
        Ok(Response::new(pb::ListTrustAnchorsResponse {
            anchors: anchors.into_iter().map(wire::anchor).collect(),
        }))
    }

    async fn list_expiring(
        &self,
        request: Request<pb::ListExpiringRequest>,
    ) -> Result<Response<pb::ListExpiringResponse>, Status> {
        expiring::list(
            &*self.outlook,
            request.into_inner(),
            day_in_japan(self.clock.now()),
        )
        .await
        .map(Response::new)
        .map_err(status::of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::fields::wrong_fields;

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let wait_timeout = Some(prost_types::Duration {
            seconds: 121,
            nanos: 0,
        });
        let read = read_request(pb::ReadCertificateRequest {
            counter_id: String::new(),
            wait_timeout,
        });
        assert_eq!(wrong_fields(read), ["counter_id", "wait_timeout"]);
        let check = check_request(pb::CheckCertificateRequest {
            certificate: Vec::new(),
            intermediates: vec![Vec::new()],
            medium: 9,
            check_time: Some(prost_types::Timestamp {
                seconds: i64::MAX,
                nanos: 0,
            }),
        });
        assert_eq!(
            wrong_fields(check),
            ["certificate", "intermediates[0]", "medium", "check_time"]
        );
        assert_eq!(
            wrong_fields(check_request(pb::CheckCertificateRequest::default())),
            ["certificate", "medium"]
        );
    }

    #[test]
    fn what_is_not_said_has_its_default() {
        let read = pb::ReadCertificateRequest {
            counter_id: "1".to_owned(),
            wait_timeout: None,
        };
        assert_eq!(read_request(read).unwrap().1, DEFAULT_WAIT);
        let check = pb::CheckCertificateRequest {
            certificate: vec![1],
            medium: 1,
            ..Default::default()
        };
        let check = check_request(check).unwrap();
        assert!(check.at.is_none() && check.intermediates.is_empty());
    }
}
