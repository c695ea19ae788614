//! What every [`AccountStore`] keeps to. The store in memory and each database run the same suite.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a suite of assertions")]

use madoguchi_core::CardKey;
use madoguchi_core::pin_budget::{Leave, Settlement};
use madoguchi_core::reader::PinStatus;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::{Account, AccountStore, Change, Outcome, Pin};

const NOW: OffsetDateTime = datetime!(2026-11-26 09:00:00.123456 UTC);
const RESERVE: Change = Change::Reserve {
    last_try_confirmed: false,
};

fn key(digit: char) -> CardKey {
    CardKey::new(String::from(digit).repeat(64)).unwrap()
}

async fn pin(store: &dyn AccountStore, card: &CardKey) -> Option<Pin> {
    let account = store.account(card).await.unwrap();
    account.map(|account| account.pin)
}

/// Runs the whole suite on an empty store.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn account_store(store: &dyn AccountStore) {
    let (card, other) = (key('a'), key('b'));
    assert_eq!(store.account(&card).await, Ok(None));
    let learned = Change::Learn(PinStatus::TriesLeft(2));
    assert_eq!(store.change(&card, learned, NOW).await, Ok(Outcome::Done));
    assert_eq!(pin(store, &card).await, Some(Pin::Tries(2)));
    assert_eq!(pin(store, &other).await, None, "one card says nothing of another");

    // A try is taken off, and the last one is not given without a yes.
    let Ok(Outcome::Leave(Leave::Granted(first))) = store.change(&card, RESERVE, NOW).await else {
        panic!("two are left");
    };
    assert_eq!(
        (first.tries_left, pin(store, &card).await),
        (1, Some(Pin::Tries(1)))
    );
    let refused = Ok(Outcome::Leave(Leave::LastTryNotConfirmed));
    assert_eq!(store.change(&card, RESERVE, NOW).await, refused);
    // The first answer settles it; the second is old.
    for (settlement, tries) in [
        (Settlement::Verified, 3),
        (Settlement::Wrong { tries_left: 1 }, 3),
    ] {
        let generation = first.generation;
        let settled = Change::Settle {
            generation,
            settlement,
        };
        assert_eq!(store.change(&card, settled, NOW).await, Ok(Outcome::Done));
        assert_eq!(pin(store, &card).await, Some(Pin::Tries(tries)));
    }

    for (said, kept) in [
        (PinStatus::NotSet, Pin::NotSet),
        (PinStatus::Locked, Pin::Tries(0)),
    ] {
        store
            .change(&other, Change::Learn(said), NOW + Duration::DAY)
            .await
            .unwrap();
        assert_eq!(pin(store, &other).await, Some(kept));
        let locked = Ok(Outcome::Leave(Leave::Locked));
        assert_eq!(store.change(&other, RESERVE, NOW + Duration::DAY).await, locked);
    }
    let generation = |account: Option<Account>| account.unwrap().generation;
    assert_eq!(generation(store.account(&other).await.unwrap()), 2);

    // What nothing happened to leaves, and not in the moment itself.
    assert_eq!(store.forget_unseen_since(NOW).await, Ok(0));
    assert_eq!(store.forget_unseen_since(NOW + Duration::DAY).await, Ok(1));
    assert_eq!(store.account(&card).await, Ok(None));
    assert_eq!(pin(store, &other).await, Some(Pin::Tries(0)));
}
