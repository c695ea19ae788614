//! Receipts as rows.

use madoguchi_core::consent::{CaptureMethod, Filter, Receipt};
use madoguchi_core::{CallerId, CardKey, CheckInId, CounterId, ReceiptId, RequestId};
use rusqlite::{Connection, Params, Row, params};

use crate::Error;
use crate::value::{from_json, json, malformed, microseconds, time};

const TABLE: &str = "consent_receipts";

const INSERT: &str = "INSERT INTO consent_receipts (id, check_in_id, counter_id, certificate_thumbprint, card_key, \
    decisions, others, wording_version, language, method, attestation, requester, purpose, recorded_at, token, \
    caller, request_id) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) ON CONFLICT DO NOTHING";

const SELECT: &str = "SELECT id, check_in_id, counter_id, certificate_thumbprint, card_key, decisions, others, \
    wording_version, language, method, attestation, requester, purpose, recorded_at, token FROM consent_receipts";

const BY_ID: &str = "WHERE id = $1";
const BY_CHECK_IN: &str = "WHERE check_in_id = $1 ORDER BY recorded_at, id";
const BY_REQUEST: &str = "WHERE caller = $1 AND request_id = $2";

/// Keeps a receipt and says whether it is new.
pub(super) fn insert(
    connection: &Connection,
    receipt: &Receipt,
    request: Option<&(CallerId, RequestId)>,
) -> Result<bool, Error> {
    let attestation = receipt.attestation.as_ref().map(|word| json(word, TABLE));
    let requester = receipt.requester.as_ref().map(|requester| json(requester, TABLE));
    let inserted = connection.prepare_cached(INSERT)?.execute(params![
        receipt.id.as_str(),
        receipt.check_in_id.as_ref().map(CheckInId::as_str),
        receipt.counter_id.as_ref().map(CounterId::as_str),
        receipt.certificate_thumbprint,
        receipt.card_key.as_ref().map(CardKey::as_str),
        json(&receipt.decisions, TABLE)?,
        json(&receipt.others, TABLE)?,
        receipt.wording_version,
        receipt.language,
        receipt.method.as_str(),
        attestation.transpose()?,
        requester.transpose()?,
        receipt.purpose,
        microseconds(receipt.recorded_at),
        receipt.token,
        request.map(|(caller, _)| caller.as_str()),
        request.map(|(_, request_id)| request_id.as_str()),
    ])?;
    Ok(inserted == 1)
}

/// The receipt that was there before: the visit's, or the request's.
pub(super) fn earlier(
    connection: &Connection,
    receipt: &Receipt,
    request: Option<&(CallerId, RequestId)>,
) -> Result<Option<Receipt>, Error> {
    if let Some(check_in_id) = &receipt.check_in_id {
        return Ok(of_visit(connection, check_in_id.as_str())?.into_iter().next());
    }
    let Some((caller, request_id)) = request else {
        return Ok(None);
    };
    of_request(connection, caller, request_id)
}

pub(super) fn of_request(
    connection: &Connection,
    caller: &CallerId,
    request_id: &RequestId,
) -> Result<Option<Receipt>, Error> {
    let found = select(connection, BY_REQUEST, [caller.as_str(), request_id.as_str()])?;
    Ok(found.into_iter().next())
}

pub(super) fn by_id(connection: &Connection, id: &str) -> Result<Option<Receipt>, Error> {
    Ok(select(connection, BY_ID, [id])?.into_iter().next())
}

pub(super) fn of_visit(connection: &Connection, check_in_id: &str) -> Result<Vec<Receipt>, Error> {
    select(connection, BY_CHECK_IN, [check_in_id])
}

/// Only the conditions that are given stand in the statement, so that each finds its index.
pub(super) fn find(
    connection: &Connection,
    filter: &Filter,
    after: Option<&ReceiptId>,
    limit: u32,
) -> Result<Vec<Receipt>, Error> {
    let mut conditions = Vec::new();
    let mut values: Vec<Box<dyn rusqlite::ToSql>> = Vec::new();
    let mut condition = |left: &str, value: Option<Box<dyn rusqlite::ToSql>>| {
        if let Some(value) = value {
            values.push(value);
            conditions.push(format!("{left} ${}", values.len()));
        }
    };
    let text = |text: Option<&str>| text.map(|text| Box::new(text.to_owned()) as _);
    let moment = |at: Option<_>| at.map(|at| Box::new(microseconds(at)) as _);
    condition(
        "certificate_thumbprint =",
        text(filter.certificate_thumbprint.as_deref()),
    );
    condition("card_key =", text(filter.card_key.as_ref().map(CardKey::as_str)));
    condition("recorded_at >=", moment(filter.recorded_from));
    condition("recorded_at <", moment(filter.recorded_before));
    condition("id >", text(after.map(ReceiptId::as_str)));
    let conditions = match conditions.is_empty() {
        true => String::new(),
        false => format!("WHERE {} ", conditions.join(" AND ")),
    };
    values.push(Box::new(limit));
    let by = format!("{conditions}ORDER BY id LIMIT ${}", values.len());
    select(connection, &by, rusqlite::params_from_iter(values))
}

fn select(connection: &Connection, by: &str, values: impl Params) -> Result<Vec<Receipt>, Error> {
    let mut statement = connection.prepare_cached(&format!("{SELECT} {by}"))?;
    let mut rows = statement.query(values)?;
    let mut receipts = Vec::new();
    while let Some(row) = rows.next()? {
        receipts.push(receipt(row)?);
    }
    Ok(receipts)
}

fn receipt(row: &Row<'_>) -> Result<Receipt, Error> {
    let text = |index: usize| row.get::<_, String>(index);
    let optional = |index: usize| row.get::<_, Option<String>>(index);
    let check_in_id = optional(1)?.map(CheckInId::new).transpose();
    let counter_id = optional(2)?.map(CounterId::new).transpose();
    let card_key = optional(4)?.map(CardKey::new).transpose();
    let attestation = optional(10)?.map(|body| from_json(&body, TABLE));
    let requester = optional(11)?.map(|body| from_json(&body, TABLE));
    Ok(Receipt {
        id: ReceiptId::new(text(0)?).map_err(|_| malformed(TABLE))?,
        check_in_id: check_in_id.map_err(|_| malformed(TABLE))?,
        counter_id: counter_id.map_err(|_| malformed(TABLE))?,
        certificate_thumbprint: text(3)?,
        card_key: card_key.map_err(|_| malformed(TABLE))?,
        decisions: from_json(&text(5)?, TABLE)?,
        others: from_json(&text(6)?, TABLE)?,
        wording_version: text(7)?,
        language: text(8)?,
        method: method(&text(9)?).ok_or_else(|| malformed(TABLE))?,
        attestation: attestation.transpose()?,
        requester: requester.transpose()?,
        purpose: text(12)?,
        recorded_at: time(row.get(13)?, TABLE)?,
        token: optional(14)?,
        confirmation: None,
        withdrawal: None,
    })
}

fn method(name: &str) -> Option<CaptureMethod> {
    CaptureMethod::ALL
        .into_iter()
        .find(|method| method.as_str() == name)
}
