//! Cards registered with the eligibility stand-in.

use async_trait::async_trait;
use madoguchi_core::Reason;
use madoguchi_eligibility::RegistrationStore;
use rusqlite::params;
use time::OffsetDateTime;

use crate::value::{microseconds, optional};
use crate::{Error, Store};

const INSERT: &str = "INSERT INTO registrations (spki_sha256, registered_at) VALUES ($1, $2) \
                      ON CONFLICT (spki_sha256) DO NOTHING";

const FIND: &str = "SELECT registered_at FROM registrations WHERE spki_sha256 = $1";

#[async_trait]
impl RegistrationStore for Store {
    async fn register(&self, spki_sha256: &str, at: OffsetDateTime) -> Result<(), Reason> {
        let key = spki_sha256.to_owned();
        self.write(move |connection| {
            connection
                .prepare_cached(INSERT)?
                .execute(params![key, microseconds(at)])?;
            Ok(())
        })
        .await
        .map_err(Error::into_reason)
    }

    async fn is_registered(&self, spki_sha256: &str) -> Result<bool, Reason> {
        let key = spki_sha256.to_owned();
        self.read(move |connection| {
            let found = connection
                .prepare_cached(FIND)?
                .query_row([key], |row| row.get::<_, i64>(0));
            Ok(optional(found)?.is_some())
        })
        .await
        .map_err(Error::into_reason)
    }
}
