//! The audit log: opened before anything happens, ended after everything.

use std::sync::Arc;

use madoguchi_audit::{Archive, Checkpoints, Keeper, Log, Notary, WhenFull};
use madoguchi_core::signing::Signer;
use madoguchi_core::{Clock, InstanceId};
use madoguchi_store::Store;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Problem};

/// The audit log.
pub(super) struct Auditing {
    pub(super) log: Log,
    pub(super) archive: Archive,
    pub(super) checkpoints: Checkpoints,
    pub(super) instance: InstanceId,
    pub(super) when_full: WhenFull,
    pub(super) store: Store,
}

/// Who looks after it.
pub(super) struct Workers {
    keeper: Keeper,
    notary: Notary,
}

/// Opens the log.
///
/// # Errors
/// [`Problem::Recovery`].
pub(super) async fn open(
    config: &Config,
    store: &Store,
    signer: Arc<dyn Signer>,
    clock: Arc<dyn Clock>,
) -> Result<(Auditing, Workers), Problem> {
    let options = config.audit.options();
    let (log, keeper) = Log::with_keeper(Arc::new(store.clone()), Arc::clone(&clock), &options);
    let archive = Archive::new(Arc::new(store.clone()), config.audit_folder());
    let opened = Notary::open(archive.clone(), signer, clock, config.audit.rules()).await;
    let (notary, checkpoints) = opened.map_err(Problem::Recovery)?;
    let auditing = Auditing {
        log,
        archive,
        checkpoints,
        instance: notary.instance().clone(),
        when_full: options.when_full,
        store: store.clone(),
    };
    Ok((auditing, Workers { keeper, notary }))
}

/// Those who look after the log, at work.
pub(super) struct Working {
    no_more_events: CancellationToken,
    no_more_entries: CancellationToken,
    keeping: JoinHandle<()>,
    stating: JoinHandle<()>,
}

impl Workers {
    /// They begin.
    pub(super) fn begin(self) -> Working {
        let (no_more_events, no_more_entries) = (CancellationToken::new(), CancellationToken::new());
        Working {
            keeping: tokio::spawn(self.keeper.run(no_more_events.clone())),
            stating: tokio::spawn(self.notary.run(no_more_entries.clone())),
            no_more_events,
            no_more_entries,
        }
    }
}

impl Working {
    /// Writes what waits and states the end. Nothing may happen any more.
    pub(super) async fn end(self) {
        self.no_more_events.cancel();
        // Each ends with its token; only a panic in it could be told here.
        let _ = self.keeping.await;
        self.no_more_entries.cancel();
        let _ = self.stating.await;
    }
}
