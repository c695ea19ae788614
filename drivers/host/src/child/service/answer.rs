//! The way back from a reader's thread, the bounds of the way there, and what is written in both.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use madoguchi_core::Reason;
use madoguchi_driver_api::{Call, CancelFlag};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;
use tonic::Status;

use crate::plugin::Problem;
use crate::wire;

/// How long an answer is awaited with open eyes before the runtime turns to something else: an echo is back sooner
/// than a sleeping runtime wakes. The thread yields between two looks, as the reader's may need the same core.
const SPIN: Duration = Duration::from_micros(20);

pub(super) fn refused(reason: Reason) -> Status {
    wire::status(reason, HashMap::new())
}

/// Waits for a thread's answer.
pub(super) async fn answer<T>(mut waiting: oneshot::Receiver<Result<T, Reason>>) -> Result<T, Status> {
    let begun = Instant::now();
    while begun.elapsed() < SPIN {
        match waiting.try_recv() {
            Ok(result) => return result.map_err(refused),
            Err(TryRecvError::Empty) => std::thread::yield_now(),
            Err(TryRecvError::Closed) => return Err(refused(Reason::DriverFailed)),
        }
    }
    waiting
        .await
        .unwrap_or(Err(Reason::DriverFailed))
        .map_err(refused)
}

/// Calls the work off when the gateway's call is dropped, which is how its cancellation arrives here.
pub(super) struct CancelOnDrop(CancelFlag);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// A call's bounds as the driver sees them, and the guard that ends it early.
pub(super) fn bounds(timeout_ms: u64) -> (Call, CancelOnDrop) {
    // A year stands for ever: the clock must not overflow.
    const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);
    let flag = CancelFlag::default();
    let deadline = Instant::now() + Duration::from_millis(timeout_ms).min(LONGEST);
    (Call::new(deadline, flag.clone()), CancelOnDrop(flag))
}

/// Core's type out of its JSON. Both ends are one build, so that anything else is a fault.
pub(super) fn parsed<T: DeserializeOwned>(json: &[u8]) -> Result<T, Status> {
    serde_json::from_slice(json).map_err(|_| refused(Reason::Internal))
}

pub(super) fn written<T: Serialize>(value: &T) -> Result<Vec<u8>, Status> {
    serde_json::to_vec(value).map_err(|_| refused(Reason::Internal))
}

/// Where loading stopped, and the line that says why.
pub(super) fn not_loaded(problem: &Problem) -> Status {
    let phase = (wire::PHASE.to_owned(), problem.phase().as_str().to_owned());
    let line = (wire::PROBLEM.to_owned(), problem.to_string());
    wire::status(Reason::DriverFailed, HashMap::from([phase, line]))
}
