//! What happened to receipts, in order.

use madoguchi_core::ReceiptId;
use madoguchi_core::consent::{Happened, Happening, Item};
use rusqlite::{Connection, params};
use time::OffsetDateTime;

use crate::Error;
use crate::value::{malformed, microseconds, number, signed, time};

const TABLE: &str = "consent_happenings";

const INSERT: &str = "INSERT INTO consent_happenings (sequence, receipt_id, kind, item, at) \
                      SELECT coalesce(max(sequence), 0) + 1, $1, $2, $3, $4 FROM consent_happenings WHERE true \
                      ON CONFLICT (receipt_id, kind, item) DO NOTHING";

const LAST: &str = "SELECT coalesce(max(sequence), 0) FROM consent_happenings";

const AFTER: &str = "SELECT sequence, receipt_id, kind, item, at FROM consent_happenings \
                     WHERE sequence > $1 ORDER BY sequence LIMIT $2";

/// Appends what happened, in the transaction that made it so; nothing where it happened before.
pub(super) fn append(
    connection: &Connection,
    receipt_id: &ReceiptId,
    happened: Happened,
    at: OffsetDateTime,
) -> Result<Option<Happening>, Error> {
    let (kind, item) = match happened {
        Happened::Recorded => ("recorded", ""),
        Happened::Confirmed => ("confirmed", ""),
        Happened::Withdrawn => ("withdrawn", ""),
        Happened::Expired(item) => ("expired", item.as_str()),
    };
    let values = params![receipt_id.as_str(), kind, item, microseconds(at)];
    if connection.prepare_cached(INSERT)?.execute(values)? == 0 {
        return Ok(None);
    }
    Ok(Some(Happening {
        sequence: last(connection)?,
        receipt_id: receipt_id.clone(),
        happened,
        at,
    }))
}

pub(super) fn last(connection: &Connection) -> Result<u64, Error> {
    let last = connection.prepare_cached(LAST)?.query_row([], |row| row.get(0))?;
    number(last, TABLE)
}

pub(super) fn after(connection: &Connection, after: u64, limit: u32) -> Result<Vec<Happening>, Error> {
    let mut statement = connection.prepare_cached(AFTER)?;
    let mut rows = statement.query(params![signed(after, TABLE)?, limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, kind, item): (String, String, String) = (row.get(1)?, row.get(2)?, row.get(3)?);
        let happened = match kind.as_str() {
            "recorded" => Happened::Recorded,
            "confirmed" => Happened::Confirmed,
            "withdrawn" => Happened::Withdrawn,
            "expired" => Happened::Expired(Item::from_name(&item).ok_or_else(|| malformed(TABLE))?),
            _ => return Err(malformed(TABLE)),
        };
        found.push(Happening {
            sequence: number(row.get(0)?, TABLE)?,
            receipt_id: ReceiptId::new(id).map_err(|_| malformed(TABLE))?,
            happened,
            at: time(row.get(4)?, TABLE)?,
        });
    }
    Ok(found)
}
