//! Reads exports and the files of segments, and finds what is not as it was written. It needs no gateway.
//!
//! A file is lines, each ended by one line feed: entries (see [`crate::line`]) and checkpoints, which are compact JWS. What
//! follows must hold, over all files in the order given, as if they were one:
//!
//! - the first line is entry 1, or a checkpoint: the chain goes on behind that;
//! - each entry has the number after the last, names the last one's hash, and has the hash of its own bytes;
//! - each checkpoint is signed by a known key, of the same gateway, and states number and hash of the entry before it;
//! - the last line is a checkpoint: what ends without one may have lost its end;
//! - each checkpoint from elsewhere is of the same gateway, and its number has the hash that it says.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read as _};

use madoguchi_core::InstanceId;
use madoguchi_core::signing::{Unproven, Verifier};
use serde::Serialize;
use thiserror::Error;

use crate::chain::GENESIS;
use crate::{Checkpoint, Head, line};

/// No line of ours comes near.
const MAX_LINE: u64 = 1024 * 1024;

/// What is not as it was written. The number is that of the entry where it shows.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[non_exhaustive]
pub enum Finding {
    /// A line that is neither an entry as it was written nor a checkpoint; it stands where this entry should.
    #[error("entry {sequence} was altered")]
    Altered {
        /// Which entry.
        sequence: u64,
    },
    /// Entries are missing.
    #[error("entry {sequence} is missing")]
    Missing {
        /// The first that is.
        sequence: u64,
    },
    /// An entry stands behind one that it came before, or twice.
    #[error("entry {sequence} stands out of order")]
    OutOfOrder {
        /// Which.
        sequence: u64,
    },
    /// An entry does not follow the one before it: one of them was made anew, or belongs to another log.
    #[error("entry {sequence} does not follow the one before it")]
    DoesNotFollow {
        /// Which.
        sequence: u64,
    },
    /// A checkpoint is not signed by a known key.
    #[error("the checkpoint after entry {sequence} {why}")]
    Unproven {
        /// After which entry it stands.
        sequence: u64,
        /// Why.
        #[serde(serialize_with = "said")]
        why: Unproven,
    },
    /// A checkpoint states another number or hash.
    #[error("the checkpoint at entry {sequence} states another chain")]
    Contradicted {
        /// Which entry it states.
        sequence: u64,
    },
    /// A checkpoint is another gateway's.
    #[error("the checkpoint at entry {sequence} is another gateway's")]
    OtherGateway {
        /// Which entry it states.
        sequence: u64,
    },
    /// No checkpoint stands at the end.
    #[error("the end after entry {sequence} is not stated by a checkpoint: more may have followed")]
    OpenEnd {
        /// The last entry.
        sequence: u64,
    },
    /// A later checkpoint is known.
    #[error("entry {sequence} is stated by a checkpoint and not there: the end was cut off")]
    CutOff {
        /// The first that is missing.
        sequence: u64,
    },
    /// There is nothing.
    #[error("there is no entry in it")]
    Empty,
}

fn said<S: serde::Serializer>(why: &Unproven, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(why)
}

/// What is known once everything held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Known {
    /// Whose chain it is.
    pub gateway: InstanceId,
    /// The first entry that was read.
    pub first_sequence: Option<u64>,
    /// The last one that was stated.
    pub last_sequence: u64,
    /// Its hash.
    pub hash: String,
    /// Entries that were read.
    pub entry_count: u64,
    /// Checkpoints in the files.
    pub checkpoint_count: u64,
}

/// An examination under way. Feed it the lines, then the end.
pub struct Examination<'a> {
    verifier: &'a dyn Verifier,
    /// Checkpoints from elsewhere, by the number that they state.
    outside: BTreeMap<u64, Vec<Checkpoint>>,
    gateway: Option<InstanceId>,
    head: Option<Head>,
    first: Option<u64>,
    entries: u64,
    checkpoints: u64,
    /// Whether the last line was a checkpoint.
    stated: bool,
    /// Whether a file has just begun: it may repeat the checkpoint that ended the one before.
    begun: bool,
}

impl std::fmt::Debug for Examination<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Examination")
            .field("head", &self.head)
            .finish_non_exhaustive()
    }
}

impl<'a> Examination<'a> {
    /// Begins. The checkpoints are those that were kept elsewhere.
    ///
    /// # Errors
    /// [`Finding::Unproven`] where one of them proves nothing, [`Finding::OtherGateway`] where they are of several.
    pub fn new(verifier: &'a dyn Verifier, outside: &[String]) -> Result<Self, Finding> {
        let mut examination = Self {
            verifier,
            outside: BTreeMap::new(),
            gateway: None,
            head: None,
            first: None,
            entries: 0,
            checkpoints: 0,
            stated: false,
            begun: true,
        };
        for jws in outside {
            let checkpoint = examination.prove(jws, 0)?;
            let at = checkpoint.statement.sequence;
            examination.outside.entry(at).or_default().push(checkpoint);
        }
        Ok(examination)
    }

