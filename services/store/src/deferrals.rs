//! Eligibility checks that were put off.

use async_trait::async_trait;
use madoguchi_core::audit::Event;
use madoguchi_core::deferral::{Deferral, Proof, State};
use madoguchi_core::{CheckInId, CounterId, DeferralId, Reason};
use madoguchi_deferral::{CheckEvent, DeferralStore, Query, Settlement};
use rusqlite::{Connection, Row, ToSql, params};
use time::OffsetDateTime;

use crate::outbox::{self, Audit};
use crate::value::{from_json, json, malformed, microseconds, name, named, time};
use crate::{Error, Store, checks};

const TABLE: &str = "deferrals";

const INSERT: &str = "INSERT INTO deferrals (id, check_in_id, counter_id, medium, method, certificate, because, state, \
    verified_at, queued_at, attempt_count, proof) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

const COUNT_OPEN: &str = "SELECT COUNT(*) FROM deferrals WHERE state = 'open'";

const SELECT: &str = "SELECT id, check_in_id, counter_id, medium, method, certificate, because, state, verified_at, \
    queued_at, attempt_count, last_reason, settled_at, answer, proof FROM deferrals";

const BY_ID: &str = "WHERE id = $1";
const BY_CHECK_IN: &str = "WHERE check_in_id = $1";
const NEXT: &str = "WHERE state = 'open' ORDER BY attempt_count, id LIMIT $1";
const AFTER: &str = "WHERE id > $1 ORDER BY id LIMIT $2";
const AFTER_IN_STATE: &str = "WHERE id > $1 AND state = $2 ORDER BY id LIMIT $3";
const QUEUED: &str = "WHERE queued_at >= $1 AND queued_at < $2 ORDER BY id";

const ATTEMPTED: &str = "UPDATE deferrals SET attempt_count = attempt_count + 1, last_reason = $1 \
    WHERE id = $2 AND state = 'open'";

const SETTLE: &str = "UPDATE deferrals SET state = $1, settled_at = $2, last_reason = $3, answer = $4, \
    attempt_count = attempt_count + $5, proof = NULL WHERE id = $6 AND state = 'open'";

const FORGET: &str = "UPDATE deferrals SET answer = NULL WHERE answer IS NOT NULL AND settled_at < $1";

