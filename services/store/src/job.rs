//! A piece of work on a connection, and the one who waits for its result.

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::Error;

/// A job in a queue.
pub(crate) trait Job: Send {
    /// Does the work, unless nobody waits for it any more, and says whether it should be kept.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Tells the one who waits, once it is known whether the work is on disk.
    fn answer(self: Box<Self>, kept: Result<(), Error>);
}

struct Task<T, W> {
    work: Option<W>,
    outcome: Option<Result<T, Error>>,
    reply: oneshot::Sender<Result<T, Error>>,
}

/// A job and where its result arrives.
pub(crate) fn new<T, W>(work: W) -> (Box<dyn Job>, oneshot::Receiver<Result<T, Error>>)
where
    T: Send + 'static,
    W: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
{
    let (reply, result) = oneshot::channel();
    (
        Box::new(Task {
            work: Some(work),
            outcome: None,
            reply,
        }),
        result,
    )
}

impl<T, W> Job for Task<T, W>
where
    T: Send,
    W: FnOnce(&Connection) -> Result<T, Error> + Send,
{
    fn run(&mut self, connection: &Connection) -> bool {
        if self.reply.is_closed() {
            return false;
        }
        self.outcome = self.work.take().map(|work| work(connection));
        matches!(self.outcome, Some(Ok(_)))
    }

    fn answer(self: Box<Self>, kept: Result<(), Error>) {
        let result = match (self.outcome, kept) {
            // What the job itself found wrong is nearer to the truth than what became of the others.
            (Some(Err(error)), _) | (_, Err(error)) => Err(error),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(Error::Closed),
        };
        // Nobody waits: a cancelled call, whose work stays done.
        drop(self.reply.send(result));
    }
}
