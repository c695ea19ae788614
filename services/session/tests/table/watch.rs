//! What watchers get.

use std::sync::Arc;

use futures_util::FutureExt;
use madoguchi_core::Reason;
use madoguchi_core::authentication::State;

use crate::fixture::{in_state, next, started, table};

#[tokio::test]
async fn a_watcher_gets_the_current_state_each_change_and_the_end() {
    let table = table(&Arc::default(), 10).await;
    let mut lead = started(&table, "r1").await;
    let id = lead.current().id.as_str().to_owned();
    let mut watcher = table.watch(&id, None).await.unwrap();
    assert_eq!(next(&mut watcher).await, Some((1, State::ChoosingMedium)));
    assert_eq!(next(&mut watcher).now_or_never(), None);
    lead.publish(in_state(lead.current(), State::WaitingForCard))
        .await
        .unwrap();
    assert_eq!(next(&mut watcher).await, Some((2, State::WaitingForCard)));
    lead.publish(in_state(lead.current(), State::Succeeded))
        .await
        .unwrap();
    assert_eq!(next(&mut watcher).await, Some((3, State::Succeeded)));
    assert_eq!(next(&mut watcher).await, None);
}

#[tokio::test]
async fn a_slow_watcher_gets_the_latest_and_no_backlog() {
    let table = table(&Arc::default(), 10).await;
    let mut lead = started(&table, "r1").await;
    let mut watcher = table.watch(lead.current().id.as_str(), Some(0)).await.unwrap();
    assert_eq!(next(&mut watcher).await, Some((1, State::ChoosingMedium)));
    for _ in 0..1000 {
        lead.publish(in_state(lead.current(), State::ReadingCard))
            .await
            .unwrap();
    }
    assert_eq!(next(&mut watcher).await, Some((1001, State::ReadingCard)));
    // Even the end waits for one who comes late.
    lead.publish(in_state(lead.current(), State::Signing))
        .await
        .unwrap();
    lead.publish(in_state(lead.current(), State::Succeeded))
        .await
        .unwrap();
    drop(lead);
    assert_eq!(next(&mut watcher).await, Some((1003, State::Succeeded)));
    assert_eq!(next(&mut watcher).await, None);
}

#[tokio::test]
async fn a_watcher_resumes_where_it_stood() {
    let table = table(&Arc::default(), 10).await;
    let mut lead = started(&table, "r1").await;
    let id = lead.current().id.as_str().to_owned();
    lead.publish(in_state(lead.current(), State::WaitingForCard))
        .await
        .unwrap();

    let mut behind = table.watch(&id, Some(1)).await.unwrap();
    assert_eq!(
        next(&mut behind).now_or_never(),
        Some(Some((2, State::WaitingForCard)))
    );
    let mut even = table.watch(&id, Some(2)).await.unwrap();
    assert_eq!(next(&mut even).now_or_never(), None);
    assert_eq!(
        table.watch(&id, Some(3)).await.err(),
        Some(Reason::SequenceUnknown)
    );
    lead.publish(in_state(lead.current(), State::Failed))
        .await
        .unwrap();
    assert_eq!(next(&mut even).await, Some((3, State::Failed)));
    assert_eq!(next(&mut even).await, None);

    // After the end there is always the end.
    for after in [None, Some(1), Some(3)] {
        let mut late = table.watch(&id, after).await.unwrap();
        assert_eq!(next(&mut late).await, Some((3, State::Failed)));
        assert_eq!(next(&mut late).await, None);
    }
    assert_eq!(
        table.watch(&id, Some(4)).await.err(),
        Some(Reason::SequenceUnknown)
    );
    assert_eq!(
        table.watch("another", None).await.err(),
        Some(Reason::AuthenticationNotFound)
    );
}

#[tokio::test]
async fn watchers_come_and_go_without_the_others() {
    let table = table(&Arc::default(), 10).await;
    let mut lead = started(&table, "r1").await;
    let id = lead.current().id.as_str().to_owned();
    let gone = table.watch(&id, None).await.unwrap();
    drop(gone);
    let waiting = (0..50).map(|_| {
        let (table, id) = (table.clone(), id.clone());
        tokio::spawn(async move {
            let mut watcher = table.watch(&id, None).await.unwrap();
            let mut last = None;
            while let Some(state) = next(&mut watcher).await {
                assert!(last < Some(state.0));
                last = Some(state.0);
            }
            last
        })
    });
    let waiting: Vec<_> = waiting.collect();
    for _ in 0..100 {
        lead.publish(in_state(lead.current(), State::ReadingCard))
            .await
            .unwrap();
        tokio::task::yield_now().await;
    }
    lead.publish(in_state(lead.current(), State::Succeeded))
        .await
        .unwrap();
    for watcher in waiting {
        assert_eq!(watcher.await.unwrap(), Some(102));
    }
}
