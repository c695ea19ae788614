//! Whom to ask about eligibility.

use std::path::PathBuf;
use std::time::Duration;

use madoguchi_eligibility::xml;
use serde::{Deserialize, Serialize};

use super::{Backend, Charset, Problem};

/// Whom to ask about eligibility.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Eligibility {
    /// Which service.
    pub backend: Backend,
    /// Seconds until a challenge is not accepted any more.
    pub challenge_ttl_seconds: u32,
    /// Challenges that may be open at once.
    pub max_open_challenges: u32,
    /// Seconds between two looks after the results of a batch.
    pub batch_poll_seconds: u32,
    /// Hours that a batch may take, outages included.
    pub batch_timeout_hours: u32,
    /// The remote service.
    pub remote: Remote,
    /// The terminal software's folders.
    pub folder: Folder,
}

impl Default for Eligibility {
    fn default() -> Self {
        Self {
            backend: Backend::StandIn,
            challenge_ttl_seconds: 15 * 60,
            max_open_challenges: 10_000,
            batch_poll_seconds: 30,
            batch_timeout_hours: 12,
            remote: Remote::default(),
            folder: Folder::default(),
        }
    }
}

/// A remote eligibility service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Remote {
    /// Its address, `https://…`.
    pub endpoint: Option<String>,
    /// PEM file: the roots that its certificate comes from.
    pub ca: Option<PathBuf>,
    /// PEM file: this gateway's certificate for it, and intermediates.
    pub certificate: Option<PathBuf>,
    /// PEM file: the private key of that.
    pub key: Option<PathBuf>,
    /// The name in its certificate, where it is not that of the address.
    pub server_name: Option<String>,
    /// Milliseconds for a call, its repetitions included.
    pub call_timeout_ms: u32,
    /// Times that a call which may be repeated is made.
    pub max_attempts: u32,
    /// Failures one after the other that open the circuit.
    pub failure_threshold: u32,
    /// Milliseconds that the circuit stays open.
    pub open_ms: u32,
}

impl Default for Remote {
    fn default() -> Self {
        Self {
            endpoint: None,
            ca: None,
            certificate: None,
            key: None,
            server_name: None,
            call_timeout_ms: 10_000,
            max_attempts: 3,
            failure_threshold: 5,
            open_ms: 15_000,
        }
    }
}

/// The folders of the official terminal software.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Folder {
    /// Requests go there.
    pub req: Option<PathBuf>,
    /// Their results come there.
    pub res: Option<PathBuf>,
    /// Results of visits at the terminal's reader come there.
    pub face: Option<PathBuf>,
    /// 医療機関コード, ten digits.
    pub institution_code: String,
    /// What requests are written in.
    pub encoding: Charset,
    /// Milliseconds between two looks at a folder.
    pub poll_interval_ms: u32,
    /// Seconds that a request or a visit waits for its result.
    pub deadline_seconds: u32,
    /// Seconds after a visit in which a result could still be its.
    pub visit_window_seconds: u32,
    /// Milliseconds that a result which fits is held back, in case another comes that would fit too.
    pub settle_ms: u32,
    /// Hours after which a result is left alone.
    pub max_age_hours: u32,
}

impl Default for Folder {
    fn default() -> Self {
        Self {
            req: None,
            res: None,
            face: None,
            institution_code: String::new(),
            encoding: Charset::ShiftJis,
            poll_interval_ms: 300,
            deadline_seconds: 60,
            visit_window_seconds: 180,
            settle_ms: 1_000,
            max_age_hours: 24,
        }
    }
}

impl Folder {
    /// The options of the bridge; none where a folder is missing, which the checks exclude.
    pub(crate) fn options(&self) -> Option<madoguchi_eligibility::folder::Options> {
        Some(madoguchi_eligibility::folder::Options {
            req: self.req.clone()?,
            res: self.res.clone()?,
            face: self.face.clone()?,
            institution_code: self.institution_code.clone(),
            charset: match self.encoding {
                Charset::ShiftJis => xml::Charset::ShiftJis,
                Charset::Utf8 => xml::Charset::Utf8,
            },
            poll: Duration::from_millis(self.poll_interval_ms.into()),
            deadline: Duration::from_secs(self.deadline_seconds.into()),
            window: Duration::from_secs(self.visit_window_seconds.into()),
            settle: Duration::from_millis(self.settle_ms.into()),
            max_age: Duration::from_secs(u64::from(self.max_age_hours) * 3_600),
        })
    }
}

impl Eligibility {
    /// Checks what types cannot say.
    ///
    /// # Errors
    /// [`Problem`] names the key and says how to mend it.
    pub(super) fn check(&self) -> Result<(), Problem> {
        let positive = [
            ("eligibility.challenge_ttl_seconds", self.challenge_ttl_seconds),
            ("eligibility.max_open_challenges", self.max_open_challenges),
            ("eligibility.batch_poll_seconds", self.batch_poll_seconds),
            ("eligibility.batch_timeout_hours", self.batch_timeout_hours),
            ("eligibility.remote.call_timeout_ms", self.remote.call_timeout_ms),
            ("eligibility.remote.max_attempts", self.remote.max_attempts),
            (
                "eligibility.remote.failure_threshold",
                self.remote.failure_threshold,
            ),
            ("eligibility.remote.open_ms", self.remote.open_ms),
            (
                "eligibility.folder.poll_interval_ms",
                self.folder.poll_interval_ms,
            ),
            (
                "eligibility.folder.deadline_seconds",
                self.folder.deadline_seconds,
            ),
            (
                "eligibility.folder.visit_window_seconds",
                self.folder.visit_window_seconds,
            ),
            ("eligibility.folder.max_age_hours", self.folder.max_age_hours),
        ];
        if let Some((key, _)) = positive.into_iter().find(|(_, value)| *value == 0) {
            return Err(Problem::value(key, "must be 1 or more"));
        }
        match self.backend {
            Backend::StandIn => Ok(()),
            Backend::Remote => self.remote.check(),
            Backend::Folder => self.folder.check(),
        }
    }
}

impl Remote {
    fn check(&self) -> Result<(), Problem> {
        let secure = self
            .endpoint
            .as_deref()
            .is_some_and(|endpoint| endpoint.starts_with("https://"));
        if !secure {
            return Err(Problem::value(
                "eligibility.remote.endpoint",
                "must be the address of the service, such as \"https://eligibility.example:8765\": patients' data \
                 goes over TLS only",
            ));
        }
        let files = [
            ("eligibility.remote.ca", &self.ca),
            ("eligibility.remote.certificate", &self.certificate),
            ("eligibility.remote.key", &self.key),
        ];
        match files.into_iter().find(|(_, path)| path.is_none()) {
            Some((key, _)) => Err(Problem::value(
                key,
                "must be given with the remote back end: each side shows the other its certificate",
            )),
            None => Ok(()),
        }
    }
}

impl Folder {
    fn check(&self) -> Result<(), Problem> {
        let folders = [
            ("eligibility.folder.req", &self.req),
            ("eligibility.folder.res", &self.res),
            ("eligibility.folder.face", &self.face),
        ];
        if let Some((key, _)) = folders.into_iter().find(|(_, path)| path.is_none()) {
            return Err(Problem::value(
                key,
                "must be given with the folder back end: the folder that the terminal software shares",
            ));
        }
        let digits = self.institution_code.bytes().all(|byte| byte.is_ascii_digit());
        if self.institution_code.len() != 10 || !digits {
            return Err(Problem::value(
                "eligibility.folder.institution_code",
                "must be the ten digits of the facility (医療機関コード)",
            ));
        }
        Ok(())
    }
}
