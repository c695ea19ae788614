//! How often cards' PINs may still be tried.

use async_trait::async_trait;
use madoguchi_core::{CardKey, Reason};
use madoguchi_pin::{Account, AccountStore, Change, Outcome, Pin};
use rusqlite::{Connection, params};
use time::OffsetDateTime;

use crate::value::{malformed, microseconds, number, optional, signed};
use crate::{Error, Store};

const TABLE: &str = "pin_accounts";

const GET: &str = "SELECT tries, generation FROM pin_accounts WHERE card = $1";

const PUT: &str = "INSERT INTO pin_accounts (card, tries, generation, seen_at) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (card) DO UPDATE \
                   SET tries = excluded.tries, generation = excluded.generation, seen_at = excluded.seen_at";

const FORGET: &str = "DELETE FROM pin_accounts WHERE seen_at < $1";

#[async_trait]
impl AccountStore for Store {
    async fn change(&self, card: &CardKey, change: Change, now: OffsetDateTime) -> Result<Outcome, Reason> {
        let card = card.clone();
        // One job of the writing connection is one step: nobody else reads or writes between its statements.
        self.write(move |connection| {
            let (after, outcome) = Account::after(get(connection, &card)?, change);
            put(connection, &card, after, now)?;
            Ok(outcome)
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn account(&self, card: &CardKey) -> Result<Option<Account>, Reason> {
        let card = card.clone();
        self.read(move |connection| get(connection, &card))
            .await
            .map_err(Error::into_reason)
    }

    async fn forget_unseen_since(&self, since: OffsetDateTime) -> Result<u64, Reason> {
        let since = microseconds(since);
        self.write(move |connection| {
            let forgotten = connection.prepare_cached(FORGET)?.execute([since])?;
            Ok(u64::try_from(forgotten).unwrap_or(u64::MAX))
        })
        .await
        .map_err(Error::into_reason)
    }
}

fn get(connection: &Connection, card: &CardKey) -> Result<Option<Account>, Error> {
    let mut statement = connection.prepare_cached(GET)?;
    let row = optional(statement.query_row([card.as_str()], |row| {
        Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, i64>(1)?))
    }))?;
    let Some((tries, generation)) = row else {
        return Ok(None);
    };
    let pin = match tries {
        None => Pin::NotSet,
        Some(tries) => Pin::Tries(u8::try_from(tries).map_err(|_| malformed(TABLE))?),
    };
    Ok(Some(Account {
        pin,
        generation: number(generation, TABLE)?,
    }))
}

fn put(connection: &Connection, card: &CardKey, account: Account, now: OffsetDateTime) -> Result<(), Error> {
    let tries = match account.pin {
        Pin::NotSet => None,
        Pin::Tries(tries) => Some(i64::from(tries)),
    };
    connection.prepare_cached(PUT)?.execute(params![
        card.as_str(),
        tries,
        signed(account.generation, TABLE)?,
        microseconds(now)
    ])?;
    Ok(())
}
