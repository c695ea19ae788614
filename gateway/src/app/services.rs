//! The services, each behind its port or handle.

use std::sync::Arc;

use madoguchi_audit::Log;
use madoguchi_auth::{Authentications, Counter, Counters, Workflow};
use madoguchi_checkin::CheckIns;
use madoguchi_consent::{Service as ConsentService, Wording};
use madoguchi_core::audit::Audit;
use madoguchi_core::certificate::Certificates;
use madoguchi_core::consent::Consents;
use madoguchi_core::eligibility::Eligibility;
use madoguchi_core::reader::Readers;
use madoguchi_core::{Clock, CounterId};
use madoguchi_eligibility::StandIn;
use madoguchi_reader::Roster;
use madoguchi_store::Store;

use super::keys::{self, Keys};
use super::records::Personas;
use crate::config::{Config, Mode, Problem};
use crate::rpc::admin::DriverControl;

/// The services, each behind its port or handle.
pub(super) struct Services {
    pub(super) roster: Arc<Roster>,
    pub(super) drivers: Arc<dyn DriverControl>,
    pub(super) certificates: Arc<dyn Certificates>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) audit: Arc<dyn Audit>,
    pub(super) keys: Keys,
    pub(super) consents: Arc<dyn Consents>,
    pub(super) eligibility: Arc<dyn Eligibility>,
    pub(super) deferrals: madoguchi_deferral::Service,
    pub(super) check_ins: CheckIns,
    pub(super) authentications: Authentications,
    pub(super) workflow: Workflow,
}

/// Opens the services; what an earlier process left open is ended first.
///
/// # Errors
/// [`Problem::Recovery`], [`Problem::Internal`].
pub(super) async fn open(
    config: &Config,
    store: &Store,
    clock: Arc<dyn Clock>,
    certificates: Arc<dyn Certificates>,
    readers: Arc<dyn Readers>,
    drivers: Arc<dyn DriverControl>,
) -> Result<Services, Problem> {
    let keys = keys::open(config, Arc::clone(&clock)).await?;
    let roster = Roster::open(readers, Arc::new(store.clone())).await;
    let roster = Arc::new(roster.map_err(Problem::Recovery)?);
    let readers: Arc<dyn Readers> = roster.clone();
    let audit: Arc<dyn Audit> = Arc::new(Log::new(Arc::new(store.clone()), Arc::clone(&clock)));
    let wording = Wording::current().map_err(|_| Problem::Internal("the embedded wording cannot be read"))?;
    let consents: Arc<dyn Consents> = Arc::new(ConsentService::new(
        wording,
        Arc::new(store.clone()),
        Arc::clone(&clock),
    ));
    if config.trust.mode == Mode::Production {
        tracing::warn!(
            backend = config.eligibility.backend.as_str(),
            "eligibility answers are made up (simulated): neither care nor a claim may rest on them"
        );
    }
    let eligibility: Arc<dyn Eligibility> = Arc::new(StandIn::new(
        madoguchi_eligibility::Options {
            challenge_ttl_seconds: config.eligibility.challenge_ttl_seconds,
            max_open_challenges: config.eligibility.max_open_challenges,
        },
        Arc::clone(&certificates),
        Arc::new(store.clone()),
        Arc::new(store.clone()),
        Arc::new(Personas::new()?),
        Arc::clone(&clock),
    ));
    let kept = Arc::new(store.clone());
    let deferrals = madoguchi_deferral::Service::open(
        config.deferral.options(&config.store),
        kept.clone(),
        kept,
        Arc::clone(&audit),
        Arc::clone(&clock),
    );
    let deferrals = deferrals.await.map_err(Problem::Recovery)?;
    let workflow = Workflow::new(
        readers,
        Arc::clone(&certificates),
        Arc::clone(&audit),
        Arc::clone(&clock),
        madoguchi_auth::Options {
            card_wait_seconds: config.check_in.card_wait_seconds.into(),
            reader_grace_seconds: config.check_in.reader_grace_seconds.into(),
            max_read_attempts: config.check_in.max_read_attempts,
            max_face_attempts: config.check_in.max_face_attempts,
        },
    );
    workflow.greet();
    let counters = counters(config)?;
    let table = madoguchi_session::Options::default();
    let authentications = Authentications::open(madoguchi_auth::Parts {
        workflow: workflow.clone(),
        counters: counters.clone(),
        store: Arc::new(store.clone()),
        clock: Arc::clone(&clock),
        audit: Arc::clone(&audit),
        table: table.clone(),
    });
    let authentications = authentications.await.map_err(Problem::Recovery)?;
    let check_ins = CheckIns::open(madoguchi_checkin::Parts {
        workflow: workflow.clone(),
        consents: Arc::clone(&consents),
        eligibility: Arc::clone(&eligibility),
        deferrals: config.deferral.enabled.then(|| Arc::new(deferrals.clone()) as _),
        audit: Arc::clone(&audit),
        counters,
        store: Arc::new(store.clone()),
        clock: Arc::clone(&clock),
        table,
    });
    let check_ins = check_ins.await.map_err(Problem::Recovery)?;
    Ok(Services {
        roster,
        drivers,
        certificates,
        clock,
        audit,
        keys,
        consents,
        eligibility,
        deferrals,
        check_ins,
        authentications,
        workflow,
    })
}

fn counters(config: &Config) -> Result<Counters, Problem> {
    let counters = config.counters.iter().enumerate().map(|(index, counter)| {
        let id = CounterId::new(counter.id.clone())
            .map_err(|invalid| Problem::value(format!("counters[{index}].id"), invalid.to_string()))?;
        let readers = counter
            .readers
            .iter()
            .map(|pattern| pattern.as_str().to_owned())
            .collect();
        Ok(Counter { id, readers })
    });
    Ok(Counters::new(counters.collect::<Result<Vec<_>, Problem>>()?))
}
