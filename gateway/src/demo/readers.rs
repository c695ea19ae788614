//! What the gateway says of its readers, waited for instead of guessed.

use std::time::Duration;

use madoguchi_proto::reader::v1::reader::State;
use madoguchi_proto::reader::v1::reader_service_client::ReaderServiceClient;
use madoguchi_proto::reader::v1::{WatchReadersRequest, WatchReadersResponse};
use tonic::transport::Channel;

use crate::cli::Error as CliError;
use crate::demo::Error;

/// A driver's start is in it, and PC/SC looks at its readers every 400 ms only.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Waits until the gateway has readers and nothing lies on any of them.
pub(super) async fn until_empty(channel: Channel) -> Result<(), CliError> {
    let mut client = ReaderServiceClient::new(channel);
    let wait = async {
        loop {
            let mut changes = client.watch_readers(WatchReadersRequest {}).await?.into_inner();
            // The gateway ends streams that have sent much; the next one begins with the readers of now.
            while let Ok(Some(readers)) = changes.message().await {
                if is_empty(&readers) {
                    return Ok(());
                }
            }
        }
    };
    match tokio::time::timeout(TIMEOUT, wait).await {
        Ok(done) => done,
        Err(_) => Err(Error::Readers { wanted: "empty" }.into()),
    }
}

fn is_empty(readers: &WatchReadersResponse) -> bool {
    !readers.readers.is_empty()
        && readers
            .readers
            .iter()
            .all(|reader| reader.state() == State::Ready && !reader.card_present)
}
