//! Work on a share that may hang: bounded in time and number.

use std::sync::Arc;
use std::time::Duration;

use madoguchi_core::Reason;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Calls to the file system that may hang at once.
const MAX_HUNG: usize = 8;
/// How long one may take.
const LIMIT: Duration = Duration::from_secs(5);

/// Runs such work on threads of its own.
#[derive(Debug, Clone)]
pub(super) struct Blocking(Arc<Semaphore>);

impl Default for Blocking {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MAX_HUNG)))
    }
}

impl Blocking {
    /// # Errors
    /// [`Reason::EligibilityUnavailable`] where the share does not answer.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Reason> {
        let permit = Arc::clone(&self.0).try_acquire_owned();
        let permit = permit.map_err(|_| Reason::EligibilityUnavailable)?;
        let work = tokio::task::spawn_blocking(move || {
            // Held until the work is over, also where nobody waits for it any more.
            let _held = permit;
            work()
        });
        match timeout(LIMIT, work).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(_)) => Err(Reason::Internal),
            Err(_) => Err(Reason::EligibilityUnavailable),
        }
    }
}
