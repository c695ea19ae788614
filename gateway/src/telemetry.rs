//! Structured logs on standard error. What is personal or secret is not in a log, whatever the level.

use std::io;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

use crate::config::{Log, LogFormat};

/// Takes finer directives than the configuration, such as `info,madoguchi_store=debug`.
pub const ENVIRONMENT: &str = "MADOGUCHI_LOG";

/// Starts logging for the whole process.
///
/// # Errors
/// [`TryInitError`] where it was started before.
pub fn start(log: &Log) -> Result<(), TryInitError> {
    let registry = tracing_subscriber::registry().with(filter(&directives(log)));
    match log.format {
        LogFormat::Text => {
            let lines = tracing_subscriber::fmt::layer()
                .with_writer(io::stderr)
                .with_ansi(false);
            registry.with(lines).try_init()
        }
        LogFormat::Json => {
            let lines = tracing_subscriber::fmt::layer()
                .with_writer(io::stderr)
                .json()
                .flatten_event(true);
            registry.with(lines).try_init()
        }
    }
}

/// What is logged, in the notation of `EnvFilter`; the drivers' processes are told the same.
#[must_use]
pub fn directives(log: &Log) -> String {
    all(log, std::env::var(ENVIRONMENT).ok().as_deref())
}

/// The configured level for our own crates, warnings for the others; what the environment says goes before both.
fn all(log: &Log, finer: Option<&str>) -> String {
    let base = format!("warn,madoguchi={}", log.level.as_str());
    match finer {
        Some(finer) => format!("{base},{finer}"),
        None => base,
    }
}

fn filter(directives: &str) -> EnvFilter {
    // A directive that cannot be read is left out: a typo must not keep the gateway from starting.
    EnvFilter::builder()
        .with_default_directive(LevelFilter::WARN.into())
        .parse_lossy(directives)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::LogLevel;

    #[test]
    fn the_environment_goes_before_the_configuration() {
        let log = Log {
            format: LogFormat::Text,
            level: LogLevel::Info,
        };
        let with = |finer| filter(&all(&log, finer));
        assert_eq!(with(None).max_level_hint(), Some(LevelFilter::INFO));
        assert_eq!(
            with(Some("madoguchi=trace")).max_level_hint(),
            Some(LevelFilter::TRACE)
        );
        assert_eq!(
            with(Some("madoguchi=error"))
                .to_string()
                .matches("madoguchi=")
                .count(),
            1
        );
        assert_eq!(
            with(Some("=!nonsense=")).max_level_hint(),
            Some(LevelFilter::INFO)
        );
    }
}
