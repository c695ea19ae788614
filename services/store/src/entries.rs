//! The audit chain.

use async_trait::async_trait;
use madoguchi_audit::{EntryStore, Head, Told, link};
use madoguchi_core::audit::{Entry, Event};
use madoguchi_core::{EventId, Reason};
use madoguchi_deferral::{CheckEvent, Testimony, Witness};
use rusqlite::{Connection, params};
use time::OffsetDateTime;

use crate::chain::sealed_head;
use crate::value::{from_json, json, malformed, microseconds, number, optional, signed, time};
use crate::{Error, Store};

const TABLE: &str = "audit_entries";

const HEAD: &str = "SELECT sequence, hash FROM audit_entries ORDER BY sequence DESC LIMIT 1";

const INSERT: &str =
    "INSERT INTO audit_entries (sequence, recorded_at, event, hash, told) VALUES ($1, $2, $3, $4, $5)";

const TOLD: &str = "SELECT 1 FROM audit_entries WHERE told = $1";

const AFTER: &str = "SELECT sequence, recorded_at, event, hash FROM audit_entries WHERE sequence > $1 \
    ORDER BY sequence LIMIT $2";

pub(crate) const DEFERRALS: &str = "SELECT event, told FROM audit_entries \
    WHERE recorded_at >= $1 AND event LIKE '%\"deferral_id\":\"%' ORDER BY recorded_at, sequence";

const OLDEST: &str = "SELECT recorded_at FROM audit_entries ORDER BY sequence LIMIT 1";

const NEWEST_GONE: &str = "SELECT MAX(newest_at) FROM audit_segments WHERE forgotten";

#[async_trait]
impl EntryStore for Store {
    async fn append(&self, recorded_at: OffsetDateTime, event: Event) -> Result<Entry, Reason> {
        self.write(move |connection| append(connection, recorded_at, event, None))
            .await
            .map_err(Error::into_reason)
    }

    async fn append_once(&self, all: Vec<Told>) -> Result<(), Reason> {
        self.write(move |connection| {
            for Told { id, at, event } in all {
                if !connection.prepare_cached(TOLD)?.exists([id.as_str()])? {
                    append(connection, at, event, Some(&id))?;
                }
            }
            Ok(())
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn entries(&self, after: u64, limit: u32) -> Result<Vec<Entry>, Reason> {
        self.read(move |connection| entries(connection, after, limit))
            .await
            .map_err(Error::into_reason)
    }

    async fn head(&self) -> Result<Option<Head>, Reason> {
        self.read(head).await.map_err(Error::into_reason)
    }
}

/// The last entry; where all have left the database, the seal that they left.
fn head(connection: &Connection) -> Result<Option<Head>, Error> {
    let last = connection
        .prepare_cached(HEAD)?
        .query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)));
    match optional(last)? {
        Some((sequence, hash)) => Ok(Some(Head {
            sequence: number(sequence, TABLE)?,
            hash,
        })),
        None => sealed_head(connection),
    }
}

#[async_trait]
impl Witness for Store {
    async fn testimony(&self, from: OffsetDateTime) -> Result<Testimony, Reason> {
        self.read(move |connection| {
            Ok(Testimony {
                since: since(connection)?,
                events: witnessed(connection, from)?,
            })
        })
        .await
        .map_err(Error::into_reason)
    }
}

/// Since when every entry is here. Among entries that were written late an older one may stand behind a newer one.
fn since(connection: &Connection) -> Result<Option<OffsetDateTime>, Error> {
    let gone: Option<i64> = connection
        .prepare_cached(NEWEST_GONE)?
        .query_row([], |row| row.get(0))?;
    let oldest: Option<i64> = optional(connection.prepare_cached(OLDEST)?.query_row([], |row| row.get(0)))?;
    let since = gone.map_or(oldest, |gone| Some(gone + 1));
    since.map(|at| time(at, TABLE)).transpose()
}

fn witnessed(connection: &Connection, from: OffsetDateTime) -> Result<Vec<CheckEvent>, Error> {
    let mut statement = connection.prepare_cached(DEFERRALS)?;
    let events = statement.query([microseconds(from)])?;
    check_events(events, TABLE)
}

/// Those of these events, which stand beside their names, that are about checks. A statement finds words; what is meant
/// the event says.
pub(crate) fn check_events(
    mut rows: rusqlite::Rows<'_>,
    table: &'static str,
) -> Result<Vec<CheckEvent>, Error> {
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let event = from_json(&row.get::<_, String>(0)?, table)?;
        let told = row.get::<_, Option<String>>(1)?.map(EventId::new);
        let told = told.transpose().map_err(|_| malformed(table))?;
        found.extend(CheckEvent::of(told, event));
    }
    Ok(found)
}

/// Head and entry are one transaction of the one writer, hence the chain cannot fork.
pub(crate) fn append(
    connection: &Connection,
    recorded_at: OffsetDateTime,
    event: Event,
    told: Option<&EventId>,
) -> Result<Entry, Error> {
    // The hash has to be found again from what the database keeps.
    let recorded_at = time(microseconds(recorded_at), TABLE)?;
    let head = head(connection)?;
    let entry = link(head.as_ref(), recorded_at, event).map_err(Error::Refused)?;
    connection.prepare_cached(INSERT)?.execute(params![
        signed(entry.sequence, TABLE)?,
        microseconds(entry.recorded_at),
        json(&entry.event, TABLE)?,
        entry.hash,
        told.map(EventId::as_str),
    ])?;
    Ok(entry)
}

fn entries(connection: &Connection, after: u64, limit: u32) -> Result<Vec<Entry>, Error> {
    let mut statement = connection.prepare_cached(AFTER)?;
    let mut rows = statement.query(params![signed(after, TABLE)?, limit])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(Entry {
            sequence: number(row.get(0)?, TABLE)?,
            recorded_at: time(row.get(1)?, TABLE)?,
            event: from_json(&row.get::<_, String>(2)?, TABLE)?,
            hash: row.get(3)?,
        });
    }
    Ok(entries)
}
