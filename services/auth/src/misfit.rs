//! Something that was held up and is not what the patient chose: not looked at again before it has left, and used if it
//! is what is chosen next.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use madoguchi_core::reader::Readers;
use madoguchi_core::{Medium, ReaderId};
use tokio::task::JoinHandle;

use crate::steps::card_leaves;

/// Something that lies on a reader and does not fit. It is watched for as long as this lives: what is put there after it
/// left is something else, however quick the exchange was.
#[derive(Debug)]
pub(crate) struct Misfit {
    pub(crate) reader_id: ReaderId,
    pub(crate) medium: Medium,
    left: Arc<AtomicBool>,
    watch: JoinHandle<()>,
}

impl Misfit {
    /// Must be called on a tokio runtime.
    pub(crate) fn new(readers: Arc<dyn Readers>, reader_id: ReaderId, medium: Medium) -> Self {
        let left = Arc::new(AtomicBool::new(false));
        let (gone, id) = (Arc::clone(&left), reader_id.clone());
        let watch = tokio::spawn(async move {
            card_leaves(&*readers, &id).await;
            gone.store(true, Ordering::Release);
        });
        Self {
            reader_id,
            medium,
            left,
            watch,
        }
    }

    pub(crate) fn lies_there(&self) -> bool {
        !self.left.load(Ordering::Acquire)
    }
}

impl Drop for Misfit {
    fn drop(&mut self) {
        self.watch.abort();
    }
}
