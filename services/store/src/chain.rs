//! What is known about the audit chain: whose it is, checkpoints, sealed segments.

use async_trait::async_trait;
use madoguchi_audit::{ChainStore, Checkpoint, Head, Segment};
use madoguchi_core::{InstanceId, Reason};
use rusqlite::{Connection, Row, params};

use crate::value::{from_json, json, malformed, microseconds, number, signed, time};
use crate::{Error, Store};

const INSTANCES: &str = "audit_instance";
const CHECKPOINTS: &str = "audit_checkpoints";
const SEGMENTS: &str = "audit_segments";

const NAME: &str = "INSERT INTO audit_instance (id, name) VALUES (1, $1) ON CONFLICT (id) DO NOTHING";
const NAMED: &str = "SELECT name FROM audit_instance";

const STATE: &str = "INSERT INTO audit_checkpoints (number, sequence, statement, jws) \
    VALUES ((SELECT COALESCE(MAX(number), 0) + 1 FROM audit_checkpoints), $1, $2, $3)";
/// Whoever goes on behind the last of them misses none: those of one entry stay together.
const STATED: &str = "SELECT statement, jws FROM audit_checkpoints WHERE sequence > $1 AND sequence <= COALESCE(( \
    SELECT MAX(sequence) FROM (SELECT sequence FROM audit_checkpoints WHERE sequence > $1 ORDER BY sequence LIMIT $2) \
    AS page), 0) ORDER BY sequence, number";
const LAST_STATED: &str =
    "SELECT statement, jws FROM audit_checkpoints ORDER BY sequence DESC, number DESC LIMIT 1";

const SEAL: &str = "INSERT INTO audit_segments (number, previous_sequence, previous_hash, newest_at, sequence, \
    statement, jws, forgotten) VALUES ($1, $2, $3, $4, $5, $6, $7, FALSE)";
const SEALED: &str = "SELECT number, previous_sequence, previous_hash, newest_at, statement, jws, file_sha256, \
    forgotten FROM audit_segments WHERE number > $1 ORDER BY number LIMIT $2";
const LAST_SEALED: &str = "SELECT number, previous_sequence, previous_hash, newest_at, statement, jws, file_sha256, \
    forgotten FROM audit_segments ORDER BY number DESC LIMIT 1";
const NOTE: &str = "UPDATE audit_segments SET file_sha256 = $1 WHERE number = $2 AND file_sha256 IS NULL";
const FORGET: &str =
    "UPDATE audit_segments SET forgotten = TRUE WHERE number = $1 AND file_sha256 IS NOT NULL";
const REMOVE: &str = "DELETE FROM audit_entries \
    WHERE sequence > (SELECT COALESCE(previous_sequence, 0) FROM audit_segments WHERE number = $1) \
    AND sequence <= (SELECT sequence FROM audit_segments WHERE number = $1)";

