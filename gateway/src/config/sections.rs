//! The smaller sections.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{LogFormat, LogLevel, Mode};

/// Where is kept what must survive: visits, receipts, the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// The database file.
    pub path: PathBuf,
    /// Hours that the result of a visit, which holds personal data, is kept.
    pub result_ttl_hours: u32,
    /// Days that the tries of a card's PIN are remembered after it was seen last.
    pub pin_budget_ttl_days: u32,
    /// Days that a fallback's case is kept after it was settled; an open one is kept until then.
    pub settled_case_ttl_days: u32,
    /// Days that the expiry outlook remembers a certificate after it served for nothing any more.
    pub outlook_retention_days: u32,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            path: PathBuf::from("data").join("madoguchi.db"),
            result_ttl_hours: 24,
            pin_budget_ttl_days: 400,
            settled_case_ttl_days: 400,
            outlook_retention_days: 30,
        }
    }
}

/// Whose certificates are trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Trust {
    /// Whether real patients come.
    pub mode: Mode,
    /// PEM files with the roots of the user-authentication CA.
    pub anchors: Vec<PathBuf>,
    /// SHA-256 fingerprints of exactly the roots that may be in those files; any root where it is empty.
    pub fingerprints: Vec<String>,
    /// Policies of which a certificate must have one; none is asked for where it is empty.
    pub policies: Vec<String>,
    /// Days before the end of a root from which it is reported.
    pub anchor_warning_days: u32,
    /// Days before the end of a patient's certificate from which the counter is told.
    pub expiry_warning_days: u32,
}

impl Default for Trust {
    fn default() -> Self {
        Self {
            mode: Mode::Production,
            anchors: Vec::new(),
            fingerprints: Vec::new(),
            policies: Vec::new(),
            anchor_warning_days: 400,
            expiry_warning_days: 90,
        }
    }
}

/// What happens to a visit while the eligibility service is away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Deferral {
    /// Whether the visit goes on with local verification and its check is queued; without, it fails.
    pub enabled: bool,
    /// Checks that may be queued at once.
    pub max_open: u32,
    /// Seconds until the service is asked again the first time.
    pub min_retry_seconds: u32,
    /// Seconds between two attempts at most.
    pub max_retry_seconds: u32,
    /// Days after which nobody asks any more.
    pub give_up_days: u32,
}

impl Default for Deferral {
    fn default() -> Self {
        let options = madoguchi_deferral::Options::default();
        Self {
            enabled: true,
            max_open: options.max_open,
            min_retry_seconds: options.min_retry_seconds,
            max_retry_seconds: options.max_retry_seconds,
            give_up_days: options.give_up_days,
        }
    }
}

impl Deferral {
    /// As the service is told; answers are kept as long as the results of visits.
    pub(crate) const fn options(&self, store: &Store) -> madoguchi_deferral::Options {
        madoguchi_deferral::Options {
            max_open: self.max_open,
            min_retry_seconds: self.min_retry_seconds,
            max_retry_seconds: self.max_retry_seconds,
            give_up_days: self.give_up_days,
            answer_ttl_hours: store.result_ttl_hours,
        }
    }
}

/// How patient a visit is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CheckIn {
    /// Seconds, where the caller does not say.
    pub default_timeout_seconds: u32,
    /// Seconds that a caller may ask for at most.
    pub max_timeout_seconds: u32,
    /// Seconds that a card or phone is waited for.
    pub card_wait_seconds: u32,
    /// Seconds that a counter may be without any usable reader before the visit fails.
    pub reader_grace_seconds: u32,
    /// How often a card that cannot be read is tried before the visit fails.
    pub max_read_attempts: u32,
    /// How often a face is looked at before the next way to verify the person is taken.
    pub max_face_attempts: u32,
}

impl Default for CheckIn {
    fn default() -> Self {
        Self {
            default_timeout_seconds: 5 * 60,
            max_timeout_seconds: 15 * 60,
            card_wait_seconds: 90,
            reader_grace_seconds: 5,
            max_read_attempts: 4,
            max_face_attempts: 2,
        }
    }
}

/// What the gateway says about itself, on standard error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// The shape of a line.
    pub format: LogFormat,
    /// How much.
    pub level: LogLevel,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            level: LogLevel::Info,
        }
    }
}
