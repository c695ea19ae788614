//! Why a persona, its certificate or its card cannot be made.

use std::path::PathBuf;

use madoguchi_core::secret::InvalidPin;
use thiserror::Error;

/// Why a persona, its certificate or its card cannot be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The persona's file cannot be read.
    #[error("the persona file {path} cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The persona's file is not one.
    #[error("the persona file {path} is not a persona: {source}")]
    Persona {
        /// The file.
        path: PathBuf,
        /// Which key or value is wrong.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A date that no calendar has, or one with a time of day.
    #[error("{field} is not a date of the form 1984-04-01")]
    Date {
        /// The field.
        field: &'static str,
    },
    /// The persona's PIN is none.
    #[error("the persona's pin is not a PIN")]
    Pin(#[from] InvalidPin),
    /// A value that a card cannot have.
    #[error("{field} must be {expected}")]
    Value {
        /// The field.
        field: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// There is no test key of that name.
    #[error("key must name one of the test keys: {}", crate::keys::names().join(", "))]
    UnknownKey,
    /// There is no persona of that name.
    #[error("there is no persona named {0}")]
    UnknownPersona(String),
    /// There is no thread for it.
    #[error("there is no thread for a patient")]
    Thread(#[source] std::io::Error),
    /// A test key cannot be read.
    #[error("a test key cannot be read")]
    Key(#[from] rsa::pkcs8::Error),
    /// The certificate cannot be made.
    #[error("the certificate cannot be issued")]
    Certificate(#[from] rcgen::Error),
    /// The validity lies outside the calendar.
    #[error("the validity lies outside the calendar")]
    Validity,
}
