//! A driver's own section of the configuration.

use madoguchi_driver_api::{Error as DriverError, Host, LogLevel};
use serde::de::DeserializeOwned;
use thiserror::Error;

/// What is wrong with the section.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("drivers.settings.{driver}{key}: {problem}")]
pub struct Invalid {
    /// The driver's id.
    pub driver: String,
    /// The key within the section, with a dot before it; empty for the section itself.
    pub key: String,
    /// What is wrong with it.
    pub problem: String,
}

impl From<Invalid> for DriverError {
    fn from(invalid: Invalid) -> Self {
        Self::ReaderUnavailable {
            detail: invalid.to_string(),
        }
    }
}

/// Reads the section as the maker's own type, which has `#[serde(default, deny_unknown_fields)]`. What is wrong is also
/// logged, because whoever wrote the section reads the log.
///
/// # Errors
/// [`Invalid`] names the key.
pub fn read<T: DeserializeOwned>(driver: &str, host: &Host) -> Result<T, Invalid> {
    let mut json = serde_json::Deserializer::from_str(host.settings());
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let key = if path == "." {
            String::new()
        } else {
            format!(".{path}")
        };
        let invalid = Invalid {
            driver: driver.to_owned(),
            key,
            problem: without_place(&error.inner().to_string()),
        };
        host.log(LogLevel::Error, &invalid.to_string());
        invalid
    })
}

/// The message without the line and column, which are those of the JSON that nobody wrote.
fn without_place(message: &str) -> String {
    message
        .rsplit_once(" at line ")
        .map_or(message, |(message, _)| message)
        .to_owned()
}

#[cfg(test)]
mod tests;
