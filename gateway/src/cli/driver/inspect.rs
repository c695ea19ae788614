//! One plugin's folder, checked the way the gateway does: what can be seen first, then loaded in a process of its own,
//! so that a bad plugin takes nothing with it but that process.

use std::path::Path;

use madoguchi_core::DriverId;
use madoguchi_driver_host::{
    DriverState, DriverStatus, Drivers, Logging, Options, Trust, inspect as look_at,
};

use crate::cli::driver::line::{DriverLine, REFUSED};
use crate::cli::error::Error;

/// Checks the folder; its signature where somebody is trusted.
pub(super) async fn inspect(folder: &Path, trust: Option<Trust>) -> Result<DriverLine, Error> {
    let folder = folder.canonicalize().map_err(|source| Error::Read {
        path: folder.to_owned(),
        source,
    })?;
    let options = Options {
        trust,
        ..Options::default()
    };
    let looked = look_at(&folder, &options);
    let mut line = DriverLine::from(&looked);
    if let Ok(plugin) = looked {
        let status = load(&folder, plugin.manifest.id).await?;
        line.abi_version = Some(status.abi_version)
            .filter(|version| *version > 0)
            .or(line.abi_version);
        line.reader_count = u32::try_from(status.reader_count).ok();
        line.failed_phase = status.failed_phase.map(|phase| phase.to_string());
        // A driver that fails at its first start would be tried again by a gateway; here once is the answer.
        line.state = if status.state == DriverState::Ready {
            "loads"
        } else {
            REFUSED
        };
        line.problem = status.problem;
    }
    Ok(line)
}

/// Loads the plugin as the gateway does: this very program is started again as its process.
async fn load(folder: &Path, id: DriverId) -> Result<DriverStatus, Error> {
    let alone = tempfile::tempdir()?;
    link(folder, &alone.path().join("plugin"))?;
    let options = Options {
        directory: alone.path().to_owned(),
        allow: vec![id],
        ..Options::default()
    };
    let logging = Logging {
        filter: "warn".to_owned(),
        ..Logging::default()
    };
    let drivers = Drivers::start(options, std::env::current_exe()?, logging)
        .await
        .map_err(|error| Error::Gateway(Box::new(error)))?;
    drivers.ready().await;
    let status = drivers.drivers().pop();
    drivers.shutdown().await;
    status.ok_or(Error::Answer("the driver"))
}

/// A directory that holds this plugin only: its neighbours are not this command's business.
fn link(folder: &Path, name: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    return std::os::unix::fs::symlink(folder, name);
    #[cfg(windows)]
    return std::os::windows::fs::symlink_dir(folder, name);
}
