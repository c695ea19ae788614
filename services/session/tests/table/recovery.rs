//! What nobody leads any more ends.

use std::sync::Arc;

use madoguchi_core::Reason;
use madoguchi_core::audit::Action;
use madoguchi_core::authentication::{Authentication, State};
use madoguchi_session::{MemoryResources, Resource, ResourceStore, Update};

use crate::fixture::{NOW, in_state, next, started, table};

#[tokio::test]
async fn a_successor_ends_what_was_left_open() {
    let store = Arc::<MemoryResources>::default();
    let before = table(&store, 10).await;
    let mut open = started(&before, "r1").await;
    open.publish(in_state(open.current(), State::Signing))
        .await
        .unwrap();
    let mut ended = started(&before, "r2").await;
    ended
        .publish(in_state(ended.current(), State::Succeeded))
        .await
        .unwrap();
    let (open_id, ended_id) = (open.current().id.clone(), ended.current().id.clone());
    // As after a kill: the publisher of the first is neither used nor dropped.
    std::mem::forget(open);

    let after = table(&store, 10).await;
    let recovered = after.get(open_id.as_str()).await.unwrap();
    assert_eq!((recovered.state, recovered.sequence), (State::Failed, 3));
    assert_eq!(recovered.failure.unwrap().reason, Reason::GatewayRestarted);
    assert_eq!(recovered.updated_at, NOW);
    assert_eq!(
        after.get(ended_id.as_str()).await.unwrap().state,
        State::Succeeded
    );
    assert_eq!(store.list_open(Authentication::KIND).await, Ok(vec![]));
    // Auditors are told of each end once, whoever ended it.
    let told = || {
        let endings = store.endings().into_iter();
        let told = endings.map(|ending| {
            let event = ending.event;
            (event.action, event.authentication_id.unwrap(), event.reason)
        });
        told.collect::<Vec<_>>()
    };
    let expected = [
        (Action::AuthenticationEnded, ended_id, None),
        (
            Action::AuthenticationEnded,
            open_id.clone(),
            Some(Reason::GatewayRestarted),
        ),
    ];
    assert_eq!(told(), expected);
    let _third = table(&store, 10).await;
    assert_eq!(told(), expected);
    // One who watched before the restart resumes and learns the end.
    let mut watcher = after.watch(open_id.as_str(), Some(2)).await.unwrap();
    assert_eq!(next(&mut watcher).await, Some((3, State::Failed)));
    assert_eq!(next(&mut watcher).await, None);
}

#[tokio::test]
async fn what_cannot_be_read_does_not_keep_the_table_from_opening() {
    let store = Arc::<MemoryResources>::default();
    let before = table(&store, 10).await;
    let open = started(&before, "r1").await;
    let id = open.current().id.as_str().to_owned();
    std::mem::forget(open);
    let body = b"{".to_vec();
    let damage = Update {
        kind: Authentication::KIND,
        id: id.clone(),
        sequence: 2,
        terminal: false,
        body,
        at: NOW,
        ending: None,
    };
    store.update(damage).await.unwrap();

    let after = table(&store, 10).await;
    assert_eq!(after.get(&id).await, Err(Reason::Internal));
    assert_eq!(store.list_open(Authentication::KIND).await, Ok(vec![]));
}

#[tokio::test]
async fn a_publisher_that_is_dropped_ends_its_resource_for_its_watchers() {
    let store = Arc::<MemoryResources>::default();
    let table = table(&store, 1).await;
    let lead = started(&table, "r1").await;
    let id = lead.current().id.as_str().to_owned();
    let mut watcher = table.watch(&id, Some(1)).await.unwrap();
    let visit = tokio::spawn(async move {
        let _lead = lead;
        panic!("a fault in a visit");
    });
    assert!(visit.await.is_err());
    assert_eq!(next(&mut watcher).await, Some((2, State::Failed)));
    assert_eq!(next(&mut watcher).await, None);
    assert_eq!(table.get(&id).await.unwrap().state, State::Failed);
    assert_eq!(store.list_open(Authentication::KIND).await, Ok(vec![]));
}

#[tokio::test]
async fn an_end_that_the_disk_does_not_take_is_shown_and_put_on_disk_later() {
    let store = Arc::<MemoryResources>::default();
    let table = table(&store, 1).await;
    let lead = started(&table, "r1").await;
    let id = lead.current().id.as_str().to_owned();
    let mut watcher = table.watch(&id, Some(1)).await.unwrap();
    store.set_broken(true);
    drop(lead);
    let (sequence, state) = next(&mut watcher).await.unwrap();
    assert_eq!(
        (sequence > 1, state),
        (true, State::Failed),
        "nobody waits for what cannot come"
    );
    assert_eq!(next(&mut watcher).await, None);
    assert_eq!(table.get(&id).await.unwrap().state, State::Failed);
    store.set_broken(false);
    while table.live_count() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(store.list_open(Authentication::KIND).await, Ok(vec![]));
    assert_eq!(table.get(&id).await.unwrap().state, State::Failed);
    let _next = started(&table, "r2").await;
}

#[tokio::test]
async fn what_cannot_be_put_on_disk_is_shown_as_its_owner_says() {
    let store = Arc::<MemoryResources>::default();
    let table = table(&store, 1).await;
    let lead = started(&table, "r1").await;
    let succeeded = |mut state: Authentication| {
        state.state = State::Succeeded;
        state
    };
    let expired = |mut state: Authentication| {
        state.state = State::Expired;
        state
    };
    store.set_broken(true);
    let ended = succeeded(lead.current().clone());
    let shown = lead.finish(ended, expired).await;
    assert_eq!(
        shown.state,
        State::Expired,
        "a success that could be lost is not told"
    );
    assert_eq!(table.get(shown.id.as_str()).await.unwrap(), shown);

    store.set_broken(false);
    while table.live_count() > 0 {
        tokio::task::yield_now().await;
    }
    let lead = started(&table, "r2").await;
    let ended = succeeded(lead.current().clone());
    assert_eq!(lead.finish(ended, expired).await.state, State::Succeeded);
}
