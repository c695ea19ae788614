//! Visits that a fallback settled.

use async_trait::async_trait;
use madoguchi_core::audit::Event;
use madoguchi_core::fallback::{Case, Listed, Reconciliation};
use madoguchi_core::{CallerId, CaseId, Reason, RequestId};
use madoguchi_fallback::{CaseStore, Settled};
use rusqlite::{Connection, params};
use time::OffsetDateTime;

use crate::value::{from_json, json, malformed, microseconds, optional};
use crate::{Error, Store};

const TABLE: &str = "fallback_cases";

const INSERT: &str = "INSERT INTO fallback_cases (id, caller, request_id, body) VALUES ($1, $2, $3, $4) \
                      ON CONFLICT (caller, request_id) DO NOTHING";

const BY_REQUEST: &str = "SELECT body FROM fallback_cases WHERE caller = $1 AND request_id = $2";

const BY_ID: &str = "SELECT body FROM fallback_cases WHERE id = $1";

const SETTLE: &str = "UPDATE fallback_cases SET body = $1, reconciled_at = $2 WHERE id = $3";

const LIST_OPEN: &str =
    "SELECT body FROM fallback_cases WHERE id > $1 AND reconciled_at IS NULL ORDER BY id LIMIT $2";
const LIST_SETTLED: &str =
    "SELECT body FROM fallback_cases WHERE id > $1 AND reconciled_at IS NOT NULL ORDER BY id LIMIT $2";
const LIST_ALL: &str = "SELECT body FROM fallback_cases WHERE id > $1 ORDER BY id LIMIT $2";

const PURGE: &str = "DELETE FROM fallback_cases WHERE reconciled_at IS NOT NULL AND reconciled_at < $1";

#[async_trait]
impl CaseStore for Store {
    async fn insert(&self, case: Case, told: Event) -> Result<Case, Reason> {
        let audit = self.audit();
        self.write(move |connection| {
            if insert(connection, &case)? {
                audit.tell(connection, case.recorded_at, told)?;
                return Ok(case);
            }
            let earlier = by_request(connection, &case.caller, &case.request_id)?;
            earlier.ok_or_else(|| malformed(TABLE))
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn find(&self, caller: &CallerId, request_id: &RequestId) -> Result<Option<Case>, Reason> {
        let (caller, request_id) = (caller.clone(), request_id.clone());
        self.read(move |connection| by_request(connection, &caller, &request_id))
            .await
            .map_err(Error::into_reason)
    }

    async fn settle(
        &self,
        id: &CaseId,
        reconciliation: Reconciliation,
        told: Event,
    ) -> Result<Settled, Reason> {
        let audit = self.audit();
        let (id, at) = (id.clone(), reconciliation.reconciled_at);
        self.write(move |connection| {
            let settled = settle(connection, &id, reconciliation)?;
            if let Settled::Now(_) = settled {
                audit.tell(connection, at, told)?;
            }
            Ok(settled)
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn get(&self, id: &CaseId) -> Result<Option<Case>, Reason> {
        let id = id.clone();
        self.read(move |connection| by_id(connection, &id))
            .await
            .map_err(Error::into_reason)
    }

    async fn list(&self, listed: Listed, after: Option<&CaseId>, limit: u32) -> Result<Vec<Case>, Reason> {
        let select = match listed {
            Listed::Open => LIST_OPEN,
            Listed::Settled => LIST_SETTLED,
            Listed::All => LIST_ALL,
        };
        // Nothing is smaller than the empty text.
        let after = after.map_or(String::new(), |id| id.as_str().to_owned());
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(select)?;
            let rows = statement.query_map(params![after, limit], |row| row.get::<_, String>(0))?;
            rows.map(|body| from_json(&body?, TABLE)).collect()
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn purge_settled_before(&self, before: OffsetDateTime) -> Result<u64, Reason> {
        self.forget(PURGE, before).await.map_err(Error::into_reason)
    }
}

/// Whether the case is new.
fn insert(connection: &Connection, case: &Case) -> Result<bool, Error> {
    let inserted = connection.prepare_cached(INSERT)?.execute(params![
        case.id.as_str(),
        case.caller.as_str(),
        case.request_id.as_str(),
        json(case, TABLE)?,
    ])?;
    Ok(inserted == 1)
}

fn by_request(
    connection: &Connection,
    caller: &CallerId,
    request_id: &RequestId,
) -> Result<Option<Case>, Error> {
    let mut statement = connection.prepare_cached(BY_REQUEST)?;
    let body = statement.query_row([caller.as_str(), request_id.as_str()], |row| {
        row.get::<_, String>(0)
    });
    optional(body)?.map(|body| from_json(&body, TABLE)).transpose()
}

fn by_id(connection: &Connection, id: &CaseId) -> Result<Option<Case>, Error> {
    let mut statement = connection.prepare_cached(BY_ID)?;
    let body = optional(statement.query_row([id.as_str()], |row| row.get::<_, String>(0)))?;
    body.map(|body| from_json(&body, TABLE)).transpose()
}

fn settle(connection: &Connection, id: &CaseId, word: Reconciliation) -> Result<Settled, Error> {
    let Some(mut case) = by_id(connection, id)? else {
        return Ok(Settled::NotFound);
    };
    if case.reconciliation.is_some() {
        return Ok(Settled::Before(case));
    }
    let at = microseconds(word.reconciled_at);
    case.reconciliation = Some(word);
    connection
        .prepare_cached(SETTLE)?
        .execute(params![json(&case, TABLE)?, at, id.as_str()])?;
    Ok(Settled::Now(case))
}
