//! Results of visits at the terminal's own reader.

use async_trait::async_trait;
use madoguchi_core::{CheckInId, Reason, ResultId};
use madoguchi_eligibility::folder::{ResultStore, StoredResult};
use rusqlite::{Connection, params};
use time::OffsetDateTime;

use crate::value::{malformed, microseconds, optional, time};
use crate::{Error, Store};

const TABLE: &str = "face_results";

const INSERT: &str = "INSERT INTO face_results (id, found_at, body) VALUES ($1, $2, $3) \
                      ON CONFLICT (id) DO NOTHING";

const WAITING: &str = "SELECT id, found_at, body FROM face_results \
                       WHERE given_to IS NULL AND body IS NOT NULL ORDER BY found_at, id";

const LAST_VISIT: &str = "SELECT MAX(updated_at) FROM resources";

const GIVE: &str = "UPDATE face_results SET given_to = $1 \
                    WHERE id = $2 AND body IS NOT NULL AND (given_to IS NULL OR given_to = $1) \
                    RETURNING id, found_at, body";

const GIVEN: &str = "SELECT id, found_at, body FROM face_results \
                     WHERE given_to = $1 AND body IS NOT NULL ORDER BY found_at DESC LIMIT 1";

const FORGET: &str = "UPDATE face_results SET body = NULL WHERE found_at < $1 AND body IS NOT NULL";

#[async_trait]
impl ResultStore for Store {
    async fn keep(&self, result: StoredResult) -> Result<bool, Reason> {
        let body = serde_json::to_string(&result.record).map_err(|_| Reason::Internal)?;
        self.write(move |connection| {
            let kept = connection.prepare_cached(INSERT)?.execute(params![
                result.id.as_str(),
                microseconds(result.found_at),
                body
            ])?;
            Ok(kept == 1)
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn waiting(&self) -> Result<Vec<StoredResult>, Reason> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(WAITING)?;
            let rows = statement.query_map([], columns)?.collect::<Result<Vec<_>, _>>()?;
            rows.into_iter().map(result).collect()
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn last_visit_at(&self) -> Result<Option<OffsetDateTime>, Reason> {
        self.read(|connection| {
            let at: Option<i64> = connection
                .prepare_cached(LAST_VISIT)?
                .query_row([], |row| row.get(0))?;
            at.map(|at| time(at, "resources")).transpose()
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn give(&self, id: &ResultId, visit: &CheckInId) -> Result<Option<StoredResult>, Reason> {
        let (id, visit) = (id.clone(), visit.clone());
        self.write(move |connection| give(connection, &id, &visit))
            .await
            .map_err(Error::into_reason)
    }

    async fn given_to(&self, visit: &CheckInId) -> Result<Option<StoredResult>, Reason> {
        let visit = visit.clone();
        self.read(move |connection| {
            let given = connection
                .prepare_cached(GIVEN)?
                .query_row([visit.as_str()], columns);
            optional(given)?.map(result).transpose()
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn forget_before(&self, before: OffsetDateTime) -> Result<u64, Reason> {
        self.forget(FORGET, before).await.map_err(Error::into_reason)
    }
}

type Columns = (String, i64, String);

fn columns(row: &rusqlite::Row<'_>) -> rusqlite::Result<Columns> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

fn give(connection: &Connection, id: &ResultId, visit: &CheckInId) -> Result<Option<StoredResult>, Error> {
    let given = connection
        .prepare_cached(GIVE)?
        .query_row(params![visit.as_str(), id.as_str()], columns);
    optional(given)?.map(result).transpose()
}

fn result((id, found_at, body): Columns) -> Result<StoredResult, Error> {
    Ok(StoredResult {
        id: ResultId::new(id).map_err(|_| malformed(TABLE))?,
        found_at: time(found_at, TABLE)?,
        record: serde_json::from_str(&body).map_err(|_| malformed(TABLE))?,
    })
}
