//! Check-ins and authentications.

use async_trait::async_trait;
use madoguchi_core::{CallerId, Reason, RequestId};
use madoguchi_session::{Inserted, NewRow, ResourceStore, Row, Update};
use rusqlite::{Connection, params};
use time::OffsetDateTime;

use crate::outbox::Audit;
use crate::value::{malformed, microseconds, number, optional, signed};
use crate::{Error, Store};
use crate::{checks, evidence};

const TABLE: &str = "resources";

const INSERT: &str = "INSERT INTO resources (kind, id, caller, request_id, fingerprint, counter_id, sequence, \
    terminal, body, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) \
    ON CONFLICT (kind, caller, request_id) DO NOTHING";

const EXISTING: &str =
    "SELECT id, fingerprint FROM resources WHERE kind = $1 AND caller = $2 AND request_id = $3";

const UPDATE: &str = "UPDATE resources SET sequence = $1, terminal = $2, body = $3, updated_at = $4 \
    WHERE kind = $5 AND id = $6 AND sequence < $1 AND NOT terminal";

const GET: &str = "SELECT id, sequence, terminal, body FROM resources WHERE kind = $1 AND id = $2";

const OPEN: &str = "SELECT id, sequence, terminal, body FROM resources WHERE kind = $1 AND NOT terminal ORDER BY created_at, id";

const PURGE: &str = "DELETE FROM resources WHERE terminal AND updated_at < $1";

const BEAT: &str = "UPDATE heartbeat SET beats = beats + 1";

#[async_trait]
impl ResourceStore for Store {
    async fn insert(&self, row: NewRow) -> Result<Inserted, Reason> {
        let audit = self.audit();
        self.write(move |connection| insert(connection, audit, &row))
            .await
            .map_err(Error::into_reason)
    }

    async fn find(
        &self,
        kind: &'static str,
        caller: &CallerId,
        request_id: &RequestId,
    ) -> Result<Option<(String, String)>, Reason> {
        let (caller, request_id) = (caller.clone(), request_id.clone());
        let find = move |connection: &Connection| find(connection, kind, &caller, &request_id);
        self.read(find).await.map_err(Error::into_reason)
    }

    async fn update(&self, update: Update) -> Result<(), Reason> {
        let audit = self.audit();
        self.write(move |connection| advance(connection, audit, &update))
            .await
            .map_err(Error::into_reason)
    }

    async fn get(&self, kind: &'static str, id: &str) -> Result<Option<Row>, Reason> {
        let id = id.to_owned();
        self.read(move |connection| get(connection, kind, &id))
            .await
            .map_err(Error::into_reason)
    }

    async fn list_open(&self, kind: &'static str) -> Result<Vec<Row>, Reason> {
        self.read(move |connection| list_open(connection, kind))
            .await
            .map_err(Error::into_reason)
    }

    async fn purge_terminal_before(&self, time: OffsetDateTime) -> Result<u64, Reason> {
        self.purge(time).await.map_err(Error::into_reason)
    }
}

impl Store {
    /// Also where nothing is forgotten it writes, so that it succeeds only where the database can be written.
    async fn purge(&self, time: OffsetDateTime) -> Result<u64, Error> {
        let journal = self.journal();
        let purge = move |connection: &Connection| {
            connection.prepare_cached(BEAT)?.execute([])?;
            let gone = connection.prepare_cached(PURGE)?.execute([microseconds(time)])?;
            if gone > 0 {
                journal.remembers();
            }
            u64::try_from(gone).map_err(|_| malformed(TABLE))
        };
        let gone = self.write(purge).await?;
        self.forget_journal().await?;
        Ok(gone)
    }
}

fn insert(connection: &Connection, audit: Audit, row: &NewRow) -> Result<Inserted, Error> {
    let inserted = connection.prepare_cached(INSERT)?.execute(params![
        row.kind,
        row.id,
        row.caller.as_str(),
        row.request_id.as_str(),
        row.fingerprint,
        row.counter_id.as_str(),
        signed(row.sequence, TABLE)?,
        row.terminal,
        text(&row.body)?,
        microseconds(row.at),
    ])?;
    if inserted == 1 {
        if let Some(beginning) = &row.beginning {
            audit.tell(connection, row.at, beginning.clone())?;
        }
        return Ok(Inserted::New);
    }
    match find(connection, row.kind, &row.caller, &row.request_id)? {
        Some((id, fingerprint)) => Ok(Inserted::Existing { id, fingerprint }),
        None => Err(malformed(TABLE)),
    }
}

fn find(
    connection: &Connection,
    kind: &str,
    caller: &CallerId,
    request_id: &RequestId,
) -> Result<Option<(String, String)>, Error> {
    let key = params![kind, caller.as_str(), request_id.as_str()];
    optional(
        connection
            .prepare_cached(EXISTING)?
            .query_row(key, |row| Ok((row.get(0)?, row.get(1)?))),
    )
}

fn advance(connection: &Connection, audit: Audit, update: &Update) -> Result<(), Error> {
    let updated = connection.prepare_cached(UPDATE)?.execute(params![
        signed(update.sequence, TABLE)?,
        update.terminal,
        text(&update.body)?,
        microseconds(update.at),
        update.kind,
        update.id,
    ])?;
    if updated != 1 {
        return Err(Error::Refused(Reason::Internal));
    }
    if let Some(ending) = &update.ending {
        audit.tell(connection, update.at, ending.event.clone())?;
        if let Some(check) = &ending.check {
            checks::keep(connection, check)?;
        }
        if let Some(vouched) = &ending.evidence {
            evidence::insert(connection, vouched)?;
        }
    }
    Ok(())
}

fn get(connection: &Connection, kind: &str, id: &str) -> Result<Option<Row>, Error> {
    let mut statement = connection.prepare_cached(GET)?;
    let mut rows = statement.query([kind, id])?;
    rows.next()?.map(row).transpose()
}

fn list_open(connection: &Connection, kind: &str) -> Result<Vec<Row>, Error> {
    let mut statement = connection.prepare_cached(OPEN)?;
    let mut rows = statement.query([kind])?;
    let mut open = Vec::new();
    while let Some(found) = rows.next()? {
        open.push(row(found)?);
    }
    Ok(open)
}

fn row(row: &rusqlite::Row<'_>) -> Result<Row, Error> {
    Ok(Row {
        id: row.get(0)?,
        sequence: number(row.get(1)?, TABLE)?,
        terminal: row.get(2)?,
        body: row.get::<_, String>(3)?.into_bytes(),
    })
}

/// JSON is text; bytes that are not are nobody's JSON.
fn text(body: &[u8]) -> Result<&str, Error> {
    std::str::from_utf8(body).map_err(|_| malformed(TABLE))
}
