//! How the drivers are, as an administrator sees them.

use std::time::Duration;

use serde::Serialize;
use time::OffsetDateTime;

use crate::plugin::{LoadPhase, Manifest, Refused, VerifiedPlugin};

/// How a driver is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DriverState {
    /// Its process is being started.
    Starting,
    /// It serves.
    Ready,
    /// It serves the visits that began before; another process takes over when they have ended.
    Draining,
    /// Its process ended and will be started again after a pause.
    BackingOff,
    /// It was refused and is not started until somebody asks for it.
    Refused,
    /// It is being stopped, or was.
    Stopping,
}

/// A driver as an administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DriverStatus {
    /// Its id; the folder's name where no manifest could be read.
    pub driver_id: String,
    /// The maker.
    pub maker: String,
    /// The models that it serves.
    pub models: Vec<String>,
    /// Its version.
    pub version: String,
    /// Version of the ABI that it was loaded with, 0 where it was not.
    pub abi_version: u32,
    /// SHA-256 of the library, as the manifest says.
    pub library_sha256: String,
    /// The key that signed it; empty where nobody did.
    pub signed_by: String,
    /// How it is.
    pub state: DriverState,
    /// Where loading stopped last, where it did not go through.
    pub failed_phase: Option<LoadPhase>,
    /// One line that says what is wrong and how to mend it.
    pub problem: Option<String>,
    /// The process that runs it.
    pub process_id: Option<u32>,
    /// How often the process was started again.
    pub restart_count: u32,
    /// When the process that runs now became ready.
    #[serde(with = "time::serde::rfc3339::option")]
    pub ready_time: Option<OffsetDateTime>,
    /// How long that process took from its start until its readers were known.
    #[serde(serialize_with = "as_millis")]
    pub start_took: Option<Duration>,
    /// Peak resident memory of the process, as last asked; 0 where nobody knows.
    pub peak_memory_bytes: u64,
    /// How many readers it serves.
    pub reader_count: usize,
    /// How many of these a visit holds.
    pub leased_reader_count: usize,
    /// Whether its first start came to an end, good or bad.
    #[serde(skip)]
    pub(crate) settled: bool,
}

impl DriverStatus {
    pub(crate) fn new(plugin: &Result<VerifiedPlugin, Refused>) -> Self {
        let (folder, manifest) = match plugin {
            Ok(plugin) => (&plugin.folder, Some(&plugin.manifest)),
            Err(refused) => (&refused.folder, refused.manifest.as_deref()),
        };
        let mut status = Self {
            driver_id: folder
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            maker: String::new(),
            models: Vec::new(),
            version: String::new(),
            abi_version: 0,
            library_sha256: String::new(),
            signed_by: String::new(),
            state: DriverState::Starting,
            failed_phase: None,
            problem: None,
            process_id: None,
            restart_count: 0,
            ready_time: None,
            start_took: None,
            peak_memory_bytes: 0,
            reader_count: 0,
            leased_reader_count: 0,
            settled: false,
        };
        if let Some(manifest) = manifest {
            status.describe(manifest);
        }
        if let Ok(VerifiedPlugin {
            signed_by: Some(key), ..
        }) = plugin
        {
            status.signed_by.clone_from(key);
        }
        status
    }

    pub(crate) fn describe(&mut self, manifest: &Manifest) {
        manifest.id.as_str().clone_into(&mut self.driver_id);
        self.maker.clone_from(&manifest.maker);
        self.models.clone_from(&manifest.models);
        self.version.clone_from(&manifest.version);
        self.library_sha256.clone_from(&manifest.sha256);
    }
}

fn as_millis<S: serde::Serializer>(took: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match took {
        Some(took) => serializer.serialize_some(&(took.as_secs_f64() * 1000.0)),
        None => serializer.serialize_none(),
    }
}
