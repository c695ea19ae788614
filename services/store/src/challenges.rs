//! Open challenges of the eligibility stand-in.

use async_trait::async_trait;
use madoguchi_core::eligibility::Challenge;
use madoguchi_core::{ChallengeId, Reason};
use madoguchi_eligibility::ChallengeStore;
use rusqlite::{Connection, params};
use time::OffsetDateTime;

use crate::value::{malformed, microseconds, optional, time};
use crate::{Error, Store};

const TABLE: &str = "challenges";

const PURGE: &str = "DELETE FROM challenges WHERE expires_at <= $1";

const COUNT: &str = "SELECT COUNT(*) FROM challenges";

const INSERT: &str = "INSERT INTO challenges (id, bytes, expires_at) VALUES ($1, $2, $3)";

const TAKE: &str = "DELETE FROM challenges WHERE id = $1 RETURNING bytes, expires_at";

#[async_trait]
impl ChallengeStore for Store {
    async fn put(&self, challenge: Challenge, now: OffsetDateTime, max_open: u32) -> Result<(), Reason> {
        let put = self
            .write(move |connection| put(connection, &challenge, now, max_open))
            .await;
        // Refused only after the purge of the expired is on disk.
        match put.map_err(Error::into_reason)? {
            true => Ok(()),
            false => Err(Reason::Overloaded),
        }
    }

    async fn take(&self, id: &ChallengeId) -> Result<Option<Challenge>, Reason> {
        let id = id.clone();
        self.write(move |connection| take(connection, id))
            .await
            .map_err(Error::into_reason)
    }
}

fn put(
    connection: &Connection,
    challenge: &Challenge,
    now: OffsetDateTime,
    max_open: u32,
) -> Result<bool, Error> {
    connection.prepare_cached(PURGE)?.execute([microseconds(now)])?;
    let open: i64 = connection
        .prepare_cached(COUNT)?
        .query_row([], |row| row.get(0))?;
    if open >= i64::from(max_open) {
        return Ok(false);
    }
    connection.prepare_cached(INSERT)?.execute(params![
        challenge.id.as_str(),
        hex::encode(&challenge.bytes),
        microseconds(challenge.expires_at),
    ])?;
    Ok(true)
}

fn take(connection: &Connection, id: ChallengeId) -> Result<Option<Challenge>, Error> {
    let taken = connection.prepare_cached(TAKE)?.query_row([id.as_str()], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
    });
    let Some((bytes, expires_at)) = optional(taken)? else {
        return Ok(None);
    };
    let bytes = hex::decode(bytes).map_err(|_| malformed(TABLE))?;
    Ok(Some(Challenge {
        id,
        bytes,
        expires_at: time(expires_at, TABLE)?,
    }))
}
