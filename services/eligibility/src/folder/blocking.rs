//! Work on a share that may hang: bounded in time and number.

use std::sync::Arc;
use std::time::Duration;

use madoguchi_core::Reason;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Calls to the file system that may be under way, or hang, at once.
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
    pub(super) fn one_at_a_time() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }

    /// # Errors
    /// [`Reason::EligibilityUnavailable`] where the share does not answer.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Reason> {
        let room = Arc::clone(&self.0);
        let done = async move {
            // What waits for room has not been begun, and is none of those that hang.
            let permit = room.acquire_owned().await.map_err(|_| Reason::Internal)?;
            let work = tokio::task::spawn_blocking(move || {
                // Held until the work is over, also where nobody waits for it any more.
                let _held = permit;
                work()
            });
            work.await.map_err(|_| Reason::Internal)
        };
        let done = timeout(LIMIT, done).await;
        done.unwrap_or(Err(Reason::EligibilityUnavailable))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn short_work_waits_for_room_and_is_not_refused() {
        let blocking = Blocking::default();
        let work = (0..4 * MAX_HUNG).map(|one| {
            let blocking = blocking.clone();
            tokio::spawn(async move {
                blocking
                    .run(move || {
                        std::thread::sleep(Duration::from_millis(5));
                        one
                    })
                    .await
            })
        });
        for (one, task) in work.collect::<Vec<_>>().into_iter().enumerate() {
            assert_eq!(task.await.unwrap(), Ok(one));
        }
    }
}
