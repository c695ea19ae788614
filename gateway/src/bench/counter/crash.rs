//! A driver's process is killed: how soon its reader serves again.

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::stand::Stand;
use crate::bench::Error;

/// Kills it so often. The first time does not count: it warms the page cache up.
pub(super) async fn measure(stand: &Stand, crashes: u32) -> Result<Vec<Duration>, Error> {
    let mut took = Vec::new();
    for crash in 0..=crashes {
        let process_id = stand.driver_process().await?;
        let id = i32::try_from(process_id).ok().and_then(Pid::from_raw);
        let id = id.ok_or(Error::Ended("the driver"))?;
        let began = Instant::now();
        kill_process(id, Signal::KILL).map_err(std::io::Error::from)?;
        stand.reader_of_another_process(process_id).await?;
        if crash > 0 {
            took.push(began.elapsed());
        }
    }
    Ok(took)
}
