//! The audit log: opened before anything happens, ended after everything.

use std::path::Path;
use std::sync::Arc;

use madoguchi_audit::{Archive, Carrier, Checkpoints, Keeper, Log, Notary, WhenFull};
use madoguchi_core::signing::Signer;
use madoguchi_core::{Clock, InstanceId};
use madoguchi_store::Store;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::build::make_folder_of;
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
    /// Where the log has a database of its own.
    carrier: Option<Carrier>,
    keeper: Keeper,
    notary: Notary,
    /// The log's own database, where it has one.
    own: Option<Store>,
}

/// Opens the log.
///
/// # Errors
/// [`Problem::AuditStore`], [`Problem::Recovery`].
pub(super) async fn open(
    config: &Config,
    store: &Store,
    signer: Arc<dyn Signer>,
    clock: Arc<dyn Clock>,
) -> Result<(Auditing, Workers), Problem> {
    let own = config.audit.path.as_deref();
    let outbox = Arc::new(store.clone());
    let store = own.map_or_else(|| Ok(store.clone()), own_store)?;
    // Also where the log has no database of its own: it may have had one.
    let carrier = Carrier::open(outbox, Arc::new(store.clone())).await;
    let carrier = carrier.map_err(Problem::Recovery)?;
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
    let workers = Workers {
        carrier: own.map(|_| carrier),
        keeper,
        notary,
        own: own.map(|_| store),
    };
    Ok((auditing, workers))
}

fn own_store(path: &Path) -> Result<Store, Problem> {
    make_folder_of(path)?;
    Store::open(path).map_err(Problem::AuditStore)
}

/// Those who look after the log, at work.
pub(super) struct Working {
    no_more_events: CancellationToken,
    no_more_entries: CancellationToken,
    carrying: Option<JoinHandle<()>>,
    keeping: JoinHandle<()>,
    stating: JoinHandle<()>,
    own: Option<Store>,
}

impl Workers {
    /// They begin.
    pub(super) fn begin(self) -> Working {
        let (no_more_events, no_more_entries) = (CancellationToken::new(), CancellationToken::new());
        Working {
            carrying: self
                .carrier
                .map(|carrier| tokio::spawn(carrier.run(no_more_events.clone()))),
            keeping: tokio::spawn(self.keeper.run(no_more_events.clone())),
            stating: tokio::spawn(self.notary.run(no_more_entries.clone())),
            no_more_events,
            no_more_entries,
            own: self.own,
        }
    }
}

impl Working {
    /// Writes what waits, states the end and closes the log's own database. Nothing may happen any more.
    pub(super) async fn end(self) {
        self.no_more_events.cancel();
        // Each ends with its token; only a panic in it could be told here.
        let _ = self.keeping.await;
        if let Some(carrying) = self.carrying {
            let _ = carrying.await;
        }
        self.no_more_entries.cancel();
        let _ = self.stating.await;
        if let Some(own) = self.own
            && let Err(error) = own.close().await
        {
            tracing::warn!(%error, "the audit log's database was not closed");
        }
    }
}
