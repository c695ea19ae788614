//! Readers that staff took out of service.

use async_trait::async_trait;
use madoguchi_core::reader::OutOfService;
use madoguchi_core::{ReaderId, Reason, StaffId};
use madoguchi_reader::ServiceStore;
use rusqlite::{Connection, params};

use crate::value::{malformed, microseconds, time};
use crate::{Error, Store};

const TABLE: &str = "out_of_service";

const PUT: &str = "INSERT INTO out_of_service (reader_id, since, staff_id, note) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (reader_id) DO UPDATE \
                   SET since = excluded.since, staff_id = excluded.staff_id, note = excluded.note";

const DELETE: &str = "DELETE FROM out_of_service WHERE reader_id = $1";

const LIST: &str = "SELECT reader_id, since, staff_id, note FROM out_of_service ORDER BY reader_id";

#[async_trait]
impl ServiceStore for Store {
    async fn take_out(&self, id: &ReaderId, word: OutOfService) -> Result<(), Reason> {
        let id = id.clone();
        self.write(move |connection| {
            connection.prepare_cached(PUT)?.execute(params![
                id.as_str(),
                microseconds(word.since),
                word.staff_id.as_str(),
                word.note
            ])?;
            Ok(())
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn put_back(&self, id: &ReaderId) -> Result<bool, Reason> {
        let id = id.clone();
        self.write(move |connection| Ok(connection.prepare_cached(DELETE)?.execute([id.as_str()])? > 0))
            .await
            .map_err(Error::into_reason)
    }

    async fn out_of_service(&self) -> Result<Vec<(ReaderId, OutOfService)>, Reason> {
        self.read(list).await.map_err(Error::into_reason)
    }
}

fn list(connection: &Connection) -> Result<Vec<(ReaderId, OutOfService)>, Error> {
    let mut statement = connection.prepare_cached(LIST)?;
    let rows = statement.query_map([], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, i64>(1)?,
            row.get::<_, String>(2)?,
            row.get::<_, String>(3)?,
        ))
    })?;
    rows.map(|row| {
        let (id, since, staff_id, note) = row?;
        let word = OutOfService {
            since: time(since, TABLE)?,
            staff_id: StaffId::new(staff_id).map_err(|_| malformed(TABLE))?,
            note,
        };
        Ok((ReaderId::new(id).map_err(|_| malformed(TABLE))?, word))
    })
    .collect()
}
