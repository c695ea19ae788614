//! Sealed segments: cut, written to files, and forgotten by the database when they are old.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use madoguchi_core::signing::Signer;
use madoguchi_core::{InstanceId, Reason};
use thiserror::Error;
use time::OffsetDateTime;
use tokio::task::spawn_blocking;

use crate::file::{self, Draft};
use crate::{BrokenChain, ChainStore, Checkpoint, Head, Segment, Statement, line, verify_chain};

/// Entries that are read at once.
const PAGE: u32 = 500;
/// Segments that are looked at at once.
const SEGMENTS: u32 = 100;

/// Why a segment could not be sealed or forgotten. Nothing was removed.
#[derive(Debug, Error)]
pub(crate) enum Error {
    #[error("the database: {0}")]
    Store(#[from] Reason),
    #[error("the chain in the database does not hold: {0}")]
    Broken(#[from] BrokenChain),
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{}: is not the file that was written", path.display())]
    OtherFile { path: PathBuf },
}

/// The chain's files. Cheap to clone.
#[derive(Clone)]
pub struct Archive {
    pub(crate) store: Arc<dyn ChainStore>,
    folder: PathBuf,
}

impl std::fmt::Debug for Archive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Archive")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

/// How far a segment goes.
struct Extent {
    end: Head,
    newest_at: OffsetDateTime,
}

impl Archive {
    /// The chain in that store, with its files in that folder.
    #[must_use]
    pub fn new(store: Arc<dyn ChainStore>, folder: PathBuf) -> Self {
        Self { store, folder }
    }

    /// The lines of the entries behind `head` up to that number, a page at a time; `head` moves along. None at the end.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`]; [`Reason::Internal`] where entries have left the database meanwhile.
    pub async fn lines(&self, head: &mut Option<Head>, up_to: u64) -> Result<Option<String>, Reason> {
        let after = head.as_ref().map_or(0, |head| head.sequence);
        let left = u32::try_from(up_to.saturating_sub(after)).unwrap_or(u32::MAX);
        if left == 0 {
            return Ok(None);
        }
        let mut text = String::new();
        let entries = self.store.entries(after, left.min(PAGE)).await?;
        if entries.first().is_none_or(|first| first.sequence != after + 1) {
            return Err(Reason::Internal);
        }
        for entry in &entries {
            text.push_str(&line(head.as_ref(), entry).ok_or(Reason::Internal)?);
            text.push('\n');
            *head = Some(Head::of(entry));
        }
        Ok(Some(text))
    }

    /// Where the entries that the database still has begin: behind the seal of the last segment that it has forgotten.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`].
    pub async fn oldest(&self) -> Result<Option<Checkpoint>, Reason> {
        let mut oldest = None;
        let mut number = 0;
        loop {
            let segments = self.store.segments(number, SEGMENTS).await?;
            let full = segments.len() == SEGMENTS as usize;
            for segment in segments {
                if !segment.forgotten {
                    return Ok(oldest);
                }
                number = segment.number;
                oldest = Some(segment.seal);
            }
            if !full {
                return Ok(oldest);
            }
        }
    }

    /// Cuts and seals the next segment where it is full, or where its first entries are older than `before`.
    pub(crate) async fn seal_next(
        &self,
        instance: &InstanceId,
        signer: &dyn Signer,
        size: u64,
        before: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<bool, Error> {
        let last = self.store.last_segment().await?;
        let previous = last.as_ref().map(|segment| segment.seal.head());
        let after = previous.as_ref().map_or(0, |head| head.sequence);
        let head = self.store.head().await?.map_or(0, |head| head.sequence);
        let full = head >= after.saturating_add(size);
        let older_than = (!full).then_some(before);
        let Some(extent) = self
            .extent(previous.clone(), after.saturating_add(size), older_than)
            .await?
        else {
            return Ok(false);
        };
        let number = last.map_or(0, |segment| segment.number) + 1;
        let statement = Statement {
            count: extent.end.sequence - after,
            gateway: instance.clone(),
            hash: extent.end.hash,
            segment: number,
            sequence: extent.end.sequence,
            time: now,
        };
        let segment = Segment {
            number,
            previous,
            newest_at: extent.newest_at,
            seal: Checkpoint::sign(statement, signer)?,
            file_sha256: None,
            forgotten: false,
        };
        let seal = segment.seal.clone();
        self.store.seal(segment).await?;
        tracing::info!(
            segment = number,
            sequence = seal.statement.sequence,
            jws = seal.jws,
            "audit segment sealed"
        );
        Ok(true)
    }

    /// Checks the chain behind `head` up to that number, or up to the first entry that is not older; none where there is
    /// no entry.
    async fn extent(
        &self,
        mut head: Option<Head>,
        up_to: u64,
        older_than: Option<OffsetDateTime>,
    ) -> Result<Option<Extent>, Error> {
        let mut extent: Option<Extent> = None;
        loop {
            let after = head.as_ref().map_or(0, |head| head.sequence);
            let left = u32::try_from(up_to - after).unwrap_or(u32::MAX);
            let mut entries = self.store.entries(after, left.min(PAGE)).await?;
            let read = entries.len();
            if let Some(older_than) = older_than {
                let young = entries.iter().position(|entry| entry.recorded_at >= older_than);
                entries.truncate(young.unwrap_or(read));
            }
            head = verify_chain(head, &entries)?;
            let newest = entries.iter().map(|entry| entry.recorded_at).max();
            let (Some(newest), Some(end)) = (newest, &head) else {
                return Ok(extent);
            };
            let newest_at = extent.map_or(newest, |extent| extent.newest_at.max(newest));
            extent = Some(Extent {
                end: end.clone(),
                newest_at,
            });
            if entries.len() < read || end.sequence >= up_to {
                return Ok(extent);
            }
        }
    }

    /// Writes the files of the segments that are sealed and have none yet.
    pub(crate) async fn write_files(&self) -> Result<(), Error> {
        let mut number = 0;
        loop {
            let segments = self.store.segments(number, SEGMENTS).await?;
            let Some(last) = segments.last() else {
                return Ok(());
            };
            number = last.number;
            for segment in segments.iter().filter(|segment| segment.file_sha256.is_none()) {
                let sha256 = self.write_file(segment).await?;
                self.store.note_file(segment.number, sha256).await?;
                tracing::info!(
                    segment = segment.number,
                    file = segment.file_name(),
                    "audit segment written"
                );
            }
        }
    }

    async fn write_file(&self, segment: &Segment) -> Result<String, Error> {
        let name = segment.file_name();
        let path = self.folder.join(&name);
        let failed = |source| Error::File {
            path: path.clone(),
            source,
        };
        let folder = self.folder.clone();
        let mut draft = blocking(move || Draft::create(&folder, &name))
            .await
            .map_err(failed)?;
        let mut head = segment.previous.clone();
        while let Some(text) = self.lines(&mut head, segment.last()).await? {
            draft = blocking(move || draft.push(&text).map(|()| draft))
                .await
                .map_err(failed)?;
        }
        let seal = format!("{}\n", segment.seal.jws);
        let folder = self.folder.clone();
        let finish = move || {
            draft.push(&seal)?;
            draft.finish(&folder)
        };
        blocking(finish).await.map_err(failed)
    }

    /// Has the database forget the segments whose entries are all older than `before`, once it is sure of their files.
    pub(crate) async fn forget(&self, before: OffsetDateTime) -> Result<(), Error> {
        let mut number = 0;
        loop {
            let segments = self.store.segments(number, SEGMENTS).await?;
            let Some(last) = segments.last() else {
                return Ok(());
            };
            number = last.number;
            for segment in segments.iter().filter(|segment| !segment.forgotten) {
                let Some(sha256) = &segment.file_sha256 else {
                    return Ok(());
                };
                // In order: what is left is always the end of the chain.
                if segment.newest_at >= before {
                    return Ok(());
                }
                let path = self.folder.join(segment.file_name());
                let at = path.clone();
                let found = blocking(move || file::sha256(&at)).await;
                match found {
                    Ok(found) if found == *sha256 => {}
                    Ok(_) => return Err(Error::OtherFile { path }),
                    Err(source) => return Err(Error::File { path, source }),
                }
                let count = self.store.forget(segment.number).await?;
                tracing::info!(segment = segment.number, count, "audit entries left the database");
            }
        }
    }
}

/// Does it in a thread that may wait for the disk.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
}
