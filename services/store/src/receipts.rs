//! Consent receipts, and what happened to them.

mod happenings;
mod rows;

use async_trait::async_trait;
use madoguchi_consent::ReceiptStore;
use madoguchi_core::audit::Event;
use madoguchi_core::consent::{Confirmation, Filter, Happened, Happening, Item, Receipt, Withdrawal};
use madoguchi_core::{CallerId, CheckInId, Reason, ReceiptId, RequestId};
use rusqlite::{Connection, params};
use time::OffsetDateTime;

use crate::value::{from_json, json, malformed, microseconds, time};
use crate::{Error, Store};

/// The words that may stand beside a receipt.
const CONFIRMATION: &str = "confirmation";
const WITHDRAWAL: &str = "withdrawal";

const WORDS: &str = "consent_words";

const INSERT_WORD: &str =
    "INSERT INTO consent_words (receipt_id, kind, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

const SELECT_WORDS: &str = "SELECT kind, body FROM consent_words WHERE receipt_id = $1";

/// A list of what is to come: it is gone from here once it is a happening.
const WINDOWS: &str = "consent_windows";

const INSERT_WINDOW: &str = "INSERT INTO consent_windows (receipt_id, item, available_until) VALUES ($1, $2, $3) \
                             ON CONFLICT DO NOTHING";

const SELECT_DUE: &str = "SELECT receipt_id, item, available_until FROM consent_windows \
                          WHERE available_until <= $1 ORDER BY available_until, receipt_id, item LIMIT $2";

const DELETE_WINDOW: &str = "DELETE FROM consent_windows WHERE receipt_id = $1 AND item = $2";

