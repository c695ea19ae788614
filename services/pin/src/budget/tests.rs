use madoguchi_core::clock::SystemClock;
use madoguchi_twin::{Persona, TestCa};
use time::OffsetDateTime;

use super::*;
use crate::{MemoryAccounts, ReadablePseudonyms};

fn budget(store: &Arc<MemoryAccounts>) -> Budget {
    Budget::new(store.clone(), Arc::new(ReadablePseudonyms), Arc::new(SystemClock))
}

fn certificates() -> [CertificateDer; 2] {
    let (ca, now) = (TestCa::new().unwrap(), OffsetDateTime::now_utc());
    let personas = Persona::all().unwrap();
    let mut certificates = personas
        .iter()
        .map(|persona| persona.certificate(&ca, now).unwrap());
    [certificates.next().unwrap(), certificates.next().unwrap()]
}

#[tokio::test]
async fn each_card_has_an_account_that_every_gateway_shares() {
    let store = Arc::new(MemoryAccounts::default());
    let (here, there) = (budget(&store), budget(&store));
    let [card, other] = certificates();
    assert_eq!(here.remembered(&card).await, Ok(None));
    here.learn(&card, PinStatus::TriesLeft(2)).await.unwrap();
    let Ok(Leave::Granted(_)) = here.reserve(&card, false).await else {
        panic!("two are left");
    };
    // The first gateway dies here; the second has not heard the card.
    assert_eq!(there.remembered(&card).await, Ok(Some(PinStatus::TriesLeft(1))));
    assert_eq!(there.reserve(&card, false).await, Ok(Leave::LastTryNotConfirmed));
    assert_eq!(there.remembered(&other).await, Ok(None));
    there.succeeded(&other).await.unwrap();
    assert_eq!(here.remembered(&other).await, Ok(Some(PinStatus::TriesLeft(3))));
    assert_eq!(here.forget(time::Duration::HOUR).await, Ok(0));
    assert_eq!(here.forget(-time::Duration::HOUR).await, Ok(2));
}

#[tokio::test]
async fn what_is_no_certificate_has_no_account() {
    let budget = budget(&Arc::default());
    let nonsense = CertificateDer::new(vec![1, 2, 3]);
    assert_eq!(
        budget.learn(&nonsense, PinStatus::Locked).await,
        Err(Reason::CertificateMalformed)
    );
}
