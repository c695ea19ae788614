//! Consent.

use madoguchi_core::consent::{
    Attestation, AttestedCause, AttestedForm, CaptureMethod, Confirmation, Decision, Happened, Happening,
    Item, Meaning, Question, Receipt, Requester, Window, Withdrawal, WithdrawalReason,
};
use madoguchi_core::{CheckInId, CounterId, ReceiptId};
use madoguchi_proto::consent::v1 as pb;
use time::OffsetDateTime;

use super::{moment, text};

pub(crate) fn question(question: Question) -> pb::ConsentQuestion {
    let items = question.items.into_iter().map(|one| pb::ConsentQuestionItem {
        item: item(one.item).into(),
        text: one.text,
        item_id: one.item.as_str().to_owned(),
    });
    let others = question.others.into_iter().map(|one| pb::ConsentQuestionItem {
        item: pb::ConsentItem::Unspecified.into(),
        text: one.text,
        item_id: one.item_id.into(),
    });
    pb::ConsentQuestion {
        items: items.chain(others).collect(),
        wording_version: question.wording_version,
        language: question.language,
        requester: question.requester.map(requester),
        purpose: question.purpose,
    }
}

fn requester(requester: Requester) -> pb::ConsentRequester {
    pb::ConsentRequester {
        name: requester.name,
        facility_code: requester.facility_code.unwrap_or_default(),
    }
}

/// A receipt, with what may be seen at that moment.
pub(crate) fn receipt(receipt: Receipt, now: OffsetDateTime) -> pb::ConsentReceipt {
    let granted = Item::ALL.into_iter().filter(|item| receipt.grants(*item, now));
    pb::ConsentReceipt {
        effective_items: granted.map(|one| item(one).into()).collect(),
        decisions: decisions(&receipt),
        receipt_id: receipt.id.into(),
        check_in_id: text(receipt.check_in_id),
        counter_id: text(receipt.counter_id),
        certificate_thumbprint: receipt.certificate_thumbprint,
        wording_version: receipt.wording_version,
        language: receipt.language,
        capture_method: capture_method(receipt.method).into(),
        record_time: Some(moment(receipt.recorded_at)),
        card_key: receipt.card_key.map(String::from).unwrap_or_default(),
        attestation: receipt.attestation.map(attestation),
        requester: receipt.requester.map(requester),
        purpose: receipt.purpose,
        token: receipt.token.unwrap_or_default(),
        confirmation: receipt.confirmation.map(confirmation),
        withdrawal: receipt.withdrawal.map(withdrawal),
    }
}

fn decisions(receipt: &Receipt) -> Vec<pb::ConsentDecision> {
    let known = receipt.decisions.iter().map(|one| pb::ConsentDecision {
        item: item(one.item).into(),
        granted: one.granted,
        item_id: one.item.as_str().to_owned(),
        meaning: meaning(receipt.meaning(one.item)).into(),
    });
    let others = receipt.others.iter().map(|one| pb::ConsentDecision {
        item: pb::ConsentItem::Unspecified.into(),
        granted: one.granted,
        item_id: one.item_id.to_string(),
        meaning: pb::DecisionMeaning::Unspecified.into(),
    });
    known.chain(others).collect()
}

const fn meaning(meaning: Option<Meaning>) -> pb::DecisionMeaning {
    match meaning {
        None => pb::DecisionMeaning::Unspecified,
        Some(Meaning::Granted) => pb::DecisionMeaning::Granted,
        Some(Meaning::Refused) => pb::DecisionMeaning::Refused,
        Some(Meaning::RefusedOrUnderForty) => pb::DecisionMeaning::RefusedOrUnderForty,
        Some(Meaning::NotApplicable) => pb::DecisionMeaning::NotApplicable,
    }
}

const fn capture_method(method: CaptureMethod) -> pb::CaptureMethod {
    match method {
        CaptureMethod::Client => pb::CaptureMethod::Client,
        CaptureMethod::Reader => pb::CaptureMethod::Reader,
        CaptureMethod::Paper => pb::CaptureMethod::Paper,
        CaptureMethod::Staff => pb::CaptureMethod::Staff,
    }
}

