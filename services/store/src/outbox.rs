//! Events that are kept with what they tell of, in one transaction: in the audit chain itself where that is in this database,
//! and else in an outbox, from which they are carried there.

use async_trait::async_trait;
use madoguchi_audit::{Outbox, Told};
use madoguchi_core::audit::Event;
use madoguchi_core::{EventId, Reason};
use madoguchi_deferral::CheckEvent;
use rusqlite::{Connection, params};
use time::OffsetDateTime;

use crate::value::{from_json, json, malformed, microseconds, time};
use crate::{Error, Store, entries};

const TABLE: &str = "audit_outbox";

const PUT: &str = "INSERT INTO audit_outbox (number, recorded_at, event, told) \
    VALUES ((SELECT COALESCE(MAX(number), 0) + 1 FROM audit_outbox), $1, $2, $3)";

const NEXT: &str = "SELECT number, recorded_at, event, told FROM audit_outbox ORDER BY number LIMIT 1";

const DEFERRALS: &str =
    "SELECT event, told FROM audit_outbox WHERE event LIKE '%\"deferral_id\":\"%' ORDER BY number";

const REMOVE: &str = "DELETE FROM audit_outbox WHERE number = $1";

/// Where the audit chain is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audit {
    /// In this database.
    Here,
    /// In another.
    Elsewhere,
}

impl Audit {
    /// Keeps an event, as part of the transaction that is under way.
    pub(crate) fn tell(self, connection: &Connection, at: OffsetDateTime, event: Event) -> Result<(), Error> {
        match self {
            Self::Here => entries::append(connection, at, event, None).map(drop),
            Self::Elsewhere => {
                let mut statement = connection.prepare_cached(PUT)?;
                let id = EventId::generate();
                statement.execute(params![microseconds(at), json(&event, TABLE)?, id.as_str()])?;
                Ok(())
            }
        }
    }
}

#[async_trait]
impl Outbox for Store {
    async fn next(&self) -> Result<Option<(u64, Told)>, Reason> {
        self.read(next).await.map_err(Error::into_reason)
    }

    async fn remove(&self, number: u64) -> Result<(), Reason> {
        self.write(move |connection| {
            let number = crate::value::signed(number, TABLE)?;
            connection.prepare_cached(REMOVE)?.execute([number])?;
            Ok(())
        })
        .await
        .map_err(Error::into_reason)
    }
}

fn next(connection: &Connection) -> Result<Option<(u64, Told)>, Error> {
    let mut statement = connection.prepare_cached(NEXT)?;
    let mut rows = statement.query([])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let number = crate::value::number(row.get(0)?, TABLE)?;
    let told = Told {
        id: EventId::new(row.get::<_, String>(3)?).map_err(|_| malformed(TABLE))?,
        at: time(row.get(1)?, TABLE)?,
        event: from_json(&row.get::<_, String>(2)?, TABLE)?,
    };
    Ok(Some((number, told)))
}

/// What waits of what auditors are to be told of checks.
pub(crate) fn untold(connection: &Connection) -> Result<Vec<CheckEvent>, Error> {
    entries::check_events(connection.prepare_cached(DEFERRALS)?.query([])?, TABLE)
}
