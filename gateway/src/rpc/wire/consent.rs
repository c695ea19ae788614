//! Consent.

use madoguchi_core::consent::{CaptureMethod, Decision, Item, Question, Receipt};
use madoguchi_core::{CheckInId, CounterId, ReceiptId};
use madoguchi_proto::consent::v1 as pb;
use time::OffsetDateTime;

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

/// A receipt as another gateway sends it; none where it is not whole.
pub(crate) fn receipt_back(wire: pb::ConsentReceipt) -> Option<Receipt> {
    let method = match wire.capture_method() {
        pb::CaptureMethod::Client => CaptureMethod::Client,
        pb::CaptureMethod::Reader => CaptureMethod::Reader,
        pb::CaptureMethod::Unspecified => return None,
    };
    let decisions = wire.decisions.iter().map(|one| {
        let item = match one.item() {
            pb::ConsentItem::Diagnosis => Item::Diagnosis,
            pb::ConsentItem::Medication => Item::Medication,
            pb::ConsentItem::Surgery => Item::Surgery,
            pb::ConsentItem::HealthCheckup => Item::HealthCheckup,
            pb::ConsentItem::Unspecified => return None,
        };
        Some(Decision {
            item,
            granted: one.granted,
        })
    });
    let at = wire.record_time?;
    let recorded_at = OffsetDateTime::from_unix_timestamp(at.seconds).ok()?;
    Some(Receipt {
        decisions: decisions.collect::<Option<_>>()?,
        id: ReceiptId::new(wire.receipt_id).ok()?,
        check_in_id: CheckInId::new(wire.check_in_id).ok()?,
        counter_id: CounterId::new(wire.counter_id).ok()?,
        certificate_thumbprint: wire.certificate_thumbprint,
        wording_version: wire.wording_version,
        language: wire.language,
        method,
        recorded_at: recorded_at.replace_nanosecond(u32::try_from(at.nanos).ok()?).ok()?,
    })
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
