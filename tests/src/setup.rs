//! How a gateway is set up: the example's defaults, but on a port of its own, in a folder of its own, for twin cards.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Stdio};

use madoguchi_twin::TestCa;
use rcgen::{CertificateParams, KeyPair};
use toml::{Table, Value};

use crate::{Clinic, Gateway, gateway, program};

/// A gateway's configuration and environment.
#[derive(Debug, Clone)]
pub struct Setup {
    config: Table,
    environment: Vec<(OsString, OsString)>,
}

impl Default for Setup {
    fn default() -> Self {
        let plugins = program().with_file_name("plugins");
        Self {
            config: Table::new(),
            environment: Vec::new(),
        }
        .set("server.listen", "127.0.0.1:0")
        .set("drivers.directory", plugins.to_str().unwrap())
        .set("drivers.allow", vec!["pcsc"])
        .set("store.path", "data/madoguchi.db")
        .set("trust.mode", "test")
        .set("trust.anchors", vec!["test-root.pem"])
        .counters(&[("1", &["*"])])
    }
}

impl Setup {
    /// Sets a key, named with its section: `check_in.card_wait_seconds`.
    #[must_use]
    pub fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        let mut table = &mut self.config;
        let mut parts = key.split('.').peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                table.insert(part.to_owned(), value.into());
                break;
            }
            table = table
                .entry(part)
                .or_insert_with(|| Table::new().into())
                .as_table_mut()
                .expect("a section");
        }
        self
    }

    /// Adds to a section what cannot be named with dots.
    #[must_use]
    pub fn extend(mut self, section: &str, more: Table) -> Self {
        let table = self.config.entry(section).or_insert_with(|| Table::new().into());
        table.as_table_mut().expect("a section").extend(more);
        self
    }

    /// Sets the counters and which readers stand there.
    #[must_use]
    pub fn counters(self, counters: &[(&str, &[&str])]) -> Self {
        let blocks = counters.iter().map(|(id, readers)| {
            let readers: Vec<_> = readers.iter().copied().map(Value::from).collect();
            Value::from(Table::from_iter([
                ("id".to_owned(), Value::from(*id)),
                ("readers".to_owned(), readers.into()),
            ]))
        });
        let blocks: Vec<_> = blocks.collect();
        self.set("counters", blocks)
    }

    /// Takes the plugins of that folder, all of them.
    #[must_use]
    pub fn plugins(self, folder: &Path) -> Self {
        self.set("drivers.directory", folder.to_str().unwrap())
            .set("drivers.allow", Vec::<Value>::new())
            // The fixtures are nobody's.
            .set("drivers.signatures.development", true)
    }

    /// Asks a remote eligibility service at which nobody listens; the papers for it are put into that folder.
    #[must_use]
    pub fn eligibility_away(self, folder: &Path) -> Self {
        let (certificate, key) = (folder.join("nowhere.pem"), folder.join("nowhere.key"));
        let pair = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["nowhere.example".to_owned()]).unwrap();
        fs::write(&certificate, params.self_signed(&pair).unwrap().pem()).unwrap();
        fs::write(&key, pair.serialize_pem()).unwrap();
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        self.set("eligibility.backend", "remote")
            .set("eligibility.remote.endpoint", "https://127.0.0.1:1")
            .set("eligibility.remote.ca", text(&certificate))
            .set("eligibility.remote.certificate", text(&certificate))
            .set("eligibility.remote.key", text(&key))
    }

    /// Asks the embedded stand-in, soon after it was away.
    #[must_use]
    pub fn eligibility_back(self) -> Self {
        self.set("eligibility.backend", "stand-in")
            .set("deferral.min_retry_seconds", 1)
    }

    /// Sets a variable of the gateway's environment.
    #[must_use]
    pub fn environment(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// A clinic with this gateway and one reader.
    pub async fn open(self) -> Clinic {
        Clinic::open(self).await
    }

    /// A gateway alone in that folder, over no PC/SC service at all.
    pub async fn start_in(&self, folder: &Path) -> Gateway {
        self.write(folder);
        Gateway::start(folder, &self.environment).await
    }

    /// The gateway's process in that folder, as it is set up there; nothing is waited for.
    #[must_use]
    pub fn spawn_in(&self, folder: &Path) -> Child {
        let log = File::options()
            .create(true)
            .append(true)
            .open(folder.join(Gateway::LOG))
            .unwrap();
        gateway::command(folder, &self.environment)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap()
    }

    /// Shows how the log in that folder ends, where a test fails.
    pub fn print_log(folder: &Path) {
        gateway::print_tail(&folder.join(Gateway::LOG));
    }

    pub(crate) fn variables(&self) -> &[(OsString, OsString)] {
        &self.environment
    }

    /// Writes the configuration, and the twin's authority beside it.
    pub fn write(&self, folder: &Path) {
        fs::write(folder.join("test-root.pem"), TestCa::new().unwrap().root_pem()).unwrap();
        fs::write(folder.join(Gateway::CONFIG), self.config.to_string()).unwrap();
    }
}
