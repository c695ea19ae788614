//! Starting, repeating, publishing and reading.

use std::sync::Arc;

use madoguchi_core::Reason;
use madoguchi_core::authentication::State;
use madoguchi_session::{MemoryResources, Resource, ResourceStore, Started};

use crate::fixture::{NOW, authentication, in_state, request, started, table};

#[tokio::test]
async fn the_store_in_memory_keeps_the_contract() {
    madoguchi_session::contract::resource_store(&MemoryResources::default()).await;
}

#[tokio::test]
async fn the_table_counts_the_states() {
    let table = table(&Arc::default(), 10).await;
    let mut lead = started(&table, "r1").await;
    let id = lead.current().id.clone();
    assert_eq!((lead.current().sequence, lead.current().updated_at), (1, NOW));
    let shown = lead
        .publish(in_state(lead.current(), State::WaitingForCard))
        .await
        .unwrap();
    assert_eq!(shown.sequence, 2);
    assert_eq!(table.get(id.as_str()).await, Ok(shown));
    assert_eq!(table.get("another").await, Err(Reason::AuthenticationNotFound));
    // Another resource's state is not published under this name.
    assert_eq!(lead.publish(authentication()).await, Err(Reason::Internal));
}

#[tokio::test]
async fn the_same_request_finds_the_same_resource_and_another_is_refused() {
    let table = table(&Arc::default(), 10).await;
    let first = authentication();
    let Started::New(mut lead) = table.start(request("r1", "card"), first.clone()).await.unwrap() else {
        panic!("it is new")
    };
    lead.publish(in_state(&first, State::WaitingForCard))
        .await
        .unwrap();
    let Started::Existing(found) = table
        .start(request("r1", "card"), authentication())
        .await
        .unwrap()
    else {
        panic!("it exists")
    };
    assert_eq!((&found.id, found.sequence), (&first.id, 2));
    let other = table.start(request("r1", "iphone"), authentication()).await;
    assert_eq!(other.err(), Some(Reason::RequestIdReused));
    assert_eq!(
        table.find(&request("r1", "card")).await.unwrap().unwrap().id,
        first.id
    );
    assert_eq!(
        table.find(&request("r1", "iphone")).await,
        Err(Reason::RequestIdReused)
    );
    assert_eq!(table.find(&request("r2", "card")).await, Ok(None));
    // Still so after its end.
    lead.publish(in_state(&first, State::Succeeded)).await.unwrap();
    let Started::Existing(found) = table
        .start(request("r1", "card"), authentication())
        .await
        .unwrap()
    else {
        panic!("it exists")
    };
    assert_eq!((found.sequence, found.state), (3, State::Succeeded));
    assert_eq!(table.live_count(), 0);
}

#[tokio::test]
async fn requests_at_once_make_one_resource() {
    let table = table(&Arc::default(), 100).await;
    let calls: Vec<_> = (0..32)
        .map(|_| {
            let table = table.clone();
            tokio::spawn(async move { table.start(request("r1", "card"), authentication()).await })
        })
        .collect();
    let (mut leads, mut ids) = (Vec::new(), Vec::new());
    for call in calls {
        match call.await.unwrap().unwrap() {
            Started::New(lead) => {
                ids.push(lead.current().id.clone());
                leads.push(lead);
            }
            Started::Existing(found) => ids.push(found.id),
        }
    }
    ids.dedup();
    assert_eq!((leads.len(), ids.len(), table.live_count()), (1, 1, 1));
}

#[tokio::test]
async fn no_more_than_allowed_are_under_way() {
    let table = table(&Arc::default(), 2).await;
    let mut first = started(&table, "r1").await;
    let _second = started(&table, "r2").await;
    let third = table.start(request("r3", "x"), authentication()).await;
    assert_eq!(third.err(), Some(Reason::Overloaded));
    first
        .publish(in_state(first.current(), State::Cancelled))
        .await
        .unwrap();
    let _third = started(&table, "r3").await;
}

#[tokio::test]
async fn what_is_not_on_disk_is_not_seen() {
    let store = Arc::<MemoryResources>::default();
    let table = table(&store, 10).await;
    let mut lead = started(&table, "r1").await;
    let id = lead.current().id.clone();
    store.set_broken(true);
    let failed = lead.publish(in_state(lead.current(), State::Signing)).await;
    assert_eq!(failed, Err(Reason::StoreUnavailable));
    assert_eq!(table.get(id.as_str()).await.unwrap().state, State::ChoosingMedium);
    assert_eq!(lead.current().sequence, 1);
    let refused = table.start(request("r2", "x"), authentication()).await;
    assert_eq!(refused.err(), Some(Reason::StoreUnavailable));

    // The number whose outcome was not known is not used for another state.
    store.set_broken(false);
    let shown = lead
        .publish(in_state(lead.current(), State::Signing))
        .await
        .unwrap();
    assert_eq!(shown.sequence, 3);
}

#[tokio::test]
async fn what_ended_leaves_memory_and_is_served_from_the_store() {
    let store = Arc::<MemoryResources>::default();
    let table = table(&store, 10).await;
    let mut lead = started(&table, "r1").await;
    let id = lead.current().id.clone();
    lead.publish(in_state(lead.current(), State::Succeeded))
        .await
        .unwrap();
    assert_eq!(table.live_count(), 0);
    assert_eq!(
        lead.publish(in_state(lead.current(), State::Failed)).await,
        Err(Reason::Internal)
    );
    let stored = table.get(id.as_str()).await.unwrap();
    assert!(stored.is_terminal() && stored.sequence == 2);
    store
        .purge_terminal_before(NOW + time::Duration::SECOND)
        .await
        .unwrap();
    assert_eq!(table.get(id.as_str()).await, Err(Reason::AuthenticationNotFound));
}
