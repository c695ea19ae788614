//! Consent: wording and receipts.

use std::sync::Arc;

use madoguchi_core::consent::{Consents, Decision, Item};
use madoguchi_core::{CheckInId, ReceiptId, Refusal};
use madoguchi_proto::consent::v1 as pb;
use madoguchi_proto::consent::v1::consent_service_server::ConsentService;
use tonic::{Request, Response, Status};

use super::fields::Fields;
use super::status;
use super::wire::consent as wire;

/// Serves wording and receipts.
pub(crate) struct Service {
    pub(crate) consents: Arc<dyn Consents>,
}

fn question_request(request: pb::GetConsentQuestionRequest) -> Result<String, Refusal> {
    let mut fields = Fields::default();
    let language = fields.language("language", request.language);
    fields.finish(language)
}

fn receipt_request(request: pb::GetConsentReceiptRequest) -> Result<ReceiptId, Refusal> {
    let mut fields = Fields::default();
    let id = fields.id("receipt_id", request.receipt_id);
    fields.finish(id)
}

fn list_request(request: pb::ListConsentReceiptsRequest) -> Result<CheckInId, Refusal> {
    let mut fields = Fields::default();
    let id = fields.id("check_in_id", request.check_in_id);
    fields.finish(id)
}

/// The patient's answers, each item at most once.
pub(super) fn decisions(fields: &mut Fields, wire: Vec<pb::ConsentDecision>) -> Option<Vec<Decision>> {
    if wire.is_empty() {
        fields.wrong("decisions", "must answer each item that was asked");
        return None;
    }
    let mut decisions: Vec<Decision> = Vec::new();
    let mut all = true;
    for (index, one) in wire.into_iter().enumerate() {
        let field = format!("decisions[{index}].item");
        match item(one.item) {
            Some(item) if decisions.iter().any(|earlier| earlier.item == item) => {
                fields.wrong(field, "was answered before in this list");
                all = false;
            }
            Some(item) => decisions.push(Decision {
                item,
                granted: one.granted,
            }),
            None => {
                fields.wrong(field, "must be given: one of the items of the question");
                all = false;
            }
        }
    }
    all.then_some(decisions)
}

fn item(value: i32) -> Option<Item> {
    match pb::ConsentItem::try_from(value).ok()? {
        pb::ConsentItem::Unspecified => None,
        pb::ConsentItem::Diagnosis => Some(Item::Diagnosis),
        pb::ConsentItem::Medication => Some(Item::Medication),
        pb::ConsentItem::Surgery => Some(Item::Surgery),
        pb::ConsentItem::HealthCheckup => Some(Item::HealthCheckup),
    }
}

impl Service {
    fn question(
        &self,
        request: pb::GetConsentQuestionRequest,
    ) -> Result<pb::GetConsentQuestionResponse, Refusal> {
        let question = self.consents.question(&question_request(request)?);
        Ok(pb::GetConsentQuestionResponse {
            question: Some(wire::question(question)),
        })
    }

    async fn receipt(
        &self,
        request: pb::GetConsentReceiptRequest,
    ) -> Result<pb::GetConsentReceiptResponse, Refusal> {
        let receipt = self.consents.get(&receipt_request(request)?).await?;
        Ok(pb::GetConsentReceiptResponse {
            receipt: Some(wire::receipt(receipt)),
        })
    }

    async fn list(
        &self,
        request: pb::ListConsentReceiptsRequest,
    ) -> Result<pb::ListConsentReceiptsResponse, Refusal> {
        let receipts = self.consents.list(&list_request(request)?).await?;
        Ok(pb::ListConsentReceiptsResponse {
            receipts: receipts.into_iter().map(wire::receipt).collect(),
        })
    }
}

#[tonic::async_trait]
impl ConsentService for Service {
    async fn get_consent_question(
        &self,
        request: Request<pb::GetConsentQuestionRequest>,
    ) -> Result<Response<pb::GetConsentQuestionResponse>, Status> {
        self.question(request.into_inner())
            .map(Response::new)
            .map_err(status::of)
    }

    async fn get_consent_receipt(
        &self,
        request: Request<pb::GetConsentReceiptRequest>,
    ) -> Result<Response<pb::GetConsentReceiptResponse>, Status> {
        self.receipt(request.into_inner())
            .await
            .map(Response::new)
            .map_err(status::of)
    }

    async fn list_consent_receipts(
        &self,
        request: Request<pb::ListConsentReceiptsRequest>,
    ) -> Result<Response<pb::ListConsentReceiptsResponse>, Status> {
        self.list(request.into_inner())
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
    fn every_wrong_field_is_named() {
        let language = "not a language".to_owned();
        assert_eq!(
            wrong_fields(question_request(pb::GetConsentQuestionRequest { language })),
            ["language"]
        );
        assert_eq!(
            wrong_fields(receipt_request(pb::GetConsentReceiptRequest::default())),
            ["receipt_id"]
        );
        let check_in_id = "x".repeat(200);
        assert_eq!(
            wrong_fields(list_request(pb::ListConsentReceiptsRequest { check_in_id })),
            ["check_in_id"]
        );
    }

    #[test]
    fn answers_are_read_item_by_item() {
        let of = |items: &[i32]| {
            let mut fields = Fields::default();
            let wire = items
                .iter()
                .map(|item| pb::ConsentDecision {
                    item: *item,
                    granted: true,
                })
                .collect();
            let read = decisions(&mut fields, wire);
            fields.finish(read)
        };
        assert_eq!(of(&[1, 2, 3, 4]).unwrap().len(), 4);
        assert_eq!(wrong_fields(of(&[])), ["decisions"]);
        assert_eq!(
            wrong_fields(of(&[0, 1, 1, 77])),
            ["decisions[0].item", "decisions[2].item", "decisions[3].item"]
        );
    }

    #[test]
    fn the_wire_knows_every_item() {
        for one in Item::ALL {
            assert_eq!(item(wire::item(one).into()), Some(one));
        }
    }
}