    /// Another file begins.
    pub fn begin_file(&mut self) {
        self.begun = true;
    }

    /// Takes a line, without its line feed.
    ///
    /// # Errors
    /// The first [`Finding`].
    pub fn line(&mut self, text: &str) -> Result<(), Finding> {
        if text.starts_with('{') {
            self.entry(text)?;
        } else {
            self.checkpoint(text)?;
        }
        self.begun = false;
        Ok(())
    }

    /// Takes all lines of a file.
    ///
    /// # Errors
    /// Where it cannot be read; within, the first [`Finding`].
    pub fn read(&mut self, file: &mut impl BufRead) -> io::Result<Result<(), Finding>> {
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            file.by_ref().take(MAX_LINE).read_until(b'\n', &mut bytes)?;
            if bytes.is_empty() {
                return Ok(Ok(()));
            }
            let sequence = self.next();
            let line = bytes
                .strip_suffix(b"\n")
                .and_then(|line| std::str::from_utf8(line).ok());
            // Not text, too long, or without its end.
            let taken = line.map_or(Err(Finding::Altered { sequence }), |line| self.line(line));
            if taken.is_err() {
                return Ok(taken);
            }
        }
    }

    /// Says what is known.
    ///
    /// # Errors
    /// [`Finding::Empty`], [`Finding::OpenEnd`], [`Finding::CutOff`].
    pub fn finish(self) -> Result<Known, Finding> {
        let last = self.last();
        if let Some(beyond) = self.outside.keys().find(|at| **at > last) {
            tracing::debug!(beyond, "a later checkpoint is known");
            return Err(Finding::CutOff {
                sequence: self.next(),
            });
        }
        if self.entries == 0 {
            return Err(Finding::Empty);
        }
        if !self.stated {
            return Err(Finding::OpenEnd { sequence: last });
        }
        let (Some(head), Some(gateway)) = (self.head, self.gateway) else {
            return Err(Finding::Empty);
        };
        Ok(Known {
            gateway,
            first_sequence: self.first,
            last_sequence: head.sequence,
            hash: head.hash,
            entry_count: self.entries,
            checkpoint_count: self.checkpoints,
        })
    }

    fn last(&self) -> u64 {
        self.head.as_ref().map_or(0, |head| head.sequence)
    }

    fn next(&self) -> u64 {
        self.last().saturating_add(1)
    }

    fn entry(&mut self, text: &str) -> Result<(), Finding> {
        let expected = self.next();
        let read = line::read(text).map_err(|_| Finding::Altered { sequence: expected })?;
        let sequence = read.head.sequence;
        if sequence > expected {
            return Err(Finding::Missing { sequence: expected });
        }
        if sequence < expected {
            return Err(Finding::OutOfOrder { sequence });
        }
        let previous = self.head.as_ref().map_or(GENESIS, |head| head.hash.as_str());
        if read.previous != previous {
            return Err(Finding::DoesNotFollow { sequence });
        }
        for checkpoint in self.outside.get(&sequence).into_iter().flatten() {
            if checkpoint.statement.hash != read.head.hash {
                return Err(Finding::Contradicted { sequence });
            }
        }
        self.head = Some(read.head);
        self.first.get_or_insert(sequence);
        self.entries += 1;
        self.stated = false;
        Ok(())
    }

    fn checkpoint(&mut self, text: &str) -> Result<(), Finding> {
        let last = self.last();
        let checkpoint = self.prove(text, last)?;
        let sequence = checkpoint.statement.sequence;
        match &self.head {
            // The chain before it is proven by it, or by other files.
            None => {
                for outside in self.outside.get(&sequence).into_iter().flatten() {
                    if outside.statement.hash != checkpoint.statement.hash {
                        return Err(Finding::Contradicted { sequence });
                    }
                }
                self.head = Some(checkpoint.head());
            }
            Some(_) if self.stated && !self.begun => return Err(Finding::OutOfOrder { sequence }),
            Some(head) if *head == checkpoint.head() => {}
            Some(head) if head.sequence < sequence => {
                return Err(Finding::Missing {
                    sequence: head.sequence.saturating_add(1),
                });
            }
            Some(_) => return Err(Finding::Contradicted { sequence }),
        }
        self.checkpoints += 1;
        self.stated = true;
        Ok(())
    }

    fn prove(&mut self, jws: &str, after: u64) -> Result<Checkpoint, Finding> {
        let checkpoint = Checkpoint::verify(jws, self.verifier)
            .map_err(|why| Finding::Unproven { sequence: after, why })?;
        let gateway = &checkpoint.statement.gateway;
        if self.gateway.get_or_insert_with(|| gateway.clone()) != gateway {
            return Err(Finding::OtherGateway {
                sequence: checkpoint.statement.sequence,
            });
        }
        Ok(checkpoint)
    }
}

#[cfg(test)]
mod tests;
