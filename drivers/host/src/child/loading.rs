//! From a verified plugin to a driver: the library, then who it says that it is.

use madoguchi_driver_abi::LoadError;
use madoguchi_driver_api::{Driver, Host, LogLevel};

use crate::plugin::{Manifest, Problem, VerifiedPlugin};

/// A maker's log line is cut here.
const MAX_LINE_LEN: usize = 512;

pub(crate) struct Loaded {
    pub(crate) driver: Box<dyn Driver>,
    pub(crate) version: String,
    pub(crate) abi_version: u32,
}

/// Opens the library and asks who it is; `settings` is the driver's own section of the configuration, a JSON object or
/// nothing.
pub(crate) fn load(plugin: &VerifiedPlugin, settings: &str) -> Result<Loaded, Problem> {
    let host = match settings {
        "" => host(&plugin.manifest),
        settings => host(&plugin.manifest).with_settings(settings),
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

/// What a plugin logs goes to the gateway's log under its driver's id.
fn host(manifest: &Manifest) -> Host {
    let driver = manifest.id.clone();
    Host::new(move |level, line| {
        let line = one_line(line);
        match level {
            LogLevel::Error => tracing::error!(%driver, line, "plugin"),
            LogLevel::Warn => tracing::warn!(%driver, line, "plugin"),
            LogLevel::Info => tracing::info!(%driver, line, "plugin"),
            LogLevel::Debug => tracing::debug!(%driver, line, "plugin"),
        }
    })
}

/// A maker's text as one line of bounded length.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MAX_LINE_LEN)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_makers_text_stays_one_line() {
        assert_eq!(one_line("a\nb\u{1b}[0m"), "a b [0m");
        assert_eq!(one_line(&"字".repeat(1000)).chars().count(), MAX_LINE_LEN);
    }
}
