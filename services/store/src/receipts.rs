//! Consent receipts.

use async_trait::async_trait;
use madoguchi_consent::ReceiptStore;
use madoguchi_core::audit::Event;
use madoguchi_core::consent::{CaptureMethod, Receipt};
use madoguchi_core::{CheckInId, CounterId, Reason, ReceiptId};
use rusqlite::{Connection, Row, params};

use crate::entries;
use crate::value::{from_json, json, malformed, microseconds, time};
use crate::{Error, Store};

const TABLE: &str = "receipts";

const INSERT: &str = "INSERT INTO receipts (id, check_in_id, counter_id, certificate_thumbprint, decisions, \
    wording_version, language, method, recorded_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";

const SELECT: &str = "SELECT id, check_in_id, counter_id, certificate_thumbprint, decisions, wording_version, \
    language, method, recorded_at FROM receipts";

const BY_ID: &str = "WHERE id = $1";
const BY_CHECK_IN: &str = "WHERE check_in_id = $1 ORDER BY recorded_at, id";

#[async_trait]
impl ReceiptStore for Store {
    async fn insert(&self, receipt: Receipt, told: Event) -> Result<Receipt, Reason> {
        self.write(move |connection| insert(connection, receipt, told))
            .await
            .map_err(Error::into_reason)
    }

    async fn get(&self, id: &ReceiptId) -> Result<Option<Receipt>, Reason> {
        let id = id.as_str().to_owned();
        let found = self.read(move |connection| select(connection, BY_ID, &id)).await;
        found
            .map(|receipts| receipts.into_iter().next())
            .map_err(Error::into_reason)
    }

    async fn list(&self, check_in_id: &CheckInId) -> Result<Vec<Receipt>, Reason> {
        let id = check_in_id.as_str().to_owned();
        self.read(move |connection| select(connection, BY_CHECK_IN, &id))
            .await
            .map_err(Error::into_reason)
    }
}

fn insert(connection: &Connection, receipt: Receipt, told: Event) -> Result<Receipt, Error> {
    let inserted = connection.prepare_cached(INSERT)?.execute(params![
        receipt.id.as_str(),
        receipt.check_in_id.as_str(),
        receipt.counter_id.as_str(),
        receipt.certificate_thumbprint,
        json(&receipt.decisions, TABLE)?,
        receipt.wording_version,
        receipt.language,
        method_name(receipt.method),
        microseconds(receipt.recorded_at),
    ])?;
    if inserted == 1 {
        entries::append(connection, receipt.recorded_at, told)?;
        return Ok(receipt);
    }
    let earlier = select(connection, BY_CHECK_IN, receipt.check_in_id.as_str())?;
    // An id that exists with another visit's receipt is nobody's repetition.
    earlier.into_iter().next().ok_or(Error::Refused(Reason::Internal))
}

fn select(connection: &Connection, by: &str, key: &str) -> Result<Vec<Receipt>, Error> {
    let mut statement = connection.prepare_cached(&format!("{SELECT} {by}"))?;
    let mut rows = statement.query([key])?;
    let mut receipts = Vec::new();
    while let Some(row) = rows.next()? {
        receipts.push(receipt(row)?);
    }
    Ok(receipts)
}

fn receipt(row: &Row<'_>) -> Result<Receipt, Error> {
    let text = |index: usize| row.get::<_, String>(index);
    Ok(Receipt {
        id: ReceiptId::new(text(0)?).map_err(|_| malformed(TABLE))?,
        check_in_id: CheckInId::new(text(1)?).map_err(|_| malformed(TABLE))?,
        counter_id: CounterId::new(text(2)?).map_err(|_| malformed(TABLE))?,
        certificate_thumbprint: text(3)?,
        decisions: from_json(&text(4)?, TABLE)?,
        wording_version: text(5)?,
        language: text(6)?,
        method: method(&text(7)?).ok_or_else(|| malformed(TABLE))?,
        recorded_at: time(row.get(8)?, TABLE)?,
    })
}

const fn method_name(method: CaptureMethod) -> &'static str {
    match method {
        CaptureMethod::Client => "client",
        CaptureMethod::Reader => "reader",
    }
}

fn method(name: &str) -> Option<CaptureMethod> {
    [CaptureMethod::Client, CaptureMethod::Reader]
        .into_iter()
        .find(|method| method_name(*method) == name)
}
