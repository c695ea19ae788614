//! What is done beside the visits, from the start to the end: each a future that ends with the gateway's token.

use std::pin::Pin;

use tokio::task::JoinSet;

/// The chores of a gateway.
#[derive(Default)]
pub(super) struct Chores(Vec<Pin<Box<dyn Future<Output = ()> + Send>>>);

impl Chores {
    /// One more; it has to end by itself when the gateway does.
    pub(super) fn add(&mut self, chore: impl Future<Output = ()> + Send + 'static) {
        self.0.push(Box::pin(chore));
    }

    /// Starts them all, each on a task of its own.
    pub(super) fn start(self) -> JoinSet<()> {
        self.0.into_iter().collect()
    }
}
