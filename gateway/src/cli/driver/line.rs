//! A driver as it is printed: the same keys whether a gateway runs it or it only lies in its folder.

use std::fmt;
use std::path::PathBuf;

use madoguchi_driver_host::{PluginReport, Refused, VerifiedPlugin};
use madoguchi_proto::admin::v1::Driver;
use madoguchi_proto::admin::v1::driver::{LoadPhase, State};
use serde::Serialize;

use crate::cli::exit::Exit;
use crate::cli::output;

/// All drivers.
#[derive(Debug, Serialize)]
pub(super) struct Drivers {
    pub(super) drivers: Vec<DriverLine>,
}

/// One driver.
#[derive(Debug, Serialize)]
pub(super) struct DriverLine {
    pub(super) driver_id: Option<String>,
    pub(super) maker: Option<String>,
    pub(super) models: Vec<String>,
    pub(super) version: Option<String>,
    pub(super) abi_version: Option<u32>,
    pub(super) library_sha256: Option<String>,
    signed_by: Option<String>,
    /// How it is in a gateway, or `found` and `refused` where it only lies in its folder; `loads` after an inspection.
    pub(super) state: &'static str,
    pub(super) failed_phase: Option<String>,
    pub(super) problem: Option<String>,
    pub(super) folder: Option<PathBuf>,
    pub(super) process_id: Option<u32>,
    pub(super) restart_count: Option<u32>,
    pub(super) reader_count: Option<u32>,
}

pub(super) const REFUSED: &str = "refused";

impl DriverLine {
    /// Whether it should run and does not. One that the allow-list leaves out is as somebody chose.
    pub(super) fn is_refused(&self) -> bool {
        self.state == REFUSED && self.failed_phase.as_deref() != Some("allow_list")
    }

    pub(super) fn exit(&self) -> Exit {
        if self.is_refused() {
            Exit::Reader
        } else {
            Exit::Completed
        }
    }
}

impl From<&Result<VerifiedPlugin, Refused>> for DriverLine {
    fn from(found: &Result<VerifiedPlugin, Refused>) -> Self {
        let report = PluginReport::from(found);
        let manifest = report.manifest;
        Self {
            driver_id: manifest.as_ref().map(|manifest| manifest.id.to_string()),
            maker: manifest.as_ref().map(|manifest| manifest.maker.clone()),
            models: manifest
                .as_ref()
                .map(|manifest| manifest.models.clone())
                .unwrap_or_default(),
            version: manifest.as_ref().map(|manifest| manifest.version.clone()),
            abi_version: manifest.as_ref().map(|manifest| manifest.abi),
            library_sha256: manifest.map(|manifest| manifest.sha256),
            signed_by: report.signed_by,
            state: if report.problem.is_some() {
                REFUSED
            } else {
                "found"
            },
            failed_phase: report.failed_phase.map(|phase| phase.to_string()),
            problem: report.problem,
            folder: Some(report.folder),
            process_id: None,
            restart_count: None,
            reader_count: None,
        }
    }
}

impl From<Driver> for DriverLine {
    fn from(driver: Driver) -> Self {
        let state = match driver.state() {
            State::Starting => "starting",
            State::Ready => "ready",
            State::Draining => "draining",
            State::BackingOff => "backing_off",
            State::Refused => REFUSED,
            State::Stopping => "stopping",
            State::Unspecified => "unknown",
        };
        let phase = driver.failed_phase();
        let phase_name = phase
            .as_str_name()
            .trim_start_matches("LOAD_PHASE_")
            .to_ascii_lowercase();
        let said = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            driver_id: said(driver.driver_id),
            maker: said(driver.maker),
            models: driver.models,
            version: said(driver.version),
            abi_version: Some(driver.abi_version).filter(|version| *version > 0),
            library_sha256: said(driver.library_sha256),
            signed_by: said(driver.signed_by),
            state,
            failed_phase: Some(phase_name).filter(|_| phase != LoadPhase::Unspecified),
            problem: said(driver.problem),
            folder: None,
            process_id: Some(driver.process_id).filter(|id| *id > 0),
            restart_count: Some(driver.restart_count),
            reader_count: Some(driver.reader_count),
        }
    }
}

impl fmt::Display for DriverLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.driver_id, &self.folder) {
            (Some(id), _) => f.write_str(id)?,
            (None, Some(folder)) => write!(f, "{}", folder.display())?,
            (None, None) => f.write_str("?")?,
        }
        write!(f, "\t{}", self.state)?;
        if let (Some(maker), Some(version)) = (&self.maker, &self.version) {
            write!(f, "\t{maker} {version} ({})", self.models.join(", "))?;
        }
        if let Some(problem) = &self.problem {
            write!(
                f,
                "\n  {}: {problem}",
                self.failed_phase.as_deref().unwrap_or("?")
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Drivers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        output::lines(f, &self.drivers, "No plugin is installed.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_driver_says_where_it_stopped() {
        let driver = Driver {
            driver_id: "full".to_owned(),
            state: State::Refused.into(),
            failed_phase: LoadPhase::Hash.into(),
            problem: "the library's SHA-256 is another".to_owned(),
            ..Driver::default()
        };
        let line = DriverLine::from(driver);
        assert_eq!(line.exit(), Exit::Reader);
        assert_eq!(
            line.to_string(),
            "full\trefused\n  hash: the library's SHA-256 is another"
        );
        let left_out = DriverLine::from(Driver {
            state: State::Refused.into(),
            failed_phase: LoadPhase::AllowList.into(),
            ..Driver::default()
        });
        assert_eq!(left_out.exit(), Exit::Completed);
        let ready = DriverLine::from(Driver {
            state: State::Ready.into(),
            ..Driver::default()
        });
        assert_eq!((ready.exit(), ready.failed_phase), (Exit::Completed, None));
    }
}
