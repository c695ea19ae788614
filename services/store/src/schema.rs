//! Brings a database to the schema of this program, one numbered file after the other.

use rusqlite::{Connection, TransactionBehavior};

use crate::{Error, pragma};

/// Version n is the n-th file.
const MIGRATIONS: [&str; 13] = [
    include_str!("../schema/0001_initial.sql"),
    include_str!("../schema/0002_heartbeat.sql"),
    include_str!("../schema/0003_registrations.sql"),
    include_str!("../schema/0004_out_of_service.sql"),
    include_str!("../schema/0005_deferrals.sql"),
    include_str!("../schema/0006_evidence.sql"),
    include_str!("../schema/0007_consent.sql"),
    include_str!("../schema/0008_audit.sql"),
    include_str!("../schema/0009_usage.sql"),
    include_str!("../schema/0010_pin_budget_and_cases.sql"),
    include_str!("../schema/0011_expiry_outlook.sql"),
    include_str!("../schema/0012_eligibility.sql"),
    include_str!("../schema/0013_told_once.sql"),
];

/// Runs what the database has not seen yet. A database of a newer program is refused and not touched.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), Error> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let found = pragma::version(connection)?;
    if found > known {
        return Err(Error::Newer { found, known });
    }
    for (version, migration) in (1..).zip(MIGRATIONS).filter(|(version, _)| *version > found) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(migration)?;
        pragma::set_version(&transaction, version)?;
        transaction.commit()?;
        tracing::info!(version, "the database has a new schema");
    }
    Ok(())
}
