//! A thread that reads, on a connection of its own.

use rusqlite::Connection;
use tokio::sync::mpsc;

use crate::job::Job;

/// Reads until the last handle of the store is gone.
pub(crate) fn run(connection: &Connection, mut jobs: mpsc::Receiver<Box<dyn Job>>) {
    while let Some(mut job) = jobs.blocking_recv() {
        job.run(connection);
        job.answer(Ok(()));
    }
}
