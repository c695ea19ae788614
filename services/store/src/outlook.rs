//! The expiry outlook.

use async_trait::async_trait;
use madoguchi_core::outlook::{ExpiringDay, Outlook, Sighting, Window};
use madoguchi_core::{CardKey, Reason};
use rusqlite::{Connection, Row, params};
use time::Date;

use crate::value::{day, from_json, json, malformed, number, read_day};
use crate::{Error, Store};

const TABLE: &str = "expiry_outlook";

const PUT: &str = "INSERT INTO expiry_outlook (card_key, medium, not_after, good_until, seen_on) \
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (card_key) DO UPDATE SET medium = excluded.medium, \
    not_after = excluded.not_after, good_until = excluded.good_until, \
    seen_on = CASE WHEN excluded.seen_on > expiry_outlook.seen_on THEN excluded.seen_on \
                   ELSE expiry_outlook.seen_on END";

// A day of its validity or, once that has passed, the last day of its grace: as `Sighting::ends_on`.
const DAYS: &str = "SELECT ends_on, COUNT(*) FROM \
    (SELECT CASE WHEN not_after >= $1 THEN not_after ELSE good_until END AS ends_on FROM expiry_outlook) AS o \
    WHERE ends_on BETWEEN $2 AND $3 GROUP BY ends_on ORDER BY ends_on";

// The empty key stands before every other.
const PART: &str = "SELECT card_key, medium, not_after, good_until, seen_on FROM \
    (SELECT expiry_outlook.*, CASE WHEN not_after >= $1 THEN not_after ELSE good_until END AS ends_on \
     FROM expiry_outlook) AS o \
    WHERE ends_on BETWEEN $2 AND $3 AND (ends_on > $4 OR (ends_on = $4 AND card_key > $5)) \
    ORDER BY ends_on, card_key LIMIT $6";

const FORGET: &str = "DELETE FROM expiry_outlook WHERE good_until < $1";

#[async_trait]
impl Outlook for Store {
    async fn record(&self, sighting: Sighting) -> Result<(), Reason> {
        self.write(move |connection| {
            connection.prepare_cached(PUT)?.execute(params![
                sighting.card_key.as_str(),
                json(&sighting.medium, TABLE)?,
                day(sighting.not_after),
                day(sighting.good_until),
                day(sighting.seen_on),
            ])?;
            Ok(())
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn days(&self, window: &Window) -> Result<Vec<ExpiringDay>, Reason> {
        let window = [window.today, window.from, window.to].map(day);
        self.read(move |connection| days(connection, window))
            .await
            .map_err(Error::into_reason)
    }

    async fn expiring(&self, window: &Window) -> Result<Vec<Sighting>, Reason> {
        let window = window.clone();
        self.read(move |connection| part(connection, &window))
            .await
            .map_err(Error::into_reason)
    }

    async fn forget_before(&self, before: Date) -> Result<u64, Reason> {
        let before = day(before);
        self.write(move |connection| {
            let forgotten = connection.prepare_cached(FORGET)?.execute([before])?;
            u64::try_from(forgotten).map_err(|_| malformed(TABLE))
        })
        .await
        .map_err(Error::into_reason)
    }
}

fn days(connection: &Connection, window: [String; 3]) -> Result<Vec<ExpiringDay>, Error> {
    let mut statement = connection.prepare_cached(DAYS)?;
    let mut rows = statement.query(window)?;
    let mut days = Vec::new();
    while let Some(row) = rows.next()? {
        days.push(ExpiringDay {
            date: read_day(&row.get::<_, String>(0)?, TABLE)?,
            count: number(row.get(1)?, TABLE)?,
        });
    }
    Ok(days)
}

fn part(connection: &Connection, window: &Window) -> Result<Vec<Sighting>, Error> {
    let (after_day, after_key) = match &window.after {
        Some((after, key)) => (day(*after), key.as_str()),
        None => (day(window.from), ""),
    };
    let mut statement = connection.prepare_cached(PART)?;
    let mut rows = statement.query(params![
        day(window.today),
        day(window.from),
        day(window.to),
        after_day,
        after_key,
        window.limit
    ])?;
    let mut part = Vec::new();
    while let Some(row) = rows.next()? {
        part.push(sighting(row)?);
    }
    Ok(part)
}

fn sighting(row: &Row<'_>) -> Result<Sighting, Error> {
    let text = |index: usize| row.get::<_, String>(index);
    Ok(Sighting {
        card_key: CardKey::new(text(0)?).map_err(|_| malformed(TABLE))?,
        medium: from_json(&text(1)?, TABLE)?,
        not_after: read_day(&text(2)?, TABLE)?,
        good_until: read_day(&text(3)?, TABLE)?,
        seen_on: read_day(&text(4)?, TABLE)?,
    })
}
