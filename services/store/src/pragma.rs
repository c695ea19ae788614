//! What only SQLite has: its file, its lock and its pragmas.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::Error;

/// How long to wait for another program, a backup say, that holds the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait for somebody who reads the journal that is to be emptied.
const JOURNAL_TIMEOUT: Duration = Duration::from_millis(200);

/// Makes the file, for its owner only, where there is none; SQLite gives its journal the same mode.
pub(crate) fn create(path: &Path) -> Result<(), Error> {
    open_private(path)
        .map(|_| ())
        .map_err(|source| unopenable(path, source))
}

/// Holds the database for this process; the lock ends with the file handle, however the process ends.
pub(crate) fn lock(path: &Path) -> Result<File, Error> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let lock = PathBuf::from(name);
    let file = open_private(&lock).map_err(|source| unopenable(&lock, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse {
            path: path.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(unopenable(&lock, source)),
    }
}

fn unopenable(path: &Path, source: std::io::Error) -> Error {
    Error::Unopenable {
        path: path.to_owned(),
        source: Arc::new(source),
    }
}

fn open_private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The connection that writes.
pub(crate) fn writer(path: &Path) -> Result<Connection, Error> {
    let connection = open(path)?;
    // WAL and FULL together: a commit is on disk when it returns.
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        tracing::warn!(
            mode,
            "the file system gives the database no write-ahead log; it stays durable, but slower"
        );
    }
    connection
        .execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;")?;
    Ok(connection)
}

/// A connection that reads.
pub(crate) fn reader(path: &Path) -> Result<Connection, Error> {
    let connection = open(path)?;
    connection.execute_batch("PRAGMA query_only = ON;")?;
    Ok(connection)
}

fn open(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// The version of the schema in the file.
pub(crate) fn version(connection: &Connection) -> Result<i64, Error> {
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// Writes the version; part of the transaction around it.
pub(crate) fn set_version(connection: &Connection, version: i64) -> Result<(), Error> {
    Ok(connection.execute_batch(&format!("PRAGMA user_version = {version};"))?)
}

/// Brings the journal into the file and empties it: a copy of the one file is whole then, and what was deleted is in
/// neither. False where somebody still reads the journal: nobody who writes is kept waiting for that.
pub(crate) fn empty_journal(connection: &Connection) -> Result<bool, Error> {
    connection.busy_timeout(JOURNAL_TIMEOUT)?;
    let emptied = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
        Ok(row.get::<_, i64>(0)? == 0)
    });
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(emptied?)
}
