//! One piece for every Watch RPC: a watcher that stops reading loses its own stream and nothing else.
//!
//! The danger is at the *client's* end. HTTP/2 flow control counts bytes, not frames, so h2 (from 0.4.16) keeps an
//! account per connection of small DATA frames (under 256 bytes) that arrived and that nobody has read: each costs
//! what it lacks to 256 bytes, and when half the connection window is used up, it closes the whole connection with
//! ENHANCE_YOUR_CALM. With hyper's window of 5 MiB that is after about 11,600 frames, with HTTP/2's own 65,535 bytes
//! after 128. A server cannot see whether a message was read, only that it fitted the window, and larger messages
//! would fill that window instead. So a stream here says little, and ends by itself:
//!
//! - the first few messages go at once, then at most one per interval, and what changes meanwhile becomes one;
//! - after a number of messages (128) the stream ends with OVERLOADED, and the client opens it again; the number times
//!   the watchers that one connection may have stays below what a client on hyper bears: the configuration checks it;
//! - watch streams are counted, in all and per connection.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use madoguchi_core::{Reason, Refusal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::status;
use crate::config::Limits;
use crate::server::Peer;

/// Messages that go without a pause: a visit's first states belong on the screen at once.
const BURST: u32 = 8;

/// What a Watch RPC answers with.
pub(crate) type Messages<M> = BoxStream<'static, Result<M, Status>>;

/// Opens watch streams. Cheap to clone; all clones share the bound.
#[derive(Debug, Clone)]
pub(crate) struct Watchers {
    interval: Duration,
    max_messages: u32,
    total: Arc<Semaphore>,
    ending: CancellationToken,
}

impl Watchers {
    /// Watch streams within these limits, until the token says that the gateway shuts down.
    pub(crate) fn new(limits: &Limits, ending: CancellationToken) -> Self {
        Self {
            interval: limits.watch_interval(),
            max_messages: limits.max_messages_per_watch,
            total: Arc::new(Semaphore::new(limits.max_watchers as usize)),
            ending,
        }
    }

    /// Opens a stream over changes, of which only the latest matters.
    ///
    /// # Errors
    /// [`Reason::Overloaded`] where there are too many watch streams already.
    pub(crate) fn open<T, M>(
        &self,
        peer: Option<&Peer>,
        changes: BoxStream<'static, T>,
        message: impl Fn(T) -> M + Send + 'static,
    ) -> Result<Messages<M>, Refusal>
    where
        T: Send + 'static,
        M: Send + 'static,
    {
        self.paced(peer, changes, message, false)
    }

    /// Opens a stream over changes of which each matters: the next is not fetched before the one before it was sent. For
    /// what waits elsewhere than in memory.
    ///
    /// # Errors
    /// As [`Watchers::open`].
    pub(crate) fn open_every<T, M>(
        &self,
        peer: Option<&Peer>,
        changes: BoxStream<'static, T>,
        message: impl Fn(T) -> M + Send + 'static,
    ) -> Result<Messages<M>, Refusal>
    where
        T: Send + 'static,
        M: Send + 'static,
    {
        self.paced(peer, changes, message, true)
    }

    fn paced<T, M>(
        &self,
        peer: Option<&Peer>,
        changes: BoxStream<'static, T>,
        message: impl Fn(T) -> M + Send + 'static,
        every: bool,
    ) -> Result<Messages<M>, Refusal>
    where
        T: Send + 'static,
        M: Send + 'static,
    {
        let too_many = |_| Refusal::from(Reason::Overloaded);
        let peer = peer.ok_or(Reason::Unauthenticated)?;
        let permits = [
            peer.watchers.clone().try_acquire_owned().map_err(too_many)?,
            self.total.clone().try_acquire_owned().map_err(too_many)?,
        ];
        let paced = Paced {
            changes,
            every,
            latest: None,
            sent: 0,
            next_at: None,
            over: false,
            watchers: self.clone(),
            _permits: permits,
        };
        let messages = stream::unfold(paced, Paced::next);
        Ok(messages.map(move |change| change.map(&message)).boxed())
    }
}

struct Paced<T> {
    changes: BoxStream<'static, T>,
    /// Whether each change is sent, not only the latest.
    every: bool,
    latest: Option<T>,
    sent: u32,
    next_at: Option<Instant>,
    over: bool,
    watchers: Watchers,
    _permits: [OwnedSemaphorePermit; 2],
}

/// What a wait for changes ended with.
enum Waited {
    Changed,
    Over,
    ShuttingDown,
}

impl<T: Send + 'static> Paced<T> {
    async fn next(mut self) -> Option<(Result<T, Status>, Self)> {
        if self.over {
            return None;
        }
        if self.latest.is_none() {
            match self.wait().await {
                Waited::Changed => {}
                Waited::Over => return None,
                Waited::ShuttingDown => return self.end(Reason::GatewayShuttingDown.into()),
            }
        }
        self.pause().await;
        if self.sent >= self.watchers.max_messages {
            let messages = self.sent.to_string();
            return self.end(Refusal::from(Reason::Overloaded).with("messages", messages));
        }
        let latest = self.latest.take()?;
        self.sent += 1;
        if self.sent >= BURST {
            self.next_at = Some(Instant::now() + self.watchers.interval);
        }
        Some((Ok(latest), self))
    }

    /// Waits for a change; a change that is there goes before the end of the gateway, so that a visit's last state is
    /// seen.
    async fn wait(&mut self) -> Waited {
        tokio::select! {
            biased;
            change = self.changes.next() => match change {
                Some(change) => {
                    self.latest = Some(change);
                    Waited::Changed
                }
                None => {
                    self.over = true;
                    Waited::Over
                }
            },
            () = self.watchers.ending.cancelled() => Waited::ShuttingDown,
        }
    }

    /// Lets the interval pass; what changes meanwhile replaces what was to be sent.
    async fn pause(&mut self) {
        let Some(next_at) = self.next_at else { return };
        if self.every {
            tokio::select! {
                () = sleep_until(next_at) => {}
                () = self.watchers.ending.cancelled() => {}
            }
            return;
        }
        while !self.over {
            tokio::select! {
                biased;
                () = sleep_until(next_at) => return,
                waited = self.wait() => if matches!(waited, Waited::ShuttingDown) {
                    return;
                },
            }
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "it is what the stream yields last")]
    fn end(mut self, refusal: Refusal) -> Option<(Result<T, Status>, Self)> {
        self.over = true;
        Some((Err(status::of(refusal)), self))
    }
}

impl<T> Drop for Paced<T> {
    fn drop(&mut self) {
        tracing::debug!(messages = self.sent, "watch stream closed");
    }
}

#[cfg(test)]
mod tests;
