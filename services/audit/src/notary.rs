//! Makes checkpoints when they are due or asked for, and looks after the segments.

use std::sync::Arc;
use std::time::Duration;

use madoguchi_core::signing::Signer;
use madoguchi_core::{Clock, InstanceId, Reason};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::{Archive, Checkpoint, Statement};

/// How often it is looked whether something is due.
const TICK: Duration = Duration::from_secs(1);
/// How often segments are looked after, and the pause after that failed.
const HOUSEKEEPING: Duration = Duration::from_secs(60);
/// Requests for a checkpoint that may wait.
const REQUESTS: usize = 16;
/// How long one who asks for a checkpoint waits at most.
const DEADLINE: Duration = Duration::from_secs(20);

/// When what is due.
#[derive(Debug, Clone)]
pub struct Rules {
    /// A checkpoint after so many entries.
    pub checkpoint_entries: u64,
    /// A checkpoint after so much time, where something is new.
    pub checkpoint_interval: Duration,
    /// Entries of a segment.
    pub segment_entries: u64,
    /// How long entries stay in the database.
    pub retention: time::Duration,
}

type Answer = oneshot::Sender<Result<Option<Checkpoint>, Reason>>;

/// Asks for checkpoints. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Checkpoints {
    requests: mpsc::Sender<Answer>,
}

impl Checkpoints {
    /// A checkpoint of what is in the log now: a new one where there is something new. None of an empty log.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`], [`Reason::GatewayShuttingDown`], [`Reason::Internal`].
    pub async fn create(&self) -> Result<Option<Checkpoint>, Reason> {
        let (answer, made) = oneshot::channel();
        let asking = async {
            self.requests
                .send(answer)
                .await
                .map_err(|_| Reason::GatewayShuttingDown)?;
            made.await.map_err(|_| Reason::GatewayShuttingDown)?
        };
        timeout(DEADLINE, asking).await.map_err(|_| Reason::Overloaded)?
    }
}

/// See the module.
pub struct Notary {
    archive: Archive,
    signer: Arc<dyn Signer>,
    clock: Arc<dyn Clock>,
    rules: Rules,
    instance: InstanceId,
    requests: mpsc::Receiver<Answer>,
    last: Option<Checkpoint>,
    /// When the last checkpoint was made, or this process began.
    last_at: Instant,
    housekeeping_at: Instant,
    /// Whether the store failed at the last look, so that it is said once.
    failing: bool,
}

impl std::fmt::Debug for Notary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notary")
            .field("instance", &self.instance)
            .finish_non_exhaustive()
    }
}

impl Notary {
    /// Finds out whose chain it is and how far it was stated.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`].
    pub async fn open(
        archive: Archive,
        signer: Arc<dyn Signer>,
        clock: Arc<dyn Clock>,
        rules: Rules,
    ) -> Result<(Self, Checkpoints), Reason> {
        let instance = archive.store.instance(InstanceId::generate()).await?;
        let last = archive.store.last_checkpoint().await?;
        let (requests, asked) = mpsc::channel(REQUESTS);
        let notary = Self {
            archive,
            signer,
            clock,
            rules,
            instance,
            requests: asked,
            last,
            last_at: Instant::now(),
            housekeeping_at: Instant::now(),
            failing: false,
        };
        Ok((notary, Checkpoints { requests }))
    }

    /// Whose chain it is.
    #[must_use]
    pub const fn instance(&self) -> &InstanceId {
        &self.instance
    }

    /// Works until the token says that nothing more comes; then it states the end.
    pub async fn run(mut self, ending: CancellationToken) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = ending.cancelled() => break,
                Some(answer) = self.requests.recv() => {
                    // Where nobody waits for it any more, it is made all the same.
                    let _ = answer.send(self.checkpoint().await);
                }
                _ = ticks.tick() => self.look().await,
            }
        }
        if let Err(reason) = self.checkpoint().await {
            tracing::error!(
                reason = reason.code(),
                "the end of the audit log could not be stated"
            );
        }
    }

    /// Does what is due.
    async fn look(&mut self) {
        match self.look_at_head().await {
            Ok(()) => self.failing = false,
            Err(reason) if !self.failing => {
                self.failing = true;
                tracing::error!(reason = reason.code(), "no audit checkpoint can be made");
            }
            Err(_) => {}
        }
        if Instant::now() >= self.housekeeping_at {
            self.housekeeping_at = Instant::now() + HOUSEKEEPING;
            self.keep_house().await;
        }
    }

    async fn look_at_head(&mut self) -> Result<(), Reason> {
        let Some(head) = self.archive.store.head().await? else {
            return Ok(());
        };
        let stated = self.last.as_ref().map_or(0, |last| last.statement.sequence);
        let new = head.sequence.saturating_sub(stated);
        let late = self.last_at.elapsed() >= self.rules.checkpoint_interval;
        if new >= self.rules.checkpoint_entries || (new > 0 && late) {
            self.checkpoint().await?;
        }
        let segment = self.archive.store.last_segment().await?;
        if head.sequence
            >= segment
                .map_or(0, |segment| segment.last())
                .saturating_add(self.rules.segment_entries)
            && !self.failing
        {
            self.housekeeping_at = self.housekeeping_at.min(Instant::now());
        }
        Ok(())
    }

    /// Seals what is full or old, writes files, forgets what is old. What fails is tried again later; nothing is lost
    /// meanwhile.
    pub(crate) async fn keep_house(&mut self) {
        let now = self.now();
        let before = now
            .checked_sub(self.rules.retention)
            .unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
        let archive = self.archive.clone();
        let done = async {
            while archive
                .seal_next(
                    &self.instance,
                    self.signer.as_ref(),
                    self.rules.segment_entries,
                    before,
                    now,
                )
                .await?
            {}
            archive.write_files().await?;
            archive.forget(before).await
        };
        if let Err(error) = done.await {
            tracing::error!(%error, "audit segments could not be looked after; nothing was removed");
        }
        // A seal is a checkpoint.
        if let Ok(Some(last)) = self.archive.store.last_checkpoint().await {
            self.last = Some(last);
        }
    }

    /// States how far the chain goes.
    pub(crate) async fn checkpoint(&mut self) -> Result<Option<Checkpoint>, Reason> {
        let store = &self.archive.store;
        let Some(head) = store.head().await? else {
            return Ok(None);
        };
        if let Some(last) = &self.last
            && last.statement.sequence >= head.sequence
        {
            return Ok(Some(last.clone()));
        }
        let segment = store.last_segment().await?;
        let (number, after) = segment.map_or((0, 0), |segment| (segment.number, segment.last()));
        let statement = Statement {
            count: head.sequence - after,
            gateway: self.instance.clone(),
            hash: head.hash,
            segment: number + 1,
            sequence: head.sequence,
            time: self.now(),
        };
        let made = Checkpoint::sign(statement, self.signer.as_ref())?;
        store.keep_checkpoint(made.clone()).await?;
        self.last = Some(made.clone());
        self.last_at = Instant::now();
        // The whole of it: so it leaves this computer with its log lines.
        tracing::info!(
            sequence = made.statement.sequence,
            hash = made.statement.hash,
            jws = made.jws,
            "audit checkpoint"
        );
        Ok(Some(made))
    }

    fn now(&self) -> time::OffsetDateTime {
        let now = self.clock.now();
        now.replace_nanosecond(0).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests;
