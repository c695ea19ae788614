//! The changes of a visit, over as many streams as it takes.

use madoguchi_proto::checkin::v1::check_in_service_client::CheckInServiceClient;
use madoguchi_proto::checkin::v1::{CheckIn, WatchCheckInRequest, WatchCheckInResponse};
use tonic::Streaming;
use tonic::transport::Channel;

use crate::cli::error::Error;
use crate::cli::resume::Resumes;

/// The changes of one visit. [`Feed::next`] may be dropped and called again: nothing is lost.
pub(super) struct Feed {
    client: CheckInServiceClient<Channel>,
    check_in_id: String,
    /// The change that was seen last; a new stream goes on behind it.
    sequence: u64,
    stream: Option<Streaming<WatchCheckInResponse>>,
    resumes: Resumes,
}

impl Feed {
    pub(super) fn new(client: CheckInServiceClient<Channel>, seen: &CheckIn) -> Self {
        Self {
            client,
            check_in_id: seen.check_in_id.clone(),
            sequence: seen.sequence,
            stream: None,
            resumes: Resumes::default(),
        }
    }

    /// The next change.
    pub(super) async fn next(&mut self) -> Result<CheckIn, Error> {
        loop {
            let status = match self.message().await {
                Ok(Some(message)) => {
                    let check_in = message.check_in.ok_or(Error::Answer("check_in"))?;
                    self.resumes.arrived();
                    if check_in.sequence <= self.sequence {
                        continue;
                    }
                    self.sequence = check_in.sequence;
                    return Ok(check_in);
                }
                // The gateway ended the stream before the visit's end: it is shutting down or sheds load.
                Ok(None) => tonic::Status::unavailable("the stream ended before the visit did"),
                Err(status) => status,
            };
            self.stream = None;
            self.resumes.broke(status).await?;
        }
    }

    async fn message(&mut self) -> Result<Option<WatchCheckInResponse>, tonic::Status> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => {
                let request = WatchCheckInRequest {
                    check_in_id: self.check_in_id.clone(),
                    after_sequence: self.sequence,
                };
                self.stream
                    .insert(self.client.watch_check_in(request).await?.into_inner())
            }
        };
        stream.message().await
    }
}
