//! Eligibility checks, for the usage report.

use async_trait::async_trait;
use madoguchi_core::clock::parse_day;
use madoguchi_core::{CounterId, Medium, Method, Reason};
use madoguchi_usage::{Check, CheckStore, Count, Kept, Kind};
use rusqlite::{Connection, Row, params};
use time::Date;

use crate::value::{malformed, number};
use crate::{Error, Store};

const TABLE: &str = "usage_checks";

const INSERT: &str = "INSERT INTO usage_checks (key, day, counter_id, kind, medium, method) \
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (key) DO NOTHING";

const FIND: &str = "SELECT day, counter_id, kind, medium, method, 1 FROM usage_checks WHERE key = $1";

const COUNT: &str = "SELECT day, counter_id, kind, medium, method, COUNT(*) FROM usage_checks \
    WHERE day >= $1 AND day <= $2 GROUP BY day, counter_id, kind, medium, method";

#[async_trait]
impl CheckStore for Store {
    async fn keep(&self, check: Check) -> Result<Kept, Reason> {
        self.write(move |connection| keep(connection, &check))
            .await
            .map_err(Error::into_reason)
    }

    async fn counts(&self, from: Date, to: Date) -> Result<Vec<Count>, Reason> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(COUNT)?;
            let mut rows = statement.query(params![from.to_string(), to.to_string()])?;
            let mut counts = Vec::new();
            while let Some(row) = rows.next()? {
                counts.push(count(row)?);
            }
            Ok(counts)
        })
        .await
        .map_err(Error::into_reason)
    }
}

pub(crate) fn keep(connection: &Connection, check: &Check) -> Result<Kept, Error> {
    let inserted = connection.prepare_cached(INSERT)?.execute(params![
        check.key.as_str(),
        check.day.to_string(),
        check.counter_id.as_ref().map(CounterId::as_str),
        check.kind.as_str(),
        check.medium.map(Medium::as_str),
        check.method.map(Method::as_str),
    ])?;
    if inserted == 1 {
        return Ok(Kept::New);
    }
    let mut statement = connection.prepare_cached(FIND)?;
    let mut rows = statement.query([check.key.as_str()])?;
    let known = rows.next()?.map(count).transpose()?.ok_or(malformed(TABLE))?;
    let same = Count {
        day: check.day,
        counter_id: check.counter_id.clone(),
        kind: check.kind,
        medium: check.medium,
        method: check.method,
        count: 1,
    };
    Ok(if known == same { Kept::Known } else { Kept::Other })
}

fn count(row: &Row<'_>) -> Result<Count, Error> {
    let wrong = || malformed(TABLE);
    let text = |index| row.get::<_, Option<String>>(index);
    let medium = text(3)?.map(|name| named(&Medium::ALL, Medium::as_str, &name));
    let method = text(4)?.map(|name| named(&Method::ALL, Method::as_str, &name));
    let counter = text(1)?.map(CounterId::new).transpose();
    Ok(Count {
        day: parse_day(&row.get::<_, String>(0)?).map_err(|_| wrong())?,
        counter_id: counter.map_err(|_| wrong())?,
        kind: Kind::from_name(&row.get::<_, String>(2)?).ok_or_else(wrong)?,
        medium: medium.transpose()?,
        method: method.transpose()?,
        count: number(row.get(5)?, TABLE)?,
    })
}

fn named<T: Copy>(all: &[T], name_of: impl Fn(T) -> &'static str, name: &str) -> Result<T, Error> {
    let found = all.iter().copied().find(|one| name_of(*one) == name);
    found.ok_or(malformed(TABLE))
}
