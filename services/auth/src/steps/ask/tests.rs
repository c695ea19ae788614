use std::pin::Pin;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::{FutureExt as _, stream};
use madoguchi_core::DriverId;
use madoguchi_core::reader::{Capability, Lease, Reader, Snapshot, State};

use super::*;

/// One reader that is as each of these says, in turn: away, or with or without a card.
struct Counter(Vec<Option<bool>>);

fn reader(card_present: bool) -> Reader {
    Reader {
        id: id(),
        driver_id: DriverId::new("d").unwrap(),
        display_name: String::new(),
        model: String::new(),
        firmware: String::new(),
        capabilities: vec![Capability::NfcCard],
        state: State::Ready,
        card_present,
        touch_count: 0,
        reason: None,
        out_of_service: None,
    }
}

fn id() -> ReaderId {
    ReaderId::new("d:1").unwrap()
}

#[async_trait]
impl Readers for Counter {
    fn snapshot(&self) -> Snapshot {
        Snapshot::default()
    }

    fn watch(&self) -> Pin<Box<dyn Stream<Item = Snapshot> + Send>> {
        let snapshots = self.0.clone().into_iter().map(|card| Snapshot {
            sequence: 0,
            readers: card.map(reader).into_iter().collect(),
        });
        Box::pin(stream::iter(snapshots).chain(stream::pending()))
    }

    async fn lease(&self, _: &ReaderId, _: Duration) -> Result<Box<dyn Lease>, Reason> {
        Err(Reason::ReaderNotFound)
    }
}

#[tokio::test]
async fn a_card_on_a_reader_that_is_away_for_a_moment_has_not_left_but_its_power_has() {
    for (states, has_left, is_lost) in [
        (vec![Some(true)], false, false),
        (vec![Some(true), None, Some(true)], false, true),
        (vec![Some(true), None], false, true),
        (vec![Some(true), None, Some(false)], true, true),
        (vec![Some(true), Some(false)], true, true),
    ] {
        let counter = Counter(states.clone());
        let left = card_leaves(&counter, &id()).now_or_never().is_some();
        let lost = card_is_lost(&counter, &id()).now_or_never().is_some();
        assert_eq!((left, lost), (has_left, is_lost), "{states:?}");
    }
}
