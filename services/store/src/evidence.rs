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
                      VALUES ($1, $2, $3, $4, $5)";

const SELECT: &str =
    "SELECT id, check_in_id, token, issued_at, expires_at FROM evidence WHERE check_in_id = $1";

#[async_trait]
impl EvidenceStore for Store {
    async fn get(&self, check_in_id: &CheckInId) -> Result<Option<Evidence>, Reason> {
        let id = check_in_id.as_str().to_owned();
        self.read(move |connection| select(connection, &id))
            .await
            .map_err(Error::into_reason)
    }
}

/// Keeps the evidence of a visit; one that has some already is refused.
pub(crate) fn insert(connection: &Connection, evidence: &Evidence) -> Result<(), Error> {
    connection.prepare_cached(INSERT)?.execute(params![
        evidence.id.as_str(),
        evidence.check_in_id.as_str(),
        evidence.token,
        microseconds(evidence.issued_at),
        microseconds(evidence.expires_at),
    ])?;
    Ok(())
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
