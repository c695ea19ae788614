use std::sync::atomic::{AtomicUsize, Ordering};

use madoguchi_core::certificate::CertificateDer;
use madoguchi_core::clock::SystemClock;
use madoguchi_core::eligibility::{Answer, Challenge, DeferredRequest, Request};

use super::*;
use crate::{MemoryBatches, contract};

/// A service that is away, and counts how often it was asked.
#[derive(Debug, Default)]
struct Away(AtomicUsize);

#[async_trait]
impl Eligibility for Away {
    async fn create_challenge(&self) -> Result<Challenge, Reason> {
        Err(Reason::EligibilityUnavailable)
    }

    async fn check(&self, _: Request) -> Result<Answer, Reason> {
        Err(Reason::EligibilityUnavailable)
    }

    async fn check_deferred(&self, _: DeferredRequest) -> Result<Answer, Reason> {
        Err(Reason::EligibilityUnavailable)
    }

    async fn is_registered(&self, _: &CertificateDer) -> Result<bool, Reason> {
        Err(Reason::EligibilityUnavailable)
    }

    async fn register(&self, _: &CertificateDer) -> Result<(), Reason> {
        Err(Reason::EligibilityUnavailable)
    }

    async fn submit_batch(&self, _: &BatchCheck) -> Result<String, Reason> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Err(Reason::EligibilityUnavailable)
    }
}

fn open(kept: &Arc<MemoryBatches>, service: &Arc<Away>) -> Batches {
    Batches::open(
        kept.clone(),
        service.clone(),
        Arc::new(SystemClock),
        BatchOptions {
            poll: Duration::from_secs(3_600),
            deadline: Duration::from_secs(3_600),
        },
        CancellationToken::new(),
    )
}

#[tokio::test]
async fn a_round_ends_with_the_first_that_finds_nobody() {
    let (kept, service) = (Arc::<MemoryBatches>::default(), Arc::<Away>::default());
    for name in ["a", "b", "c"] {
        let batch = contract::batch("emr", name, SystemClock.now());
        kept.record(batch, 64).await.unwrap();
    }
    let _batches = open(&kept, &service);
    while service.0.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    sleep(Duration::from_millis(50)).await;
    assert_eq!(service.0.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_batch_that_is_sent_again_is_known_however_many_are_open() {
    let (kept, service) = (Arc::<MemoryBatches>::default(), Arc::<Away>::default());
    let batches = open(&kept, &service);
    let create = |name: String| {
        let batch = contract::batch("emr", &name, SystemClock.now());
        batches.create(batch.caller, batch.request_id, batch.bookings)
    };
    let first = create("0".to_owned()).await.unwrap();
    for name in 1..MAX_OPEN {
        create(name.to_string()).await.unwrap();
    }
    assert_eq!(
        create("one-more".to_owned()).await.unwrap_err(),
        Reason::Overloaded
    );
    assert_eq!(create("0".to_owned()).await.unwrap().id, first.id);
}
