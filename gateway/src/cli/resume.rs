//! Streams that break off and are taken up again: the gateway itself ends a watch that has sent much, by design.

use std::time::Duration;

use madoguchi_core::Reason;
use tonic::Status;

use crate::cli::error::{Error, reason_of};

/// So often a broken stream is taken up again without a message in between.
const MAX_RESUMES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(200);

/// How often in a row a stream had to be taken up again.
#[derive(Debug, Default)]
pub(super) struct Resumes(u32);

impl Resumes {
    /// A message came: patience begins anew.
    pub(super) const fn arrived(&mut self) {
        self.0 = 0;
    }

    /// Returns when the stream is to be opened again.
    ///
    /// # Errors
    /// The status, where the gateway says no or the line has been broken for too long.
    pub(super) async fn broke(&mut self, status: Status) -> Result<(), Error> {
        self.0 += 1;
        if self.0 > MAX_RESUMES || !is_broken_line(&status) {
            return Err(status.into());
        }
        tokio::time::sleep(PAUSE).await;
        Ok(())
    }
}

/// Whether the line broke or the gateway asks to come again, rather than saying no.
pub(super) fn is_broken_line(status: &Status) -> bool {
    match reason_of(status) {
        Some(reason) => reason == Reason::Overloaded,
        None => matches!(status.code(), tonic::Code::Unavailable | tonic::Code::Unknown),
    }
}
