//! A watcher that stops reading loses its own stream and nothing else: the other RPCs on its connection go on.

use madoguchi_proto::reader::v1::reader_service_client::ReaderServiceClient;
use madoguchi_proto::reader::v1::{ListReadersRequest, WatchReadersRequest, WatchReadersResponse};
use tokio::sync::oneshot;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status, Streaming};

use crate::support::Gateway;

const CHANGES: u64 = 20_000;
const CALLS: usize = 1_000;

async fn list(client: &mut ReaderServiceClient<Channel>) {
    let answer = client
        .list_readers(ListReadersRequest {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.readers.len(), 1);
}

/// The reader list changes 20,000 times, each change seen by the server's tasks, while the watchers do not read and
/// the same connection carries 1,000 calls, and as many afterwards.
async fn run(gateway: &Gateway, watchers: usize) -> Vec<Streaming<WatchReadersResponse>> {
    let mut client = ReaderServiceClient::new(gateway.connect().await);
    let mut unread = Vec::new();
    for _ in 0..watchers {
        unread.push(
            client
                .watch_readers(WatchReadersRequest {})
                .await
                .unwrap()
                .into_inner(),
        );
    }
    let readers = gateway.readers.clone();
    let (done, mut changed) = oneshot::channel();
    tokio::spawn(async move {
        for sequence in 2..=CHANGES + 1 {
            readers.change(sequence);
            tokio::task::yield_now().await;
        }
        let _ = done.send(());
    });
    let mut calls = 0;
    while calls < CALLS || changed.try_recv().is_err() {
        list(&mut client).await;
        calls += 1;
    }
    for _ in 0..CALLS {
        list(&mut client).await;
    }
    unread
}

#[tokio::test]
async fn one_watcher_that_never_reads() {
    let gateway = Gateway::start().await;
    let mut unread = run(&gateway, 1).await;
    // It wakes up: what is still there is in order, and the latest is the last state.
    let mut last = 0;
    let mut stream = unread.remove(0);
    while last < CHANGES + 1 {
        let message = match stream.message().await {
            Ok(message) => message.unwrap(),
            // On a slow machine so many came through before that the stream was at its bound.
            Err(status) => {
                assert_eq!(status.code(), Code::ResourceExhausted);
                break;
            }
        };
        assert!(message.sequence > last);
        last = message.sequence;
    }
}

#[tokio::test]
async fn ten_watchers_that_never_read() {
    let gateway = Gateway::start().await;
    let unread = run(&gateway, 10).await;
    assert_eq!(unread.len(), 10);
}

/// Without the pause it is the number of messages that keeps the connection: the stream ends, the others go on.
#[tokio::test]
async fn a_watcher_that_got_its_number_of_messages_loses_its_own_stream() {
    let gateway = Gateway::start_with(|config| config.server.limits.watch_interval_milliseconds = 1).await;
    let mut client = ReaderServiceClient::new(gateway.connect().await);
    let mut watched = client
        .watch_readers(WatchReadersRequest {})
        .await
        .unwrap()
        .into_inner();
    let mut messages = 0;
    let end = loop {
        gateway.readers.change(messages + 2);
        match watched.message().await {
            Ok(Some(_)) => messages += 1,
            Ok(None) => panic!("the stream ended without a reason"),
            Err(status) => break status,
        }
    };
    assert_eq!((end.code(), messages), (Code::ResourceExhausted, 128));
    let mut again = client
        .watch_readers(WatchReadersRequest {})
        .await
        .unwrap()
        .into_inner();
    assert!(again.message().await.unwrap().is_some());
    list(&mut client).await;
}

/// A client with HTTP/2's own window of 65,535 bytes, whose h2 bears 128 unread small frames and no more.
async fn connect_with_small_window(gateway: &Gateway) -> ReaderServiceClient<Channel> {
    const WINDOW: u32 = 65_535;
    let endpoint = Endpoint::new(gateway.url.clone()).unwrap();
    let endpoint = endpoint
        .initial_connection_window_size(WINDOW)
        .initial_stream_window_size(WINDOW);
    ReaderServiceClient::new(endpoint.connect().await.unwrap())
}

/// Changes and calls in turn, until a call fails.
async fn call_until_lost(gateway: &Gateway, client: &mut ReaderServiceClient<Channel>) -> Option<Status> {
    for sequence in 2..10_000 {
        gateway.readers.change(sequence);
        if let Err(status) = client.list_readers(ListReadersRequest {}).await {
            return Some(status);
        }
    }
    None
}

#[tokio::test]
async fn a_client_with_a_small_window_keeps_its_connection_too() {
    let gateway = Gateway::start_with(|config| config.server.limits.watch_interval_milliseconds = 1).await;
    let mut client = connect_with_small_window(&gateway).await;
    let _unread = client.watch_readers(WatchReadersRequest {}).await.unwrap();
    assert!(call_until_lost(&gateway, &mut client).await.is_none());
}

/// What the number of messages is for: without it the same client's h2 gives the whole connection up.
#[tokio::test]
async fn a_stream_without_an_end_would_cost_the_connection() {
    let gateway = Gateway::start_with(|config| {
        config.server.limits.watch_interval_milliseconds = 1;
        config.server.limits.max_messages_per_watch = u32::MAX;
    })
    .await;
    let mut client = connect_with_small_window(&gateway).await;
    let _unread = client.watch_readers(WatchReadersRequest {}).await.unwrap();
    let lost = call_until_lost(&gateway, &mut client).await.unwrap();
    assert!(format!("{lost:?}").contains("too_many_data_frames"), "{lost:?}");
}
