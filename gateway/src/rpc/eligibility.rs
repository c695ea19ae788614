//! Eligibility.

use std::sync::Arc;

use madoguchi_core::certificate::CertificateDer;
use madoguchi_core::consent::Consents;
use madoguchi_core::eligibility::{Eligibility, Request as Question};
use madoguchi_core::{ChallengeId, Medium, ReceiptId, Refusal};
use madoguchi_proto::eligibility::v1 as pb;
use madoguchi_proto::eligibility::v1::eligibility_service_server::EligibilityService;
use tonic::{Request, Response, Status};

use super::fields::Fields;
use super::status;
use super::wire;

/// Lengths of a signature: RSA up to 8192 bits, or an EC signature of the next card generation.
const SIGNATURE_LEN: std::ops::RangeInclusive<usize> = 1..=1024;

/// Serves eligibility.
pub(crate) struct Service {
    pub(crate) eligibility: Arc<dyn Eligibility>,
    pub(crate) consents: Arc<dyn Consents>,
}

#[derive(Debug)]
struct ToCheck {
    challenge_id: ChallengeId,
    certificate: CertificateDer,
    intermediates: Vec<CertificateDer>,
    signature: Vec<u8>,
    medium: Medium,
    receipt_id: Option<ReceiptId>,
}

fn check_request(request: pb::CheckEligibilityRequest) -> Result<ToCheck, Refusal> {
    let mut fields = Fields::default();
    let challenge_id = fields.id("challenge_id", request.challenge_id);
    let certificate = fields.certificate("certificate", request.certificate);
    let intermediates = fields.intermediates("intermediates", request.intermediates);
    let signature = fields.bytes("signature", request.signature, SIGNATURE_LEN);
    let medium = fields.medium("medium", request.medium);
    let receipt_id = fields.optional_id("receipt_id", request.receipt_id);
    let read = match (
        challenge_id,
        certificate,
        intermediates,
        signature,
        medium,
        receipt_id,
    ) {
        (
            Some(challenge_id),
            Some(certificate),
            Some(intermediates),
            Some(signature),
            Some(medium),
            Some(receipt_id),
        ) => Some(ToCheck {
            challenge_id,
            certificate,
            intermediates,
            signature,
            medium,
            receipt_id,
        }),
        _ => None,
    };
    fields.finish(read)
}

impl Service {
    async fn challenge(&self) -> Result<pb::CreateChallengeResponse, Refusal> {
        let challenge = self.eligibility.create_challenge().await?;
        Ok(pb::CreateChallengeResponse {
            challenge_id: challenge.id.into(),
            challenge: challenge.bytes,
            expire_time: Some(wire::moment(challenge.expires_at)),
        })
    }

    async fn check(
        &self,
        request: pb::CheckEligibilityRequest,
    ) -> Result<pb::CheckEligibilityResponse, Refusal> {
        let request = check_request(request)?;
        let receipt = match &request.receipt_id {
            Some(id) => Some(self.consents.get(id).await?),
            None => None,
        };
        let answer = self
            .eligibility
            .check(Question {
                challenge_id: request.challenge_id,
                certificate: request.certificate,
                intermediates: request.intermediates,
                signature: request.signature,
                medium: request.medium,
                receipt,
                visit: None,
                expected: None,
            })
            .await?;
        Ok(pb::CheckEligibilityResponse {
            answer: Some(wire::eligibility::answer(answer)),
        })
    }
}

#[tonic::async_trait]
impl EligibilityService for Service {
    async fn create_challenge(
        &self,
        _: Request<pb::CreateChallengeRequest>,
    ) -> Result<Response<pb::CreateChallengeResponse>, Status> {
        self.challenge().await.map(Response::new).map_err(status::of)
    }

    async fn check_eligibility(
        &self,
        request: Request<pb::CheckEligibilityRequest>,
    ) -> Result<Response<pb::CheckEligibilityResponse>, Status> {
        self.check(request.into_inner())
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
        assert_eq!(
            wrong_fields(check_request(pb::CheckEligibilityRequest::default())),
            ["challenge_id", "certificate", "signature", "medium"]
        );
        let wrong = pb::CheckEligibilityRequest {
            challenge_id: "a b".to_owned(),
            certificate: vec![0; 20_000],
            intermediates: vec![vec![1]; 9],
            signature: vec![0; 1025],
            medium: -1,
            receipt_id: "窓口".to_owned(),
        };
        assert_eq!(
            wrong_fields(check_request(wrong)),
            [
                "challenge_id",
                "certificate",
                "intermediates",
                "signature",
                "medium",
                "receipt_id"
            ]
        );
    }

    #[test]
    fn a_receipt_is_optional() {
        let right = pb::CheckEligibilityRequest {
            challenge_id: "c".to_owned(),
            certificate: vec![1],
            intermediates: vec![],
            signature: vec![1],
            medium: 1,
            receipt_id: String::new(),
        };
        assert_eq!(check_request(right).unwrap().receipt_id, None);
    }

    proptest::proptest! {
        #[test]
        fn random_requests_never_panic(
            texts in proptest::collection::vec(".{0,140}", 2),
            medium: i32,
            bytes in proptest::collection::vec(proptest::collection::vec(0..=255u8, 0..40), 2..12),
        ) {
            let read = check_request(pb::CheckEligibilityRequest {
                challenge_id: texts[0].clone(),
                certificate: bytes[0].clone(),
                signature: bytes[1].clone(),
                intermediates: bytes[2..].to_vec(),
                medium,
                receipt_id: texts[1].clone(),
            });
            proptest::prop_assert!(read.is_err() || (1..=3).contains(&medium));
        }
    }
}
