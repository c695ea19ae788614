//! Looks at `face`, and reads what has come and does not grow any more.

use std::time::Duration;

use madoguchi_core::ResultId;
use ring::digest;
use time::OffsetDateTime;

use super::super::{StoredResult, files};
use super::clerk::Clerk;
use crate::Record;
use crate::observed::{moment14, read};
use crate::xml::{Broken, parse};

/// How far the terminal's clock and this one may differ.
const SLACK: Duration = Duration::from_secs(24 * 3_600);

/// How a file was found at the last look.
pub(super) enum Look {
    /// So long and not yet read: it may still grow.
    Growing(files::Seen),
    /// Read; it is not read again unless it changes.
    Done(files::Seen),
}

impl Clerk {
    /// Looks at the folder once.
    pub(super) async fn look(&mut self) {
        let (folder, max_age, now) = (self.options.face.clone(), self.options.max_age, self.clock.now());
        let names = ("OQSsiquc01res_face_", ".xml");
        let listed = self
            .blocking
            .run(move || files::list(&folder, names, max_age, |name| is_past(name, max_age, now)))
            .await;
        let Ok(Ok(listed)) = listed else {
            return self.health.looked(false);
        };
        self.health.looked(true);
        if listed.more && !self.overfull {
            tracing::warn!(
                "more results lie in the terminal's folder than are looked at; the newest are taken"
            );
        }
        self.overfull = listed.more;
        let seen = listed.files;
        self.looked
            .retain(|name, _| seen.iter().any(|file| file.name == *name));
        for file in seen {
            match self.looked.get(&file.name) {
                Some(Look::Done(before)) if *before == file => {}
                Some(Look::Growing(before)) if *before == file => {
                    if self.take(&file).await {
                        self.looked.insert(file.name.clone(), Look::Done(file));
                    }
                }
                _ => {
                    self.looked.insert(file.name.clone(), Look::Growing(file));
                }
            }
        }
    }

    /// Reads one file; says whether it is done with it.
    async fn take(&mut self, file: &files::Seen) -> bool {
        let path = self.options.face.join(&file.name);
        let work = move || {
            let bytes = files::read(&path)?;
            Some((
                hex::encode(digest::digest(&digest::SHA256, &bytes)),
                parse(&bytes),
            ))
        };
        let Ok(Some((hash, parsed))) = self.blocking.run(work).await else {
            return false;
        };
        let Ok(id) = ResultId::new(hash) else {
            return true;
        };
        let record = match parsed {
            Ok(root) => read(&root),
            // It is looked at until it is whole, or too old.
            Err(Broken::Incomplete | Broken::NotXml) => return false,
            Err(broken) => {
                tracing::warn!(problem = %broken, "a file of the terminal's is no result");
                return true;
            }
        };
        match record {
            Ok(record) => {
                let at = made_at(&record, file);
                self.keep(id, record, at).await
            }
            Err(unreadable) => {
                tracing::warn!(problem = %unreadable, "a result of the terminal's reader gives no answer");
                true
            }
        }
    }

    /// Keeps a result; says whether it is kept.
    pub(super) async fn keep(&mut self, id: ResultId, record: Record, at: Option<OffsetDateTime>) -> bool {
        let found_at = self.clock.now();
        let result = StoredResult { id, found_at, record };
        let kept = self.store.keep(result.clone()).await;
        let was_unsure = self.unsure.remove(&result.id);
        match kept {
            Ok(is_new) if is_new || was_unsure => self.results.push(result, at),
            Ok(_) => tracing::debug!("a result that was seen before"),
            Err(reason) => {
                self.unsure.insert(result.id);
                tracing::error!(
                    reason = reason.code(),
                    "a result could not be kept; it is read again"
                );
                return false;
            }
        }
        true
    }
}

/// When the terminal made a result: it says so itself, or in the file's name, else the file was written then. When this
/// gateway found it says nothing: after an outage of the share that is hours later.
fn made_at(record: &Record, file: &files::Seen) -> Option<OffsetDateTime> {
    let said = record.processing.executed_at;
    said.or_else(|| stamp(&file.name))
        .or_else(|| file.changed.map(OffsetDateTime::from))
}

/// The moment in a file's name, as the official terminal software writes it.
fn stamp(name: &str) -> Option<OffsetDateTime> {
    moment14(name.rsplit_once('.')?.0.rsplit_once('_')?.1)
}

/// Whether a file's name says that it is too old, with a day for clocks that differ.
fn is_past(name: &str, max_age: Duration, now: OffsetDateTime) -> bool {
    stamp(name).is_some_and(|at| now - at > max_age.saturating_add(SLACK))
}

#[cfg(test)]
mod tests {
    use super::*;
    use madoguchi_core::eligibility::{Source, Validity};
    use std::time::SystemTime;
    use time::macros::datetime;

    #[test]
    fn a_result_is_of_when_it_was_made_and_not_of_when_it_was_found() {
        let mut record = Record::new(Source::Folder, Validity::Valid, Vec::new());
        let file = |name: &str, changed| files::Seen {
            name: name.to_owned(),
            length: 1,
            changed,
        };
        let changed = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
        let stamped = file("OQSsiquc01res_face_7_20261126120000.XML", Some(changed));
        let plain = |changed| file("OQSsiquc01res_face_7.xml", changed);
        assert_eq!(made_at(&record, &stamped), Some(datetime!(2026-11-26 12:00 +9)));
        assert_eq!(
            made_at(&record, &plain(Some(changed))),
            Some(datetime!(1970-01-01 00:00:01 UTC))
        );
        assert_eq!(made_at(&record, &plain(None)), None);
        record.processing.executed_at = Some(datetime!(2026-11-26 11:59 +9));
        assert_eq!(made_at(&record, &stamped), record.processing.executed_at);
    }

    #[test]
    fn a_name_says_that_its_file_is_too_old_with_a_day_for_clocks_that_differ() {
        let now = datetime!(2026-11-26 12:00 +9);
        let past = |name: &str| is_past(name, Duration::from_secs(24 * 3_600), now);
        assert!(past("OQSsiquc01res_face_7_20261124115959.XML"));
        assert!(!past("OQSsiquc01res_face_7_20261124120000.XML"));
        assert!(!past("OQSsiquc01res_face_7.xml"));
        assert!(!past("OQSsiquc01res_face_7_99991231235959.xml"));
        assert!(past("OQSsiquc01res_face_7_00010101000000.xml"));
        assert!(!past("OQSsiquc01res_face_20261131000000.xml"));
    }
}
