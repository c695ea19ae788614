use super::*;
use futures_util::stream::iter;
use std::convert::identity;
use tonic_types::StatusExt as _;

fn watchers(max_messages: u32, interval: u32) -> Watchers {
    let limits = Limits {
        max_messages_per_watch: max_messages,
        watch_interval_milliseconds: interval,
        max_watchers: 2,
        ..Limits::default()
    };
    Watchers::new(&limits, CancellationToken::new())
}

fn reason(status: &Status) -> String {
    status.get_details_error_info().unwrap().reason
}

#[tokio::test]
async fn the_first_go_at_once_and_then_the_latest_only() {
    let peer = Peer::local(9);
    let messages = watchers(1000, 20)
        .open(Some(&peer), iter(0..20_000).boxed(), identity)
        .unwrap();
    let seen: Vec<_> = messages.map(Result::unwrap).collect().await;
    assert_eq!(seen[..8], [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(seen.last(), Some(&19_999));
    assert!(seen.len() < 100, "{} messages", seen.len());
    assert!(seen.is_sorted());
}

#[tokio::test]
async fn a_stream_ends_after_its_number_of_messages() {
    let peer = Peer::local(9);
    // Changes that are never ready together: nothing can be left out.
    let slow = iter(0..).then(|number| async move {
        tokio::task::yield_now().await;
        number
    });
    let mut messages = watchers(5, 1).open(Some(&peer), slow.boxed(), identity).unwrap();
    for number in 0..5 {
        assert_eq!(messages.next().await.unwrap().unwrap(), number);
    }
    let end = messages.next().await.unwrap().unwrap_err();
    assert_eq!(
        (end.code(), reason(&end)),
        (tonic::Code::ResourceExhausted, "OVERLOADED".to_owned())
    );
    assert_eq!(end.get_details_error_info().unwrap().metadata["messages"], "5");
    assert!(messages.next().await.is_none());
}

#[tokio::test]
async fn watch_streams_are_counted_and_given_back() {
    let watchers = watchers(5, 1);
    let (one, other) = (Peer::local(1), Peer::local(9));
    let open = |peer: &Peer| watchers.open(Some(peer), stream::pending::<u8>().boxed(), identity);
    let first = open(&one).unwrap();
    assert_eq!(
        open(&one).err().map(|refusal| refusal.reason),
        Some(Reason::Overloaded)
    );
    let _second = open(&other).unwrap();
    assert_eq!(
        open(&other).err().map(|refusal| refusal.reason),
        Some(Reason::Overloaded)
    );
    drop(first);
    assert!(open(&one).is_ok());
    assert_eq!(
        watchers
            .open(None, iter([1]).boxed(), identity)
            .err()
            .unwrap()
            .reason,
        Reason::Unauthenticated
    );
}

#[tokio::test]
async fn a_shutdown_ends_the_stream_after_the_last_change() {
    let watchers = watchers(5, 1);
    let peer = Peer::local(9);
    let changes = iter([1]).chain(stream::pending());
    let mut messages = watchers.open(Some(&peer), changes.boxed(), identity).unwrap();
    watchers.ending.cancel();
    assert_eq!(messages.next().await.unwrap().unwrap(), 1);
    let end = messages.next().await.unwrap().unwrap_err();
    assert_eq!(reason(&end), "GATEWAY_SHUTTING_DOWN");
    assert!(messages.next().await.is_none());
}
