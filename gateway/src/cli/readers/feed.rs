//! The readers and each change of them, over as many streams as it takes.

use madoguchi_proto::reader::v1::reader_service_client::ReaderServiceClient;
use madoguchi_proto::reader::v1::{WatchReadersRequest, WatchReadersResponse};
use tonic::transport::Channel;
use tonic::{Status, Streaming};

use crate::cli::error::Error;
use crate::cli::resume::Resumes;

/// The readers as they change. [`Feed::next`] may be dropped and called again: nothing is lost.
pub(super) struct Feed {
    client: ReaderServiceClient<Channel>,
    /// The list that was told last: a new stream begins with the list of now, which may be the same.
    told: Option<WatchReadersResponse>,
    stream: Option<Streaming<WatchReadersResponse>>,
    resumes: Resumes,
}

impl Feed {
    pub(super) fn new(channel: Channel) -> Self {
        Self {
            client: ReaderServiceClient::new(channel),
            told: None,
            stream: None,
            resumes: Resumes::default(),
        }
    }

    /// The next list that differs from the one before.
    pub(super) async fn next(&mut self) -> Result<WatchReadersResponse, Error> {
        loop {
            let status = match self.message().await {
                Ok(Some(readers)) => {
                    self.resumes.arrived();
                    if self.told.as_ref() == Some(&readers) {
                        continue;
                    }
                    self.told = Some(readers.clone());
                    return Ok(readers);
                }
                Ok(None) => Status::unavailable("the gateway ended the stream"),
                Err(status) => status,
            };
            self.stream = None;
            self.resumes.broke(status).await?;
        }
    }

    async fn message(&mut self) -> Result<Option<WatchReadersResponse>, Status> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => {
                let stream = self.client.watch_readers(WatchReadersRequest {}).await?;
                self.stream.insert(stream.into_inner())
            }
        };
        stream.message().await
    }
}

#[cfg(test)]
mod tests;
