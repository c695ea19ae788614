//! What callers ask of the consent service, read and checked.

use madoguchi_core::consent::{
    Attestation, AttestedCause, AttestedForm, Decision, Filter, Item, OtherDecision, Subject,
    WithdrawalReason,
};
use madoguchi_core::{CardKey, CheckInId, ConsentItemId, ReceiptId, Refusal, RequestId, StaffId};
use madoguchi_proto::consent::v1 as pb;

use crate::rpc::fields::Fields;

/// Answers for items that are not listed, at most.
const MAX_OTHERS: usize = 16;
const MAX_WORDING_VERSION_LEN: usize = 64;
const MAX_REFERENCE_LEN: usize = 64;
const THUMBPRINT_LEN: usize = 64;
const DEFAULT_PAGE: u32 = 50;
const MAX_PAGE: u32 = 100;

/// Answers for the items that are listed, and for others.
pub(crate) type Answers = (Vec<Decision>, Vec<OtherDecision>);

/// Whom staff record consent for.
#[derive(Debug)]
pub(super) enum For {
    Visit(CheckInId),
    Subject(Subject),
}

/// What staff record.
#[derive(Debug)]
pub(super) struct ToRecord {
    pub(super) request_id: RequestId,
    pub(super) whom: For,
    pub(super) answers: Answers,
    pub(super) wording_version: String,
    pub(super) language: String,
    pub(super) attestation: Attestation,
}

/// The patient's answers, each item at most once.
pub(crate) fn decisions(fields: &mut Fields, wire: Vec<pb::ConsentDecision>) -> Option<Answers> {
    if wire.is_empty() {
        fields.wrong("decisions", "must answer each item that was asked");
        return None;
    }
    let (mut decisions, mut others) = (Vec::<Decision>::new(), Vec::<OtherDecision>::new());
    let mut all = true;
    for (index, one) in wire.into_iter().enumerate() {
        let field = format!("decisions[{index}].item");
        match asked(&one) {
            Some(Asked::Known(item)) if decisions.iter().all(|earlier| earlier.item != item) => {
                decisions.push(Decision {
                    item,
                    granted: one.granted,
                });
            }
            Some(Asked::Other(item_id)) if others.iter().all(|earlier| earlier.item_id != item_id) => {
                others.push(OtherDecision {
                    item_id,
                    granted: one.granted,
                });
            }
            Some(_) => {
                fields.wrong(field, "was answered before in this list");
                all = false;
            }
            None => {
                fields.wrong(field, "must be given: one of the items of the question");
                all = false;
            }
        }
    }
    if others.len() > MAX_OTHERS {
        fields.wrong(
            "decisions",
            format!("must answer at most {MAX_OTHERS} items that are not listed"),
        );
        all = false;
    }
    all.then_some((decisions, others))
}

enum Asked {
    Known(Item),
    Other(ConsentItemId),
}

fn asked(one: &pb::ConsentDecision) -> Option<Asked> {
    let known = item(one.item);
    if known.is_none() && one.item != i32::from(pb::ConsentItem::Unspecified) {
        return None;
    }
    match (known, one.item_id.as_str()) {
        (Some(item), "") => Some(Asked::Known(item)),
        (Some(item), name) => (item.as_str() == name).then_some(Asked::Known(item)),
        (None, name) => match Item::from_name(name) {
            Some(item) => Some(Asked::Known(item)),
            None => ConsentItemId::new(name).ok().map(Asked::Other),
        },
    }
}

pub(super) fn item(value: i32) -> Option<Item> {
    match pb::ConsentItem::try_from(value).ok()? {
        pb::ConsentItem::Unspecified => None,
        pb::ConsentItem::Diagnosis => Some(Item::Diagnosis),
        pb::ConsentItem::Medication => Some(Item::Medication),
        pb::ConsentItem::Surgery => Some(Item::Surgery),
        pb::ConsentItem::HealthCheckup => Some(Item::HealthCheckup),
    }
}

