//! Consent.

use madoguchi_core::consent::{CaptureMethod, Decision, Item, Question, Receipt};
use madoguchi_proto::consent::v1 as pb;

use super::moment;

pub(crate) fn question(question: Question) -> pb::ConsentQuestion {
    let items = question.items.into_iter();
    pb::ConsentQuestion {
        items: items
            .map(|one| pb::ConsentQuestionItem {
                item: item(one.item).into(),
                text: one.text,
            })
            .collect(),
        wording_version: question.wording_version,
        language: question.language,
    }
}

pub(crate) fn receipt(receipt: Receipt) -> pb::ConsentReceipt {
    pb::ConsentReceipt {
        receipt_id: receipt.id.into(),
        check_in_id: receipt.check_in_id.into(),
        counter_id: receipt.counter_id.into(),
        certificate_thumbprint: receipt.certificate_thumbprint,
        decisions: receipt.decisions.into_iter().map(decision).collect(),
        wording_version: receipt.wording_version,
        language: receipt.language,
        capture_method: match receipt.method {
            CaptureMethod::Client => pb::CaptureMethod::Client.into(),
            CaptureMethod::Reader => pb::CaptureMethod::Reader.into(),
        },
        record_time: Some(moment(receipt.recorded_at)),
    }
}

fn decision(decision: Decision) -> pb::ConsentDecision {
    pb::ConsentDecision {
        item: item(decision.item).into(),
        granted: decision.granted,
    }
}

pub(crate) const fn item(item: Item) -> pb::ConsentItem {
    match item {
        Item::Diagnosis => pb::ConsentItem::Diagnosis,
        Item::Medication => pb::ConsentItem::Medication,
        Item::Surgery => pb::ConsentItem::Surgery,
        Item::HealthCheckup => pb::ConsentItem::HealthCheckup,
    }
}