#[async_trait]
impl ChainStore for Store {
    async fn instance(&self, new: InstanceId) -> Result<InstanceId, Reason> {
        self.write(move |connection| {
            connection.prepare_cached(NAME)?.execute([new.as_str()])?;
            let name: String = connection.query_row(NAMED, [], |row| row.get(0))?;
            InstanceId::new(name).map_err(|_| malformed(INSTANCES))
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn keep_checkpoint(&self, checkpoint: Checkpoint) -> Result<(), Reason> {
        self.write(move |connection| state(connection, &checkpoint))
            .await
            .map_err(Error::into_reason)
    }

    async fn checkpoints(&self, after: u64, limit: u32) -> Result<Vec<Checkpoint>, Reason> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(STATED)?;
            let mut rows = statement.query(params![signed(after, CHECKPOINTS)?, limit])?;
            let mut checkpoints = Vec::new();
            while let Some(row) = rows.next()? {
                checkpoints.push(checkpoint(row, 0, CHECKPOINTS)?);
            }
            Ok(checkpoints)
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn last_checkpoint(&self) -> Result<Option<Checkpoint>, Reason> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(LAST_STATED)?;
            let mut rows = statement.query([])?;
            let row = rows.next()?;
            row.map(|row| checkpoint(row, 0, CHECKPOINTS)).transpose()
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn seal(&self, segment: Segment) -> Result<(), Reason> {
        self.write(move |connection| seal(connection, &segment))
            .await
            .map_err(Error::into_reason)
    }

    async fn segments(&self, after: u64, limit: u32) -> Result<Vec<Segment>, Reason> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(SEALED)?;
            let mut rows = statement.query(params![signed(after, SEGMENTS)?, limit])?;
            let mut segments = Vec::new();
            while let Some(row) = rows.next()? {
                segments.push(segment(row)?);
            }
            Ok(segments)
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn last_segment(&self) -> Result<Option<Segment>, Reason> {
        self.read(last_segment).await.map_err(Error::into_reason)
    }

    async fn note_file(&self, number: u64, sha256: String) -> Result<(), Reason> {
        self.write(move |connection| {
            connection
                .prepare_cached(NOTE)?
                .execute(params![sha256, signed(number, SEGMENTS)?])?;
            Ok(())
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn forget(&self, number: u64) -> Result<u64, Reason> {
        self.write(move |connection| {
            let number = signed(number, SEGMENTS)?;
            if connection.prepare_cached(FORGET)?.execute([number])? == 0 {
                return Ok(0);
            }
            let removed = connection.prepare_cached(REMOVE)?.execute([number])?;
            Ok(u64::try_from(removed).unwrap_or(u64::MAX))
        })
        .await
        .map_err(Error::into_reason)
    }
}

/// The end of the last sealed segment.
pub(crate) fn sealed_head(connection: &Connection) -> Result<Option<Head>, Error> {
    Ok(last_segment(connection)?.map(|segment| segment.seal.head()))
}

fn last_segment(connection: &Connection) -> Result<Option<Segment>, Error> {
    let mut statement = connection.prepare_cached(LAST_SEALED)?;
    let mut rows = statement.query([])?;
    let row = rows.next()?;
    row.map(segment).transpose()
}

fn state(connection: &Connection, checkpoint: &Checkpoint) -> Result<(), Error> {
    connection.prepare_cached(STATE)?.execute(params![
        signed(checkpoint.statement.sequence, CHECKPOINTS)?,
        json(&checkpoint.statement, CHECKPOINTS)?,
        checkpoint.jws,
    ])?;
    Ok(())
}

fn seal(connection: &Connection, segment: &Segment) -> Result<(), Error> {
    let before = last_segment(connection)?;
    let follows = segment.number == before.as_ref().map_or(0, |one| one.number) + 1
        && segment.previous == before.map(|one| one.seal.head());
    if !follows {
        return Err(Error::Refused(Reason::Internal));
    }
    state(connection, &segment.seal)?;
    let previous = segment.previous.as_ref();
    let previous_sequence = previous.map(|head| signed(head.sequence, SEGMENTS)).transpose()?;
    connection.prepare_cached(SEAL)?.execute(params![
        signed(segment.number, SEGMENTS)?,
        previous_sequence,
        previous.map(|head| head.hash.as_str()),
        microseconds(segment.newest_at),
        signed(segment.last(), SEGMENTS)?,
        json(&segment.seal.statement, SEGMENTS)?,
        segment.seal.jws,
    ])?;
    Ok(())
}

fn checkpoint(row: &Row<'_>, first: usize, table: &'static str) -> Result<Checkpoint, Error> {
    Ok(Checkpoint {
        statement: from_json(&row.get::<_, String>(first)?, table)?,
        jws: row.get(first + 1)?,
    })
}

fn segment(row: &Row<'_>) -> Result<Segment, Error> {
    let previous = match (row.get::<_, Option<i64>>(1)?, row.get::<_, Option<String>>(2)?) {
        (Some(sequence), Some(hash)) => Some(Head {
            sequence: number(sequence, SEGMENTS)?,
            hash,
        }),
        _ => None,
    };
    Ok(Segment {
        number: number(row.get(0)?, SEGMENTS)?,
        previous,
        newest_at: time(row.get(3)?, SEGMENTS)?,
        seal: checkpoint(row, 4, SEGMENTS)?,
        file_sha256: row.get(6)?,
        forgotten: row.get(7)?,
    })
}