fn attestation(word: Attestation) -> pb::Attestation {
    let form = match word.form {
        AttestedForm::Paper => pb::AttestedForm::Paper,
        AttestedForm::Spoken => pb::AttestedForm::Spoken,
    };
    let cause = match word.cause {
        AttestedCause::InCar => pb::AttestedCause::InCar,
        AttestedCause::InBed => pb::AttestedCause::InBed,
        AttestedCause::Isolation => pb::AttestedCause::Isolation,
        AttestedCause::OutOfHours => pb::AttestedCause::OutOfHours,
        AttestedCause::CannotUseScreen => pb::AttestedCause::CannotUseScreen,
        AttestedCause::Outage => pb::AttestedCause::Outage,
    };
    pb::Attestation {
        form: form.into(),
        staff_id: word.staff_id.into(),
        cause: cause.into(),
        document_reference: word.document_reference.unwrap_or_default(),
    }
}

fn confirmation(confirmation: Confirmation) -> pb::ConsentConfirmation {
    let window = |window: Window| pb::ConsentWindow {
        item: item(window.item).into(),
        consent_time: window.consented_at.map(moment),
        available_until_time: window.available_until.map(moment),
    };
    pb::ConsentConfirmation {
        simulated: confirmation.said.simulated,
        windows: confirmation.said.windows.into_iter().map(window).collect(),
        record_time: Some(moment(confirmation.recorded_at)),
        token: confirmation.token,
    }
}

fn withdrawal(withdrawal: Withdrawal) -> pb::ConsentWithdrawal {
    let reason = match withdrawal.reason {
        WithdrawalReason::Patient => pb::WithdrawalReason::Patient,
        WithdrawalReason::RecordedInError => pb::WithdrawalReason::RecordedInError,
        WithdrawalReason::NotNeeded => pb::WithdrawalReason::NotNeeded,
    };
    pb::ConsentWithdrawal {
        withdraw_time: Some(moment(withdrawal.withdrawn_at)),
        reason: reason.into(),
        caller: withdrawal.caller.into(),
        staff_id: text(withdrawal.staff_id),
        token: withdrawal.token,
    }
}

pub(crate) fn event(happening: Happening) -> pb::ConsentEvent {
    use pb::consent_event::Kind;
    let (kind, about) = match happening.happened {
        Happened::Recorded => (Kind::Recorded, None),
        Happened::Confirmed => (Kind::Confirmed, None),
        Happened::Withdrawn => (Kind::Withdrawn, None),
        Happened::Expired(item) => (Kind::Expired, Some(item)),
    };
    pb::ConsentEvent {
        sequence: happening.sequence,
        receipt_id: happening.receipt_id.into(),
        kind: kind.into(),
        item: about.map_or(pb::ConsentItem::Unspecified, item).into(),
        event_time: Some(moment(happening.at)),
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

/// A receipt as another gateway sends it; none where it is not whole, or was taken back.
pub(crate) fn receipt_back(wire: pb::ConsentReceipt) -> Option<Receipt> {
    let method = match wire.capture_method() {
        pb::CaptureMethod::Client => CaptureMethod::Client,
        pb::CaptureMethod::Reader => CaptureMethod::Reader,
        pb::CaptureMethod::Paper => CaptureMethod::Paper,
        pb::CaptureMethod::Staff => CaptureMethod::Staff,
        pb::CaptureMethod::Unspecified => return None,
    };
    if wire.withdrawal.is_some() {
        return None;
    }
    let decisions = wire.decisions.iter().filter_map(|one| {
        let item = match one.item() {
            pb::ConsentItem::Diagnosis => Item::Diagnosis,
            pb::ConsentItem::Medication => Item::Medication,
            pb::ConsentItem::Surgery => Item::Surgery,
            pb::ConsentItem::HealthCheckup => Item::HealthCheckup,
            // One that this version does not know opens nothing that it knows.
            pb::ConsentItem::Unspecified => return None,
        };
        Some(Decision {
            item,
            granted: one.granted && wire.effective_items.contains(&one.item),
        })
    });
    let at = wire.record_time?;
    let recorded_at = OffsetDateTime::from_unix_timestamp(at.seconds).ok()?;
    Some(Receipt {
        decisions: decisions.collect(),
        id: ReceiptId::new(wire.receipt_id).ok()?,
        check_in_id: CheckInId::new(wire.check_in_id).ok(),
        counter_id: CounterId::new(wire.counter_id).ok(),
        certificate_thumbprint: wire.certificate_thumbprint,
        card_key: None,
        others: Vec::new(),
        wording_version: wire.wording_version,
        language: wire.language,
        method,
        attestation: None,
        requester: None,
        purpose: wire.purpose,
        recorded_at: recorded_at
            .replace_nanosecond(u32::try_from(at.nanos).ok()?)
            .ok()?,
        token: None,
        confirmation: None,
        withdrawal: None,
    })
}