#[async_trait]
impl ReceiptStore for Store {
    async fn insert(
        &self,
        receipt: Receipt,
        request: Option<(CallerId, RequestId)>,
        told: Event,
    ) -> Result<Receipt, Reason> {
        let audit = self.audit();
        self.write(move |connection| {
            if rows::insert(connection, &receipt, request.as_ref())? {
                happenings::append(connection, &receipt.id, Happened::Recorded, receipt.recorded_at)?;
                audit.tell(connection, receipt.recorded_at, told)?;
                return Ok(receipt);
            }
            let earlier = rows::earlier(connection, &receipt, request.as_ref())?;
            // An id that exists with another visit's receipt is nobody's repetition.
            with_words(connection, earlier.ok_or(Error::Refused(Reason::Internal))?)
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn get(&self, id: &ReceiptId) -> Result<Option<Receipt>, Reason> {
        let id = id.clone();
        let found = self.read(move |connection| match get(connection, &id) {
            Err(Error::Refused(Reason::ReceiptNotFound)) => Ok(None),
            found => found.map(Some),
        });
        found.await.map_err(Error::into_reason)
    }

    async fn of_request(&self, caller: &CallerId, request_id: &RequestId) -> Result<Option<Receipt>, Reason> {
        let (caller, request_id) = (caller.clone(), request_id.clone());
        self.read(move |connection| {
            let found = rows::of_request(connection, &caller, &request_id)?;
            found.map(|receipt| with_words(connection, receipt)).transpose()
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn list(&self, check_in_id: &CheckInId) -> Result<Vec<Receipt>, Reason> {
        let id = check_in_id.as_str().to_owned();
        self.read(move |connection| {
            let receipts = rows::of_visit(connection, &id)?.into_iter();
            receipts.map(|receipt| with_words(connection, receipt)).collect()
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn find(
        &self,
        filter: Filter,
        after: Option<ReceiptId>,
        limit: u32,
    ) -> Result<Vec<Receipt>, Reason> {
        self.read(move |connection| {
            let receipts = rows::find(connection, &filter, after.as_ref(), limit)?.into_iter();
            receipts.map(|receipt| with_words(connection, receipt)).collect()
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn withdraw(&self, id: &ReceiptId, withdrawal: Withdrawal, told: Event) -> Result<Receipt, Reason> {
        let audit = self.audit();
        let id = id.clone();
        self.write(move |connection| {
            get(connection, &id)?;
            if say(connection, &id, WITHDRAWAL, &json(&withdrawal, WORDS)?)? {
                happenings::append(connection, &id, Happened::Withdrawn, withdrawal.withdrawn_at)?;
                audit.tell(connection, withdrawal.withdrawn_at, told)?;
            }
            get(connection, &id)
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn confirm(&self, id: &ReceiptId, confirmation: Confirmation) -> Result<Receipt, Reason> {
        let id = id.clone();
        self.write(move |connection| {
            get(connection, &id)?;
            if say(connection, &id, CONFIRMATION, &json(&confirmation, WORDS)?)? {
                for window in &confirmation.said.windows {
                    if let Some(until) = window.available_until {
                        let values = params![id.as_str(), window.item.as_str(), microseconds(until)];
                        connection.prepare_cached(INSERT_WINDOW)?.execute(values)?;
                    }
                }
                happenings::append(connection, &id, Happened::Confirmed, confirmation.recorded_at)?;
            }
            get(connection, &id)
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn due(
        &self,
        by: OffsetDateTime,
        limit: u32,
    ) -> Result<Vec<(ReceiptId, Item, OffsetDateTime)>, Reason> {
        self.read(move |connection| due(connection, by, limit))
            .await
            .map_err(Error::into_reason)
    }

    async fn expire(
        &self,
        id: &ReceiptId,
        item: Item,
        at: OffsetDateTime,
        (now, told): (OffsetDateTime, Event),
    ) -> Result<Option<Happening>, Reason> {
        let audit = self.audit();
        let id = id.clone();
        self.write(move |connection| {
            get(connection, &id)?;
            connection
                .prepare_cached(DELETE_WINDOW)?
                .execute(params![id.as_str(), item.as_str()])?;
            let happening = happenings::append(connection, &id, Happened::Expired(item), at)?;
            if happening.is_some() {
                audit.tell(connection, now, told)?;
            }
            Ok(happening)
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn happenings(&self, after: u64, limit: u32) -> Result<Vec<Happening>, Reason> {
        self.read(move |connection| happenings::after(connection, after, limit))
            .await
            .map_err(Error::into_reason)
    }

    async fn last_happening(&self) -> Result<u64, Reason> {
        self.read(happenings::last).await.map_err(Error::into_reason)
    }
}

fn get(connection: &Connection, id: &ReceiptId) -> Result<Receipt, Error> {
    let found = rows::by_id(connection, id.as_str())?;
    with_words(connection, found.ok_or(Error::Refused(Reason::ReceiptNotFound))?)
}

/// Whether the word is new.
fn say(connection: &Connection, id: &ReceiptId, kind: &str, body: &str) -> Result<bool, Error> {
    let values = params![id.as_str(), kind, body];
    Ok(connection.prepare_cached(INSERT_WORD)?.execute(values)? == 1)
}

/// The receipt with what was said about it since.
fn with_words(connection: &Connection, mut receipt: Receipt) -> Result<Receipt, Error> {
    let mut statement = connection.prepare_cached(SELECT_WORDS)?;
    let mut rows = statement.query([receipt.id.as_str()])?;
    while let Some(row) = rows.next()? {
        let (kind, body): (String, String) = (row.get(0)?, row.get(1)?);
        match kind.as_str() {
            CONFIRMATION => receipt.confirmation = Some(from_json(&body, WORDS)?),
            WITHDRAWAL => receipt.withdrawal = Some(from_json(&body, WORDS)?),
            _ => return Err(malformed(WORDS)),
        }
    }
    Ok(receipt)
}

fn due(
    connection: &Connection,
    by: OffsetDateTime,
    limit: u32,
) -> Result<Vec<(ReceiptId, Item, OffsetDateTime)>, Error> {
    let mut statement = connection.prepare_cached(SELECT_DUE)?;
    let mut rows = statement.query(params![microseconds(by), limit])?;
    let mut due = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, item): (String, String) = (row.get(0)?, row.get(1)?);
        let item = Item::from_name(&item).ok_or_else(|| malformed(WINDOWS))?;
        let id = ReceiptId::new(id).map_err(|_| malformed(WINDOWS))?;
        due.push((id, item, time(row.get(2)?, WINDOWS)?));
    }
    Ok(due)
}
