//! The services, each behind its port or handle.

use std::sync::Arc;

use madoguchi_auth::{Authentications, Counter, Counters, Workflow};
use madoguchi_certificate::Verifier;
use madoguchi_checkin::CheckIns;
use madoguchi_consent::{CurrentConsent, Items, Service as ConsentService, Wording};
use madoguchi_core::audit::Audit;
use madoguchi_core::certificate::Certificates;
use madoguchi_core::consent::Consents;
use madoguchi_core::eligibility::Eligibility;
use madoguchi_core::evidence::Evidences;
use madoguchi_core::outlook::Outlook;
use madoguchi_core::pseudonym::Pseudonyms;
use madoguchi_core::reader::Readers;
use madoguchi_core::signing::Signer;
use madoguchi_core::{Clock, CounterId};
use madoguchi_eligibility::Batches;
use madoguchi_evidence::Service as EvidenceService;
use madoguchi_fallback::Ledger;
use madoguchi_pin::Budget;
use madoguchi_reader::Roster;
use madoguchi_store::Store;
use madoguchi_usage::Usage;
use tokio_util::sync::CancellationToken;

use super::audit::{self, Auditing, Workers};
use super::eligibility;
use super::keys::{self, Keys};
use crate::config::{Config, Problem};
use crate::rpc::admin::DriverControl;

/// The services, each behind its port or handle.
pub(super) struct Services {
    pub(super) roster: Arc<Roster>,
    pub(super) drivers: Arc<dyn DriverControl>,
    pub(super) certificates: Arc<dyn Certificates>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) audit: Arc<dyn Audit>,
    pub(super) auditing: Auditing,
    pub(super) usage: Usage,
    pub(super) keys: Keys,
    pub(super) consents: Arc<dyn Consents>,
    pub(super) eligibility: Arc<dyn Eligibility>,
    /// The same, for this gateway's own visits: their receipts are read again before each question.
    pub(super) consented: Arc<dyn Eligibility>,
    pub(super) batches: Batches,
    pub(super) deferrals: madoguchi_deferral::Service,
    pub(super) evidences: Arc<dyn Evidences>,
    pub(super) check_ins: CheckIns,
    pub(super) authentications: Authentications,
    pub(super) workflow: Workflow,
    pub(super) budget: Arc<Budget>,
    pub(super) cases: Arc<Ledger>,
    pub(super) counters: Counters,
    pub(super) outlook: Arc<dyn Outlook>,
}

/// Opens the services; what an earlier process left open is ended first.
///
/// # Errors
/// [`Problem::Recovery`], [`Problem::Internal`].
pub(super) async fn open(
    config: &Config,
    store: &Store,
    clock: Arc<dyn Clock>,
    certificates: Verifier,
    readers: Arc<dyn Readers>,
    drivers: Arc<dyn DriverControl>,
    ending: CancellationToken,
) -> Result<(Services, Workers), Problem> {
    let keys = keys::open(config, Arc::clone(&clock)).await?;
    let certificates: Arc<dyn Certificates> =
        Arc::new(certificates.with_pseudonyms(Arc::clone(&keys.pseudonyms) as Arc<dyn Pseudonyms>));
    let roster = Roster::open(readers, Arc::new(store.clone())).await;
    let roster = Arc::new(roster.map_err(Problem::Recovery)?);
    let readers: Arc<dyn Readers> = roster.clone();
    let signer: Arc<dyn Signer> = Arc::clone(&keys.ring) as Arc<dyn Signer>;
    let (auditing, audit_workers) = audit::open(config, store, signer, Arc::clone(&clock)).await?;
    let audit: Arc<dyn Audit> = Arc::new(auditing.log.clone());
    let usage = Usage::new(Arc::new(store.clone()));
    let wording = Wording::current().map_err(|_| Problem::Internal("the embedded wording cannot be read"))?;
    let items = Items::current().map_err(|_| Problem::Internal("the embedded items cannot be read"))?;
    let signer: Arc<dyn Signer> = keys.ring.clone();
    let consents: Arc<dyn Consents> = Arc::new(ConsentService::new(madoguchi_consent::Parts {
        items,
        wording,
        options: madoguchi_consent::Options {
            issuer: config.evidence.issuer.clone(),
            requester: config.consent.requester(),
        },
        store: Arc::new(store.clone()),
        signer: Arc::clone(&signer),
        clock: Arc::clone(&clock),
    }));
    let evidences: Arc<dyn Evidences> = Arc::new(EvidenceService::new(
        config.evidence.options(),
        signer,
        Arc::new(store.clone()),
        Arc::clone(&clock),
    ));
    let eligibility = eligibility::open(config, store, &clock, &certificates, ending.clone()).await?;
    // What another gateway asks brings its own receipt, which nobody here ever had.
    let consented: Arc<dyn Eligibility> = Arc::new(CurrentConsent::new(
        Arc::clone(&eligibility),
        Arc::clone(&consents),
    ));
    let batches = eligibility::batches(config, store, &clock, &eligibility, ending);
    let deferrals = madoguchi_deferral::Service::open(
        config.deferral.options(&config.store),
        Arc::new(store.clone()),
        Arc::new(auditing.store.clone()),
        Arc::clone(&audit),
        Arc::clone(&clock),
    );
    let deferrals = deferrals.await.map_err(Problem::Recovery)?;
    let budget = Arc::new(Budget::new(
        Arc::new(store.clone()),
        keys.pseudonyms.clone(),
        Arc::clone(&clock),
    ));
    let cases = Arc::new(Ledger::new(Arc::new(store.clone()), Arc::clone(&clock)));
    let workflow = Workflow::new(
        readers,
        Arc::clone(&certificates),
        budget.clone(),
        Arc::clone(&audit),
        Arc::clone(&clock),
        madoguchi_auth::Options {
            card_wait_seconds: config.check_in.card_wait_seconds.into(),
            reader_grace_seconds: config.check_in.reader_grace_seconds.into(),
            max_read_attempts: config.check_in.max_read_attempts,
            max_face_attempts: config.check_in.max_face_attempts,
        },
    )
    .with_outlook(Arc::new(store.clone()));
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
        eligibility: Arc::clone(&consented),
        deferrals: config.deferral.enabled.then(|| Arc::new(deferrals.clone()) as _),
        evidences: Arc::clone(&evidences),
        audit: Arc::clone(&audit),
        counters: counters.clone(),
        store: Arc::new(store.clone()),
        clock: Arc::clone(&clock),
        table,
    });
    let check_ins = check_ins.await.map_err(Problem::Recovery)?;
    let services = Services {
        roster,
        drivers,
        certificates,
        clock,
        audit,
        auditing,
        usage,
        keys,
        consents,
        eligibility,
        consented,
        batches,
        deferrals,
        evidences,
        check_ins,
        authentications,
        workflow,
        budget,
        cases,
        counters,
        outlook: Arc::new(store.clone()),
    };
    Ok((services, audit_workers))
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
