//! What a watcher gets.

use std::pin::Pin;

use futures_util::stream::{self, Stream};
use tokio::sync::watch;

use crate::Resource;
use crate::table::Current;

/// The states of a resource; the terminal one is the last.
pub type Updates<R> = Pin<Box<dyn Stream<Item = R> + Send + 'static>>;

/// The one state that there is.
pub(crate) fn only<R: Resource>(state: R) -> Updates<R> {
    Box::pin(stream::iter([state]))
}

/// Each state after that number, or the latest of those that a slow watcher missed.
pub(crate) fn follow<R: Resource>(live: watch::Receiver<Current<R>>, after: u64) -> Updates<R> {
    Box::pin(stream::unfold(Some((live, after)), |following| async move {
        let (mut live, after) = following?;
        let newer = |current: &Current<R>| current.as_ref().is_some_and(|state| state.sequence() > after);
        let current = live
            .wait_for(newer)
            .await
            .ok()
            .and_then(|current| current.clone())?;
        let sequence = current.sequence();
        let next = (!current.is_terminal()).then_some((live, sequence));
        Some((R::clone(&current), next))
    }))
}
