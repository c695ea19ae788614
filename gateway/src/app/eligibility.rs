//! Whom the gateway asks about eligibility.

use std::sync::Arc;
use std::time::Duration;

use madoguchi_core::Clock;
use madoguchi_core::certificate::Certificates;
use madoguchi_core::eligibility::Eligibility;
use madoguchi_eligibility::folder::Folder;
use madoguchi_eligibility::{BatchOptions, Batches, Options, Proofs, StandIn};
use madoguchi_store::Store;
use tokio_util::sync::CancellationToken;

use super::records::Personas;
use crate::config::{Backend, Config, Mode, Problem};
use crate::remote::{Client, Line};

/// Opens the back end that the configuration names.
///
/// # Errors
/// [`Problem`] says what to mend.
pub(super) async fn open(
    config: &Config,
    store: &Store,
    clock: &Arc<dyn Clock>,
    certificates: &Arc<dyn Certificates>,
    ending: CancellationToken,
) -> Result<Arc<dyn Eligibility>, Problem> {
    let backend = config.eligibility.backend;
    let options = Options {
        challenge_ttl_seconds: config.eligibility.challenge_ttl_seconds,
        max_open_challenges: config.eligibility.max_open_challenges,
    };
    let kept = Arc::new(store.clone());
    Ok(match backend {
        Backend::StandIn => {
            if config.trust.mode == Mode::Production {
                tracing::warn!(
                    backend = backend.as_str(),
                    "eligibility answers are made up (simulated): neither care nor a claim may rest on them"
                );
            }
            Arc::new(StandIn::new(
                options,
                Arc::clone(certificates),
                kept.clone(),
                kept,
                Arc::new(Personas::new()?),
                Arc::clone(clock),
            ))
        }
        Backend::Remote => Arc::new(Client::new(
            Line::new(&config.eligibility.remote)?,
            Arc::clone(clock),
        )),
        Backend::Folder => {
            let folders = config.eligibility.folder.options();
            let folders = folders.ok_or(Problem::Internal("the folders were not checked"))?;
            let proofs = Proofs::new(options, Arc::clone(certificates), kept.clone(), Arc::clone(clock));
            let opened = Folder::open(folders, proofs, kept, Arc::clone(clock), ending).await;
            Arc::new(opened.map_err(Problem::Recovery)?)
        }
    })
}

/// Goes on with the batches that are kept.
pub(super) fn batches(
    config: &Config,
    store: &Store,
    clock: &Arc<dyn Clock>,
    eligibility: &Arc<dyn Eligibility>,
    ending: CancellationToken,
) -> Batches {
    let options = BatchOptions {
        poll: Duration::from_secs(config.eligibility.batch_poll_seconds.into()),
        deadline: Duration::from_secs(u64::from(config.eligibility.batch_timeout_hours) * 3_600),
    };
    Batches::open(
        Arc::new(store.clone()),
        Arc::clone(eligibility),
        Arc::clone(clock),
        options,
        ending,
    )
}
