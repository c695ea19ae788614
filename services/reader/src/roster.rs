//! The readers, and staff's word on each: what the services see in place of the bare readers.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_core::Stream;
use futures_util::StreamExt as _;
use futures_util::stream;
use madoguchi_core::reader::{Lease, OutOfService, Reader, Readers, Snapshot};
use madoguchi_core::{ReaderId, Reason};
use tokio::sync::{Semaphore, watch};
use tokio_stream::wrappers::WatchStream;

use crate::ServiceStore;

/// More readers than this are not kept out of service: whoever names so many does not name readers.
const MAX_OUT: usize = 1_024;

/// The readers, those out of service marked and not given out.
pub struct Roster {
    readers: Arc<dyn Readers>,
    store: Arc<dyn ServiceStore>,
    words: watch::Sender<Words>,
    /// One word at a time: what is on disk last is what holds.
    turn: Semaphore,
}

/// Who is out of service, and how often that changed.
#[derive(Debug, Clone, Default)]
struct Words {
    changes: u64,
    out: Arc<BTreeMap<ReaderId, OutOfService>>,
}

impl Words {
    fn apply(&self, mut snapshot: Snapshot) -> Snapshot {
        // Both parts only rise, and so does their sum.
        snapshot.sequence += self.changes;
        for reader in &mut snapshot.readers {
            reader.out_of_service = self.out.get(&reader.id).cloned();
        }
        snapshot
    }
}

impl Roster {
    /// The readers with what an earlier process kept.
    ///
    /// # Errors
    /// Why the store cannot be read.
    pub async fn open(readers: Arc<dyn Readers>, store: Arc<dyn ServiceStore>) -> Result<Self, Reason> {
        let out = store.out_of_service().await?.into_iter().collect();
        let words = Words {
            changes: 0,
            out: Arc::new(out),
        };
        Ok(Self {
            readers,
            store,
            words: watch::Sender::new(words),
            turn: Semaphore::new(1),
        })
    }

    /// Takes a reader out of service. A visit that holds it goes on to its end; nobody gets it after that.
    ///
    /// # Errors
    /// [`Reason::ReaderNotFound`] for one that is neither plugged in nor out of service already, or why it could not
    /// be kept.
    pub async fn take_out(&self, id: &ReaderId, word: OutOfService) -> Result<Option<Reader>, Reason> {
        let _turn = self.turn.acquire().await.map_err(|_| Reason::Internal)?;
        let out = Arc::clone(&self.words.borrow().out);
        if self.find(id).is_none() && !out.contains_key(id) {
            return Err(Reason::ReaderNotFound);
        }
        if out.len() >= MAX_OUT && !out.contains_key(id) {
            return Err(Reason::Overloaded);
        }
        self.store.take_out(id, word.clone()).await?;
        self.change(|out| drop(out.insert(id.clone(), word)));
        Ok(self.find(id))
    }

    /// Puts a reader back into service, whether it is plugged in or not. One that is in service stays so.
    ///
    /// # Errors
    /// [`Reason::ReaderNotFound`] for one that is neither plugged in nor out of service, or why it could not be kept.
    pub async fn put_back(&self, id: &ReaderId) -> Result<Option<Reader>, Reason> {
        let _turn = self.turn.acquire().await.map_err(|_| Reason::Internal)?;
        let was_kept = self.store.put_back(id).await?;
        // An earlier try may have reached the disk and not told: what is kept is what holds.
        if was_kept || self.words.borrow().out.contains_key(id) {
            self.change(|out| drop(out.remove(id)));
        } else if self.find(id).is_none() {
            return Err(Reason::ReaderNotFound);
        }
        Ok(self.find(id))
    }

    /// Those out of service that are not plugged in, too.
    #[must_use]
    pub fn out_of_service(&self) -> Vec<(ReaderId, OutOfService)> {
        let words = self.words.borrow();
        words
            .out
            .iter()
            .map(|(id, word)| (id.clone(), word.clone()))
            .collect()
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<ReaderId, OutOfService>)) {
        self.words.send_modify(|words| {
            change(Arc::make_mut(&mut words.out));
            words.changes += 1;
        });
    }

    fn find(&self, id: &ReaderId) -> Option<Reader> {
        self.snapshot()
            .readers
            .into_iter()
            .find(|reader| reader.id == *id)
    }

    /// Resolves when the reader is out of service.
    async fn taken_out(&self, id: &ReaderId) {
        let mut words = self.words.subscribe();
        // The sender lives as long as this roster.
        drop(words.wait_for(|words| words.out.contains_key(id)).await);
    }
}

#[async_trait]
impl Readers for Roster {
    fn snapshot(&self) -> Snapshot {
        self.words.borrow().apply(self.readers.snapshot())
    }

    fn watch(&self) -> Pin<Box<dyn Stream<Item = Snapshot> + Send>> {
        enum News {
            Readers(Snapshot),
            Words(Words),
            End,
        }
        let readers = self.readers.watch().map(News::Readers);
        let readers = readers.chain(stream::once(std::future::ready(News::End)));
        let words = WatchStream::new(self.words.subscribe()).map(News::Words);
        let news = stream::select(readers, words);
        let both = news.scan((None, None), |(readers, words), news| {
            match news {
                News::Readers(snapshot) => *readers = Some(snapshot),
                News::Words(latest) => *words = Some(latest),
                News::End => return std::future::ready(None),
            }
            let latest = readers
                .as_ref()
                .zip(words.as_ref())
                .map(|(readers, words): (&Snapshot, &Words)| words.apply(readers.clone()));
            std::future::ready(Some(latest))
        });
        Box::pin(both.filter_map(std::future::ready))
    }

    async fn lease(&self, id: &ReaderId, wait: Duration) -> Result<Box<dyn Lease>, Reason> {
        tokio::select! {
            biased;
            () = self.taken_out(id) => Err(Reason::ReaderOutOfService),
            lease = self.readers.lease(id, wait) => lease,
        }
    }
}

impl std::fmt::Debug for Roster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Roster")
    }
}

#[cfg(test)]
mod tests;