pub(super) fn question(request: pb::GetConsentQuestionRequest) -> Result<String, Refusal> {
    let mut fields = Fields::default();
    let language = fields.language("language", request.language);
    fields.finish(language)
}

pub(super) fn receipt(request: pb::GetConsentReceiptRequest) -> Result<ReceiptId, Refusal> {
    let mut fields = Fields::default();
    let id = fields.id("receipt_id", request.receipt_id);
    fields.finish(id)
}

pub(super) fn list(request: pb::ListConsentReceiptsRequest) -> Result<CheckInId, Refusal> {
    let mut fields = Fields::default();
    let id = fields.id("check_in_id", request.check_in_id);
    fields.finish(id)
}

/// The filter, the receipt before the page, and how many.
pub(super) fn find(
    request: pb::FindConsentReceiptsRequest,
) -> Result<(Filter, Option<ReceiptId>, u32), Refusal> {
    let mut fields = Fields::default();
    let thumbprint = match request.certificate_thumbprint.as_str() {
        "" => Some(None),
        text => thumbprint(&mut fields, "certificate_thumbprint", text).map(Some),
    };
    let card = match request.card_key.as_str() {
        "" => Some(None),
        text => card_key(&mut fields, text).map(Some),
    };
    let from = fields.moment("from_time", request.from_time);
    let before = fields.moment("before_time", request.before_time);
    let after = fields.optional_id("page_token", request.page_token);
    let limit = fields.page_size(request.page_size, DEFAULT_PAGE, MAX_PAGE);
    let read = match (thumbprint, card, from, before, after, limit) {
        (
            Some(certificate_thumbprint),
            Some(card_key),
            Some(recorded_from),
            Some(recorded_before),
            Some(after),
            Some(limit),
        ) => Some((
            Filter {
                certificate_thumbprint,
                card_key,
                recorded_from,
                recorded_before,
            },
            after,
            limit,
        )),
        _ => None,
    };
    fields.finish(read)
}

/// The number of the last happening that was seen.
pub(super) fn watch(after_sequence: u64) -> Result<u64, Refusal> {
    let mut fields = Fields::default();
    let after = fields.sequence("after_sequence", after_sequence);
    fields.finish(after)
}

pub(super) fn record(request: pb::RecordConsentRequest) -> Result<ToRecord, Refusal> {
    use pb::record_consent_request::Subject as Wire;
    let mut fields = Fields::default();
    let request_id = fields.id("request_id", request.request_id);
    let whom = match request.subject {
        Some(Wire::CheckInId(id)) => fields.id("check_in_id", id).map(For::Visit),
        Some(Wire::CertificateThumbprint(text)) => {
            let thumbprint = thumbprint(&mut fields, "certificate_thumbprint", &text);
            thumbprint.map(|thumbprint| For::Subject(Subject::Certificate(thumbprint)))
        }
        Some(Wire::CardKey(text)) => {
            card_key(&mut fields, &text).map(|card| For::Subject(Subject::Card(card)))
        }
        None => {
            fields.wrong(
                "subject",
                "must be given: check_in_id, certificate_thumbprint or card_key",
            );
            None
        }
    };
    let answers = decisions(&mut fields, request.decisions);
    let version = fields.text(
        "wording_version",
        request.wording_version,
        MAX_WORDING_VERSION_LEN,
    );
    let language = fields.language("language", request.language);
    let attestation = attestation(&mut fields, request.attestation);
    let read = match (request_id, whom, answers, version, language, attestation) {
        (
            Some(request_id),
            Some(whom),
            Some(answers),
            Some(wording_version),
            Some(language),
            Some(attestation),
        ) => Some(ToRecord {
            request_id,
            whom,
            answers,
            wording_version,
            language,
            attestation,
        }),
        _ => None,
    };
    fields.finish(read)
}