#[async_trait]
impl DeferralStore for Store {
    async fn put(
        &self,
        deferral: Deferral,
        proof: Proof,
        max_open: u32,
        told: Event,
    ) -> Result<Deferral, Reason> {
        let audit = self.audit();
        self.write(move |connection| {
            if let Some(earlier) = one(connection, BY_CHECK_IN, deferral.check_in_id.as_str())? {
                return Ok(earlier);
            }
            put(connection, &deferral, &proof, max_open)?;
            audit.tell(connection, deferral.queued_at, told)?;
            Ok(deferral)
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn next(&self, limit: u32) -> Result<Vec<(Deferral, Proof)>, Reason> {
        let found = self
            .read(move |connection| select(connection, NEXT, &[&limit]))
            .await;
        let rows = found.map_err(Error::into_reason)?.into_iter();
        Ok(rows
            .filter_map(|(deferral, proof)| Some((deferral, proof?)))
            .collect())
    }

    async fn attempted(&self, id: &DeferralId, reason: Reason) -> Result<(), Reason> {
        let id = id.clone();
        self.write(move |connection| {
            let mut statement = connection.prepare_cached(ATTEMPTED)?;
            statement.execute(params![reason.code(), id.as_str()])?;
            Ok(())
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn settle(
        &self,
        id: &DeferralId,
        settlement: Settlement,
    ) -> Result<Option<(Deferral, bool)>, Reason> {
        let (audit, id) = (self.audit(), id.clone());
        let settled = self
            .write(move |connection| settle(connection, audit, &id, settlement))
            .await
            .map_err(Error::into_reason)?;
        // The proof that was deleted lies in the journal until that is emptied.
        self.journal().remembers();
        Ok(settled)
    }

    async fn get(&self, id: &DeferralId) -> Result<Option<Deferral>, Reason> {
        let id = id.clone();
        self.read(move |connection| one(connection, BY_ID, id.as_str()))
            .await
            .map_err(Error::into_reason)
    }

    async fn of_check_in(&self, id: &CheckInId) -> Result<Option<Deferral>, Reason> {
        let id = id.clone();
        self.read(move |connection| one(connection, BY_CHECK_IN, id.as_str()))
            .await
            .map_err(Error::into_reason)
    }

    async fn list(&self, query: Query) -> Result<Vec<Deferral>, Reason> {
        let found = self.read(move |connection| {
            // Every id comes after nothing.
            let after = query.after.as_ref().map_or("", DeferralId::as_str);
            match query.state {
                Some(state) => select(
                    connection,
                    AFTER_IN_STATE,
                    &[&after, &state.as_str(), &query.limit],
                ),
                None => select(connection, AFTER, &[&after, &query.limit]),
            }
        });
        found.await.map(deferrals).map_err(Error::into_reason)
    }

    async fn queued_between(
        &self,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<Vec<Deferral>, Reason> {
        let found = self
            .read(move |connection| select(connection, QUEUED, &[&microseconds(from), &microseconds(to)]))
            .await
            .map_err(Error::into_reason)?;
        Ok(deferrals(found)
            .into_iter()
            .map(|deferral| Deferral {
                answer: None,
                ..deferral
            })
            .collect())
    }

    async fn untold(&self) -> Result<Vec<CheckEvent>, Reason> {
        self.read(outbox::untold).await.map_err(Error::into_reason)
    }

    async fn forget_answers(&self, settled_before: OffsetDateTime) -> Result<(), Reason> {
        let forgotten = self
            .write(move |connection| {
                Ok(connection
                    .prepare_cached(FORGET)?
                    .execute([microseconds(settled_before)])?)
            })
            .await
            .map_err(Error::into_reason)?;
        if forgotten > 0 {
            self.journal().remembers();
        }
        Ok(())
    }
}

fn put(connection: &Connection, deferral: &Deferral, proof: &Proof, max_open: u32) -> Result<(), Error> {
    let open: i64 = connection
        .prepare_cached(COUNT_OPEN)?
        .query_row([], |row| row.get(0))?;
    if open >= i64::from(max_open) {
        return Err(Error::Refused(Reason::Overloaded));
    }
    connection.prepare_cached(INSERT)?.execute(params![
        deferral.id.as_str(),
        deferral.check_in_id.as_str(),
        deferral.counter_id.as_str(),
        name(&deferral.medium, TABLE)?,
        name(&deferral.method, TABLE)?,
        name(&deferral.certificate, TABLE)?,
        deferral.because.code(),
        deferral.state.as_str(),
        microseconds(deferral.verified_at),
        microseconds(deferral.queued_at),
        deferral.attempt_count,
        json(proof, TABLE)?,
    ])?;
    Ok(())
}

fn settle(
    connection: &Connection,
    audit: Audit,
    id: &DeferralId,
    settlement: Settlement,
) -> Result<Option<(Deferral, bool)>, Error> {
    let answer = settlement
        .answer
        .as_ref()
        .map(|answer| json(answer, TABLE))
        .transpose()?;
    let changed = connection.prepare_cached(SETTLE)?.execute(params![
        settlement.state.as_str(),
        microseconds(settlement.at),
        settlement.reason.map(Reason::code),
        answer,
        u32::from(settlement.state != State::Abandoned),
        id.as_str(),
    ])?;
    if changed == 1 {
        audit.tell(connection, settlement.at, settlement.told)?;
        if let Some(check) = &settlement.check {
            checks::keep(connection, check)?;
        }
    }
    let deferral = one(connection, BY_ID, id.as_str())?;
    Ok(deferral.map(|deferral| (deferral, changed == 1)))
}

fn one(connection: &Connection, by: &str, key: &str) -> Result<Option<Deferral>, Error> {
    Ok(deferrals(select(connection, by, &[&key])?).pop())
}

fn deferrals(found: Vec<(Deferral, Option<Proof>)>) -> Vec<Deferral> {
    found.into_iter().map(|(deferral, _)| deferral).collect()
}

fn select(
    connection: &Connection,
    by: &str,
    keys: &[&dyn ToSql],
) -> Result<Vec<(Deferral, Option<Proof>)>, Error> {
    let mut statement = connection.prepare_cached(&format!("{SELECT} {by}"))?;
    let mut rows = statement.query(keys)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(deferral(row)?);
    }
    Ok(found)
}

fn deferral(row: &Row<'_>) -> Result<(Deferral, Option<Proof>), Error> {
    let text = |index: usize| row.get::<_, String>(index);
    let maybe = |index: usize| row.get::<_, Option<String>>(index);
    let reason = |code: String| code.parse::<Reason>().map_err(|_| malformed(TABLE));
    let deferral = Deferral {
        id: DeferralId::new(text(0)?).map_err(|_| malformed(TABLE))?,
        check_in_id: CheckInId::new(text(1)?).map_err(|_| malformed(TABLE))?,
        counter_id: CounterId::new(text(2)?).map_err(|_| malformed(TABLE))?,
        medium: named(&text(3)?, TABLE)?,
        method: named(&text(4)?, TABLE)?,
        certificate: named(&text(5)?, TABLE)?,
        because: reason(text(6)?)?,
        state: State::from_name(&text(7)?).ok_or_else(|| malformed(TABLE))?,
        verified_at: time(row.get(8)?, TABLE)?,
        queued_at: time(row.get(9)?, TABLE)?,
        attempt_count: row.get(10)?,
        last_reason: maybe(11)?.map(reason).transpose()?,
        settled_at: row
            .get::<_, Option<i64>>(12)?
            .map(|at| time(at, TABLE))
            .transpose()?,
        answer: maybe(13)?.map(|answer| from_json(&answer, TABLE)).transpose()?,
    };
    let proof = maybe(14)?.map(|proof| from_json(&proof, TABLE)).transpose()?;
    Ok((deferral, proof))
}
