//! grpc.health.v1: overall and for each service. A missing reader is not ill health; a store that fails is, and an audit
//! log that cannot be written.

use std::sync::Arc;
use std::time::Duration;

use madoguchi_audit::Log;
use madoguchi_core::eligibility::{Availability, Eligibility};
use madoguchi_core::{Clock, Reason};
use madoguchi_eligibility::BatchStore as _;
use madoguchi_eligibility::folder::ResultStore as _;
use madoguchi_session::ResourceStore;
use madoguchi_store::Store;
use prost::Message as _;
use time::OffsetDateTime;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::config::Problem;

/// How often results that are too old are forgotten, which is also how the store's health is felt: it always writes.
const INTERVAL: Duration = Duration::from_secs(10);

/// Names of the services that are published.
pub(crate) fn services() -> Result<Vec<String>, Problem> {
    let set = prost_types::FileDescriptorSet::decode(madoguchi_proto::DESCRIPTOR_SET)
        .map_err(|_| Problem::Internal("the descriptor set cannot be read"))?;
    let names = set.file.iter().flat_map(|file| {
        file.service
            .iter()
            .map(|service| format!("{}.{}", file.package(), service.name()))
    });
    Ok(names.collect())
}

/// Forgets results that are too old, and says by that whether the gateway can serve.
pub(crate) struct Health {
    reporter: HealthReporter,
    services: Vec<String>,
    store: Arc<dyn ResourceStore>,
    log: Log,
    clock: Arc<dyn Clock>,
    result_ttl: time::Duration,
    /// What else is watched and forgotten, once it is there.
    eligibility: Option<(Arc<dyn Eligibility>, Store)>,
}

/// The service that is of no use while what stands behind it is away.
const ELIGIBILITY: &str = "madoguchi.eligibility.v1.EligibilityService";

impl Health {
    /// Looks after the store.
    pub(crate) fn new(
        reporter: HealthReporter,
        services: Vec<String>,
        store: Arc<dyn ResourceStore>,
        log: Log,
        clock: Arc<dyn Clock>,
        result_ttl: time::Duration,
    ) -> Self {
        Self {
            reporter,
            services,
            store,
            log,
            clock,
            result_ttl,
            eligibility: None,
        }
    }

    /// Looks after the eligibility service's health and what is kept for it too.
    pub(crate) fn with_eligibility(self, eligibility: Arc<dyn Eligibility>, store: Store) -> Self {
        Self {
            eligibility: Some((eligibility, store)),
            ..self
        }
    }

    /// Looks again and again until the gateway shuts down; then it does not serve any more.
    pub(crate) async fn run(mut self, ending: CancellationToken) {
        let mut ticks = interval_at(Instant::now() + INTERVAL, INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = ending.cancelled() => break,
                _ = ticks.tick() => self.look().await,
            }
        }
        self.say(ServingStatus::NotServing).await;
        // Who watches has been told; a stream that stayed open would hold the drain up to its last second.
        for service in published(&self.services) {
            self.reporter.clear_service_status(service).await;
        }
    }

    /// Looks once. Before anything is served it has to have looked, else a service would not be known.
    pub(crate) async fn look(&self) {
        let before = self.clock.now().checked_sub(self.result_ttl);
        let purged = match before {
            Some(before) => self.forget(before).await,
            None => Ok(0),
        };
        match purged {
            Ok(count) => {
                if count > 0 {
                    tracing::info!(count, "results that are too old were forgotten");
                }
                if self.log.is_well() {
                    self.say(ServingStatus::Serving).await;
                } else {
                    let health = self.log.health();
                    tracing::error!(
                        waiting = health.waiting,
                        lost = health.lost,
                        "the audit log cannot be written"
                    );
                    self.say(ServingStatus::NotServing).await;
                }
            }
            Err(reason) => {
                tracing::error!(reason = reason.code(), "the store does not serve");
                self.say(ServingStatus::NotServing).await;
            }
        }
    }

    async fn forget(&self, before: OffsetDateTime) -> Result<u64, Reason> {
        let mut count = self.store.purge_terminal_before(before).await?;
        if let Some((_, store)) = &self.eligibility {
            count += store.forget_before(before).await?;
            count += store.forget_over_before(before).await?;
        }
        Ok(count)
    }

    async fn say(&self, status: ServingStatus) {
        let away = |(service, _): &(Arc<dyn Eligibility>, Store)| {
            service.status().availability == Availability::Away
        };
        let away = self.eligibility.as_ref().is_some_and(away);
        for service in published(&self.services) {
            let status = match service == ELIGIBILITY && away {
                true => ServingStatus::NotServing,
                false => status,
            };
            self.reporter.set_service_status(service, status).await;
        }
    }
}

/// Every name that is asked for; the empty one is the gateway as a whole.
fn published(services: &[String]) -> impl Iterator<Item = &str> {
    std::iter::once("").chain(services.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;
    use madoguchi_core::clock::SystemClock;
    use madoguchi_core::{CallerId, RequestId};
    use madoguchi_session::{Inserted, NewRow, Row, Update};
    use std::sync::atomic::{AtomicBool, Ordering};
    use tonic_health::pb::HealthCheckRequest;
    use tonic_health::pb::health_check_response::ServingStatus as Wire;
    use tonic_health::pb::health_server::Health as _;
    use tonic_health::server::HealthService;

    #[derive(Default)]
    struct Failing {
        fails: AtomicBool,
    }

    #[async_trait::async_trait]
    impl ResourceStore for Failing {
        async fn insert(&self, _: NewRow) -> Result<Inserted, Reason> {
            Err(Reason::Internal)
        }

        async fn find(
            &self,
            _: &'static str,
            _: &CallerId,
            _: &RequestId,
        ) -> Result<Option<(String, String)>, Reason> {
            Err(Reason::Internal)
        }

        async fn update(&self, _: Update) -> Result<(), Reason> {
            Err(Reason::Internal)
        }

        async fn get(&self, _: &'static str, _: &str) -> Result<Option<Row>, Reason> {
            Err(Reason::Internal)
        }

        async fn list_open(&self, _: &'static str) -> Result<Vec<Row>, Reason> {
            Err(Reason::Internal)
        }

        async fn purge_terminal_before(&self, _: OffsetDateTime) -> Result<u64, Reason> {
            if self.fails.load(Ordering::SeqCst) {
                Err(Reason::StoreUnavailable)
            } else {
                Ok(0)
            }
        }
    }

    #[tokio::test]
    async fn a_failing_store_is_ill_health_and_only_while_it_fails() {
        let reporter = HealthReporter::new();
        let service = HealthService::from_health_reporter(reporter.clone());
        let store = Arc::new(Failing::default());
        let clock = Arc::new(SystemClock);
        let health = Health::new(
            reporter,
            services().unwrap(),
            store.clone(),
            Log::new(Arc::new(madoguchi_audit::MemoryEntries::default()), clock.clone()),
            clock,
            time::Duration::HOUR,
        );
        for fails in [false, true, false] {
            store.fails.store(fails, Ordering::SeqCst);
            health.look().await;
            for name in [
                "",
                "madoguchi.checkin.v1.CheckInService",
                "madoguchi.reader.v1.ReaderService",
            ] {
                let request = tonic::Request::new(HealthCheckRequest {
                    service: name.to_owned(),
                });
                let status = service.check(request).await.unwrap().into_inner().status();
                let expected = if fails { Wire::NotServing } else { Wire::Serving };
                assert_eq!(status, expected, "{name}");
            }
        }
    }
}
