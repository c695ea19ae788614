//! Readers of which something is known that no snapshot tells.

use madoguchi_core::ReaderId;
use tokio::sync::watch;

/// Readers that are marked. Cheap to clone; all clones are the same marks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Marks(watch::Sender<Vec<ReaderId>>);

/// A reader is marked for as long as this lives.
#[derive(Debug)]
#[must_use = "dropping it wipes the mark"]
pub(crate) struct Mark {
    id: ReaderId,
    marks: Marks,
}

impl Marks {
    /// Marks a reader. One that is marked twice stays marked until both are gone.
    pub(crate) fn mark(&self, id: &ReaderId) -> Mark {
        self.0.send_modify(|marked| marked.push(id.clone()));
        Mark {
            id: id.clone(),
            marks: self.clone(),
        }
    }

    /// Whether the reader is marked.
    pub(crate) fn has(&self, id: &ReaderId) -> bool {
        self.0.borrow().contains(id)
    }

    /// Tells of each change.
    pub(crate) fn watch(&self) -> watch::Receiver<Vec<ReaderId>> {
        self.0.subscribe()
    }
}

impl Mark {
    /// The reader.
    pub(super) const fn reader_id(&self) -> &ReaderId {
        &self.id
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        self.marks.0.send_modify(|marked| {
            if let Some(place) = marked.iter().position(|id| *id == self.id) {
                marked.swap_remove(place);
            }
        });
    }
}
