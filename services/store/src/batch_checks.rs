//! Batches of eligibility checks.

use async_trait::async_trait;
use madoguchi_core::eligibility::BatchCheck;
use madoguchi_core::{BatchCheckId, Reason};
use madoguchi_eligibility::{BatchStore, Recorded};
use rusqlite::{Connection, params};
use time::OffsetDateTime;

use crate::value::{malformed, microseconds, optional};
use crate::{Error, Store};

const TABLE: &str = "batch_checks";

const INSERT: &str = "INSERT INTO batch_checks (id, caller, request_id, is_over, updated_at, body) \
                      VALUES ($1, $2, $3, $4, $5, $6)";

const COUNT_OPEN: &str = "SELECT COUNT(*) FROM batch_checks WHERE NOT is_over";

const KNOWN: &str = "SELECT body FROM batch_checks WHERE caller = $1 AND request_id = $2";

const UPDATE: &str = "UPDATE batch_checks SET is_over = $1, updated_at = $2, body = $3 WHERE id = $4";

const FIND: &str = "SELECT body FROM batch_checks WHERE id = $1";

const OPEN: &str = "SELECT body FROM batch_checks WHERE NOT is_over ORDER BY id";

const FORGET: &str = "DELETE FROM batch_checks WHERE is_over AND updated_at < $1";

#[async_trait]
impl BatchStore for Store {
    async fn record(&self, batch: BatchCheck, max_open: u32) -> Result<Recorded, Reason> {
        let body = body(&batch)?;
        self.write(move |connection| record(connection, &batch, &body, max_open))
            .await
            .map_err(Error::into_reason)
    }

    async fn save(&self, batch: BatchCheck) -> Result<(), Reason> {
        let body = body(&batch)?;
        self.write(move |connection| {
            let saved = connection.prepare_cached(UPDATE)?.execute(params![
                batch.state.is_over(),
                microseconds(batch.updated_at),
                body,
                batch.id.as_str(),
            ])?;
            match saved {
                1 => Ok(()),
                _ => Err(Error::Refused(Reason::BatchCheckNotFound)),
            }
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn find(&self, id: &BatchCheckId) -> Result<Option<BatchCheck>, Reason> {
        let id = id.clone();
        self.read(move |connection| {
            let found = connection
                .prepare_cached(FIND)?
                .query_row([id.as_str()], |row| row.get::<_, String>(0));
            optional(found)?.as_deref().map(batch).transpose()
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn list_open(&self) -> Result<Vec<BatchCheck>, Reason> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(OPEN)?;
            let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
            let rows = rows.collect::<Result<Vec<_>, _>>()?;
            rows.iter().map(|body| batch(body)).collect()
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn forget_over_before(&self, before: OffsetDateTime) -> Result<u64, Reason> {
        self.forget(FORGET, before).await.map_err(Error::into_reason)
    }
}

fn record(connection: &Connection, new: &BatchCheck, body: &str, max_open: u32) -> Result<Recorded, Error> {
    let known = connection
        .prepare_cached(KNOWN)?
        .query_row([new.caller.as_str(), new.request_id.as_str()], |row| {
            row.get::<_, String>(0)
        });
    if let Some(known) = optional(known)? {
        return Ok(Recorded::Known(Box::new(batch(&known)?)));
    }
    let open: i64 = connection
        .prepare_cached(COUNT_OPEN)?
        .query_row([], |row| row.get(0))?;
    if open >= i64::from(max_open) {
        return Err(Error::Refused(Reason::Overloaded));
    }
    connection.prepare_cached(INSERT)?.execute(params![
        new.id.as_str(),
        new.caller.as_str(),
        new.request_id.as_str(),
        new.state.is_over(),
        microseconds(new.updated_at),
        body,
    ])?;
    Ok(Recorded::New)
}

fn body(batch: &BatchCheck) -> Result<String, Reason> {
    serde_json::to_string(batch).map_err(|_| Reason::Internal)
}

fn batch(body: &str) -> Result<BatchCheck, Error> {
    serde_json::from_str(body).map_err(|_| malformed(TABLE))
}
