//! What the gateway says of its readers, waited for instead of guessed.

use std::time::Duration;

use madoguchi_proto::reader::v1::reader::State;
use madoguchi_proto::reader::v1::reader_service_client::ReaderServiceClient;
use madoguchi_proto::reader::v1::{Reader, WatchReadersRequest};
use tonic::transport::Channel;

use crate::cli::Error as CliError;
use crate::demo::Error;

/// A driver's start is in it, and PC/SC looks at its readers every 400 ms only.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Waits until the gateway has readers and nothing lies on any of them.
pub(super) async fn until_empty(channel: Channel) -> Result<(), CliError> {
    until(channel, "empty", |readers| readers.iter().all(is_empty)).await
}

/// Waits until something lies on a reader.
pub(super) async fn until_card(channel: Channel) -> Result<(), CliError> {
    until(channel, "with a card", |readers| {
        readers.iter().any(|reader| reader.card_present)
    })
    .await
}

async fn until(
    channel: Channel,
    wanted: &'static str,
    is_so: impl Fn(&[Reader]) -> bool,
) -> Result<(), CliError> {
    let mut client = ReaderServiceClient::new(channel);
    let wait = async {
        loop {
            let mut changes = client.watch_readers(WatchReadersRequest {}).await?.into_inner();
            // The gateway ends streams that have sent much; the next one begins with the readers of now.
            while let Ok(Some(readers)) = changes.message().await {
                if !readers.readers.is_empty() && is_so(&readers.readers) {
                    return Ok(());
                }
            }
        }
    };
    match tokio::time::timeout(TIMEOUT, wait).await {
        Ok(done) => done,
        Err(_) => Err(Error::Readers { wanted }.into()),
    }
}

/// A guest's visit may hold the reader meanwhile.
fn is_empty(reader: &Reader) -> bool {
    !reader.card_present && matches!(reader.state(), State::Ready | State::Leased)
}
