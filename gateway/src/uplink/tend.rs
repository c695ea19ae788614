//! Looks after one uplink: dials, serves, and dials again.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use madoguchi_audit::Log;
use madoguchi_core::Clock;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use super::dial::Dialler;
use super::error::Error;
use super::line::Line;
use super::pace::{Pace, draw};
use super::status::Status;
use crate::config::{Limits, Uplink};
use crate::server::{self, Pings};

/// Looks after one uplink.
pub(super) struct Tender {
    pub(super) dialler: Dialler,
    pub(super) options: Uplink,
    pub(super) status: watch::Sender<Status>,
    pub(super) clock: Arc<dyn Clock>,
}

type Lines = mpsc::Sender<io::Result<Line>>;

impl Tender {
    /// Until it is told to stop and the line has ended.
    pub(super) async fn run(self, routes: Routes, log: Log, limits: Limits, stop: CancellationToken) {
        let pings = Pings {
            interval_seconds: self.options.keepalive_interval_seconds,
            timeout_seconds: self.options.keepalive_timeout_seconds,
        };
        let (lines, incoming) = mpsc::channel(1);
        let serving = server::serve(routes, log, &limits, pings, incoming, stop.clone());
        let tending = self.tend(lines, &stop);
        // Whichever ends first, it is because of the token; the lines are drained by the one that serves.
        let (served, ()) = tokio::join!(serving, tending);
        if let Err(error) = served {
            tracing::error!(uplink = self.options.name, %error, "an uplink is not served any more");
        }
        self.status.send_modify(Status::is_stopped);
    }

    async fn tend(&self, lines: Lines, stop: &CancellationToken) {
        let milliseconds = |value: u32| Duration::from_millis(value.into());
        let mut pace = Pace::new(
            milliseconds(self.options.min_pause_ms),
            milliseconds(self.options.max_pause_ms),
            milliseconds(self.options.good_life_ms),
        );
        let mut said = String::new();
        loop {
            let error = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                error = self.once(&lines, &mut pace, &mut said) => error.to_string(),
            };
            let pause = pace.pause(draw());
            let now = self.clock.now();
            self.status
                .send_modify(|status| status.is_down(&error, now, now + pause));
            // The same again and again is worth one line.
            if said == error {
                tracing::debug!(uplink = self.options.name, error, "an uplink is still down");
            } else {
                let pause_ms = pause.as_millis();
                tracing::warn!(uplink = self.options.name, error, pause_ms, "an uplink is down");
                said = error;
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(pause) => {}
            }
        }
    }

    /// One attempt and, where it succeeds, one line's life.
    async fn once(&self, lines: &Lines, pace: &mut Pace, said: &mut String) -> Error {
        pace.attempt();
        self.status
            .send_modify(|status| status.is_dialled(pace.attempts()));
        // The line holds the one permit for as long as it lives, and so tells its end.
        let life = Arc::new(Semaphore::new(1));
        let Ok(permit) = Arc::clone(&life).try_acquire_owned() else {
            return Error::Broken;
        };
        let (line, far_side) = match self.dialler.dial(permit).await {
            Ok(dialled) => dialled,
            Err(error) => return error,
        };
        let (began, end) = (Instant::now(), line.end.clone());
        if lines.send(Ok(line)).await.is_err() {
            // Nothing is served any more.
            return Error::Ended;
        }
        let now = self.clock.now();
        self.status
            .send_modify(|status| status.is_connected(&far_side, now));
        tracing::info!(uplink = self.options.name, far_side, "an uplink is served");
        said.clear();
        // It fails only where the semaphore is closed, which nobody does.
        let _ended = life.acquire().await;
        pace.lived(began.elapsed());
        end.error()
    }
}
