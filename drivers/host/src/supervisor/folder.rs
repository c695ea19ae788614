//! The plugin's folder: what is in it now, whose it is, and which version of it ran.

use std::sync::Arc;

use madoguchi_core::DriverId;

use super::Supervisor;
use crate::plugin::{Manifest, Problem, Refused, VerifiedPlugin, Versions, inspect, scan};

impl Supervisor {
    /// The folder again, as it is now.
    pub(super) async fn inspect_again(&self) -> Result<VerifiedPlugin, Refused> {
        let (folder, options) = (self.folder.clone(), Arc::clone(&self.options));
        self.on_blocking_thread(move || inspect(&folder, &options)).await
    }

    /// The folder again, together with its neighbours: one of them may hold the same driver.
    pub(super) async fn scan_again(&self) -> Result<VerifiedPlugin, Refused> {
        let (folder, options) = (self.folder.clone(), Arc::clone(&self.options));
        self.on_blocking_thread(move || {
            let plugins = scan(&options).unwrap_or_default();
            let ours = plugins.into_iter().find(|plugin| match plugin {
                Ok(plugin) => plugin.folder == folder,
                Err(refused) => refused.folder == folder,
            });
            ours.unwrap_or_else(|| inspect(&folder, &options))
        })
        .await
    }

    async fn on_blocking_thread(
        &self,
        work: impl FnOnce() -> Result<VerifiedPlugin, Refused> + Send + 'static,
    ) -> Result<VerifiedPlugin, Refused> {
        let done = tokio::task::spawn_blocking(work).await;
        let kind = std::io::ErrorKind::Other;
        done.unwrap_or_else(|_| {
            Err(Refused::new(
                &self.folder,
                None,
                Problem::ManifestUnreadable { kind },
            ))
        })
    }

    /// Keeps the version that runs now, so that no older one runs after it.
    pub(super) async fn remember(&self, manifest: &Manifest) {
        let Some(path) = self
            .options
            .trust
            .as_ref()
            .and_then(|trust| trust.versions.clone())
        else {
            return;
        };
        let (id, Ok(version)) = (manifest.id.clone(), manifest.semver()) else {
            // No manifest without one was verified.
            return;
        };
        let file = path.display().to_string();
        let kept = tokio::task::spawn_blocking(move || Versions::remember(&path, &id, &version)).await;
        if let Ok(Err(error)) = kept {
            tracing::error!(
                file,
                %error,
                "the driver's version cannot be remembered, so an older one would not be refused: make the file writable"
            );
        }
    }
}

/// Refuses a plugin whose id is not the one that its folder had first: readers are named by it, the allow-list and the
/// search for a second folder of the same id went by it.
pub(super) fn same_driver(
    plugin: Result<VerifiedPlugin, Refused>,
    id: &mut Option<DriverId>,
) -> Result<VerifiedPlugin, Refused> {
    let (folder, manifest) = match &plugin {
        Ok(plugin) => (&plugin.folder, Some(&plugin.manifest)),
        Err(refused) => (&refused.folder, refused.manifest.as_deref()),
    };
    if let (Some(was), Some(now)) = (&*id, manifest)
        && *was != now.id
    {
        let problem = Problem::IdChanged {
            was: was.clone(),
            now: now.id.clone(),
        };
        // Without the manifest: in the list of drivers it stays who it was.
        return Err(Refused::new(folder, None, problem));
    }
    if let Ok(plugin) = &plugin {
        id.get_or_insert_with(|| plugin.manifest.id.clone());
    }
    plugin
}
