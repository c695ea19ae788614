//! Evidence of visits.

use async_trait::async_trait;
use madoguchi_core::evidence::Evidence;
use madoguchi_core::{CheckInId, EvidenceId, Reason};
use madoguchi_evidence::EvidenceStore;
use rusqlite::{Connection, Row, params};

use crate::value::{malformed, microseconds, optional, time};
use crate::{Error, Store};

const TABLE: &str = "evidence";

const INSERT: &str = "INSERT INTO evidence (id, check_in_id, token, issued_at, expires_at) \
                      VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";

const DELETE: &str = "DELETE FROM evidence WHERE check_in_id = $1";

const SELECT: &str =
    "SELECT id, check_in_id, token, issued_at, expires_at FROM evidence WHERE check_in_id = $1";

#[async_trait]
impl EvidenceStore for Store {
    async fn insert(&self, evidence: Evidence) -> Result<Evidence, Reason> {
        self.write(move |connection| insert(connection, evidence))
            .await
            .map_err(Error::into_reason)
    }

    async fn retract(&self, check_in_id: &CheckInId) -> Result<(), Reason> {
        let id = check_in_id.as_str().to_owned();
        self.write(move |connection| {
            connection.prepare_cached(DELETE)?.execute([id])?;
            Ok(())
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn get(&self, check_in_id: &CheckInId) -> Result<Option<Evidence>, Reason> {
        let id = check_in_id.as_str().to_owned();
        self.read(move |connection| select(connection, &id))
            .await
            .map_err(Error::into_reason)
    }
}

fn insert(connection: &Connection, evidence: Evidence) -> Result<Evidence, Error> {
    let inserted = connection.prepare_cached(INSERT)?.execute(params![
        evidence.id.as_str(),
        evidence.check_in_id.as_str(),
        evidence.token,
        microseconds(evidence.issued_at),
        microseconds(evidence.expires_at),
    ])?;
    if inserted == 1 {
        return Ok(evidence);
    }
    let earlier = select(connection, evidence.check_in_id.as_str())?;
    // An id that exists with another visit's evidence is nobody's repetition.
    earlier.ok_or(Error::Refused(Reason::Internal))
}

fn select(connection: &Connection, check_in_id: &str) -> Result<Option<Evidence>, Error> {
    let mut statement = connection.prepare_cached(SELECT)?;
    optional(statement.query_row([check_in_id], |row| Ok(evidence(row))))?.transpose()
}

fn evidence(row: &Row<'_>) -> Result<Evidence, Error> {
    let text = |index: usize| row.get::<_, String>(index);
    Ok(Evidence {
        id: EvidenceId::new(text(0)?).map_err(|_| malformed(TABLE))?,
        check_in_id: CheckInId::new(text(1)?).map_err(|_| malformed(TABLE))?,
        token: text(2)?,
        issued_at: time(row.get(3)?, TABLE)?,
        expires_at: time(row.get(4)?, TABLE)?,
    })
}
