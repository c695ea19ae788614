//! From a verified plugin to a driver: the library, then who it says that it is.

use madoguchi_driver_abi::LoadError;
use madoguchi_driver_api::Driver;

use super::maker_log::{self, one_line};
use crate::plugin::{Problem, VerifiedPlugin};

pub(crate) struct Loaded {
    pub(crate) driver: Box<dyn Driver>,
    pub(crate) version: String,
    pub(crate) abi_version: u32,
}

/// Opens the library and asks who it is; `settings` is the driver's own section of the configuration, a JSON object or
/// nothing.
pub(crate) fn load(plugin: &VerifiedPlugin, settings: &str) -> Result<Loaded, Problem> {
    let host = maker_log::host(plugin.manifest.id.clone());
    let host = match settings {
        "" => host,
        settings => host.with_settings(settings),
    };
    let loaded = madoguchi_driver_abi::load(&plugin.library, host).map_err(problem)?;
    let info = loaded.driver.info();
    same("id", plugin.manifest.id.as_str(), &info.id)?;
    same("maker", &plugin.manifest.maker, &info.maker)?;
    same("version", &plugin.manifest.version, &info.version)?;
    same(
        "abi",
        &plugin.manifest.abi.to_string(),
        &loaded.abi_version.to_string(),
    )?;
    Ok(Loaded {
        driver: loaded.driver,
        version: info.version,
        abi_version: loaded.abi_version,
    })
}

fn same(field: &'static str, manifest: &str, driver: &str) -> Result<(), Problem> {
    if manifest == driver {
        Ok(())
    } else {
        Err(Problem::Identity {
            field,
            manifest: manifest.to_owned(),
            driver: one_line(driver),
        })
    }
}

fn problem(error: LoadError) -> Problem {
    let cause = one_line(&error.to_string());
    match error {
        LoadError::Open { .. } => Problem::Open { cause },
        LoadError::Abi { .. } => Problem::Abi { cause },
        _ => Problem::Start { cause },
    }
}