pub(super) fn withdraw(
    request: pb::WithdrawConsentRequest,
) -> Result<(ReceiptId, WithdrawalReason, Option<StaffId>), Refusal> {
    let mut fields = Fields::default();
    let id = fields.id("receipt_id", request.receipt_id);
    let staff_id = fields.optional_id("staff_id", request.staff_id);
    let reason = match pb::WithdrawalReason::try_from(request.reason) {
        Ok(pb::WithdrawalReason::Patient) => Some(WithdrawalReason::Patient),
        Ok(pb::WithdrawalReason::RecordedInError) => Some(WithdrawalReason::RecordedInError),
        Ok(pb::WithdrawalReason::NotNeeded) => Some(WithdrawalReason::NotNeeded),
        Ok(pb::WithdrawalReason::Unspecified) | Err(_) => {
            fields.wrong("reason", "must be given: why, a value of WithdrawalReason");
            None
        }
    };
    let read = id.zip(reason).zip(staff_id);
    fields.finish(read.map(|((id, reason), staff_id)| (id, reason, staff_id)))
}

fn attestation(fields: &mut Fields, wire: Option<pb::Attestation>) -> Option<Attestation> {
    let Some(wire) = wire else {
        fields.wrong("attestation", "must be given: who stands for the answers");
        return None;
    };
    let form = match pb::AttestedForm::try_from(wire.form) {
        Ok(pb::AttestedForm::Paper) => Some(AttestedForm::Paper),
        Ok(pb::AttestedForm::Spoken) => Some(AttestedForm::Spoken),
        Ok(pb::AttestedForm::Unspecified) | Err(_) => {
            fields.wrong("attestation.form", "must be given: a value of AttestedForm");
            None
        }
    };
    let staff_id = fields.id("attestation.staff_id", wire.staff_id);
    let cause = match pb::AttestedCause::try_from(wire.cause) {
        Ok(pb::AttestedCause::InCar) => Some(AttestedCause::InCar),
        Ok(pb::AttestedCause::InBed) => Some(AttestedCause::InBed),
        Ok(pb::AttestedCause::Isolation) => Some(AttestedCause::Isolation),
        Ok(pb::AttestedCause::OutOfHours) => Some(AttestedCause::OutOfHours),
        Ok(pb::AttestedCause::CannotUseScreen) => Some(AttestedCause::CannotUseScreen),
        Ok(pb::AttestedCause::Outage) => Some(AttestedCause::Outage),
        Ok(pb::AttestedCause::Unspecified) | Err(_) => {
            fields.wrong("attestation.cause", "must be given: a value of AttestedCause");
            None
        }
    };
    let reference = reference(fields, wire.document_reference, form);
    Some(Attestation {
        form: form?,
        staff_id: staff_id?,
        cause: cause?,
        document_reference: reference?,
    })
}

fn reference(fields: &mut Fields, text: String, form: Option<AttestedForm>) -> Option<Option<String>> {
    let field = "attestation.document_reference";
    if text.is_empty() && form == Some(AttestedForm::Paper) {
        fields.wrong(field, "must be given for a paper: where it is kept");
        return None;
    }
    if text.chars().count() > MAX_REFERENCE_LEN || text.chars().any(char::is_control) {
        fields.wrong(
            field,
            format!("must be one line of at most {MAX_REFERENCE_LEN} characters"),
        );
        return None;
    }
    Some((!text.is_empty()).then_some(text))
}

fn thumbprint(fields: &mut Fields, field: &str, text: &str) -> Option<String> {
    let is_hex = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
    if text.len() == THUMBPRINT_LEN && text.bytes().all(is_hex) {
        return Some(text.to_owned());
    }
    fields.wrong(
        field,
        format!("must be {THUMBPRINT_LEN} lower-case hexadecimal digits"),
    );
    None
}

fn card_key(fields: &mut Fields, text: &str) -> Option<CardKey> {
    CardKey::new(text)
        .map_err(|invalid| fields.wrong("card_key", invalid.to_string()))
        .ok()
}

#[cfg(test)]
mod tests;
