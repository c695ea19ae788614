//! Puts the gateway together.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use madoguchi_certificate::Verifier;
use madoguchi_core::Clock;
use madoguchi_core::clock::SystemClock;
use madoguchi_core::reader::Readers;
use madoguchi_deferral::Reconciler;
use madoguchi_driver_host::{Drivers, Logging};
use madoguchi_store::Store;
use tokio_util::sync::CancellationToken;
use tonic_health::server::HealthReporter;

use super::chores::Chores;
use super::expiries::Expiries;
use super::retention::Retention;
use super::{App, consents, keys, routes, services, trust};
use crate::config::{Config, LogFormat, Problem};
use crate::rpc::admin::{DriverControl, NoDrivers};
use crate::server::Server;
use crate::server::health::{self, Health};
use crate::telemetry;
use crate::uplink::{Statuses, Uplinks};

/// What the configuration alone decides, checked before any port or reader is opened.
struct Checked {
    config: Config,
    certificates: Verifier,
    uplinks: Uplinks,
    statuses: Statuses,
    clock: Arc<dyn Clock>,
    began: Instant,
}

/// Beside the database: the highest version of each driver that ran.
const DRIVER_VERSIONS: &str = "drivers.toml";

impl Config {
    /// Puts the gateway together. Its drivers run in processes of this very program.
    ///
    /// # Errors
    /// [`Problem`] says what to mend; with exit code 64 no port and no reader was opened yet.
    pub async fn build(self) -> Result<App, Problem> {
        let program = std::env::current_exe().map_err(Problem::Program)?;
        self.build_with_program(program).await
    }

    /// Puts the gateway together. Its drivers run in processes of that program, which has to understand the
    /// driver host's subcommand.
    ///
    /// # Errors
    /// As [`Config::build`].
    pub async fn build_with_program(self, program: PathBuf) -> Result<App, Problem> {
        let checked = self.checked()?;
        let mut options = checked.config.drivers.options().map_err(Problem::Program)?;
        let versions = checked.config.store.path.with_file_name(DRIVER_VERSIONS);
        let trust = checked.config.drivers.signatures.trust(versions);
        options.trust = Some(trust.map_err(|(index, problem)| {
            Problem::value(format!("drivers.signatures.trusted_keys[{index}]"), problem)
        })?);
        std::fs::read_dir(&options.directory).map_err(|source| {
            let folder = options.directory.display();
            Problem::value(
                "drivers.directory",
                format!("{folder}: the folder of the plugins cannot be read: {source}"),
            )
        })?;
        let logging = Logging {
            format: match checked.config.log.format {
                LogFormat::Text => madoguchi_driver_host::LogFormat::Text,
                LogFormat::Json => madoguchi_driver_host::LogFormat::Json,
            },
            filter: telemetry::directives(&checked.config.log),
        };
        // The port first: a gateway that runs already keeps its readers.
        let server = Server::open(&checked.config).await?;
        let drivers = Drivers::start(options, program, logging)
            .await
            .map_err(Problem::Drivers)?;
        let built = checked
            .build(server, Arc::new(drivers.clone()), Arc::new(drivers.clone()))
            .await;
        match built {
            Ok(app) => Ok(App {
                drivers: Some(drivers),
                ..app
            }),
            Err(problem) => {
                drivers.shutdown().await;
                Err(problem)
            }
        }
    }

    /// Puts a gateway together over readers that somebody else gives: a fake, or cards in memory. It has no drivers.
    ///
    /// # Errors
    /// [`Problem`] says what to mend.
    pub async fn build_with_readers(self, readers: Arc<dyn Readers>) -> Result<App, Problem> {
        let checked = self.checked()?;
        let server = Server::open(&checked.config).await?;
        checked.build(server, readers, Arc::new(NoDrivers)).await
    }

    fn checked(self) -> Result<Checked, Problem> {
        let began = Instant::now();
        let certificates = trust::verifier(&self.trust)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let (uplinks, statuses) = Uplinks::new(&self, &clock)?;
        Ok(Checked {
            config: self,
            certificates,
            uplinks,
            statuses,
            clock,
            began,
        })
    }

    fn store(&self) -> Result<Store, Problem> {
        let path = &self.store.path;
        make_folder_of(path)?;
        let options = madoguchi_store::Options {
            audit_elsewhere: self.audit.path.is_some(),
            ..Default::default()
        };
        Ok(Store::open_with(path, &options)?)
    }
}

/// A database's folder, where it is not there yet.
pub(super) fn make_folder_of(database: &Path) -> Result<(), Problem> {
    let Some(folder) = database.parent() else {
        return Ok(());
    };
    std::fs::create_dir_all(folder).map_err(|source| Problem::StoreFolder {
        path: folder.to_owned(),
        source,
    })
}

impl Checked {
    async fn build(
        self,
        server: Server,
        readers: Arc<dyn Readers>,
        drivers: Arc<dyn DriverControl>,
    ) -> Result<App, Problem> {
        let Self {
            config,
            certificates,
            uplinks,
            statuses,
            clock,
            began,
        } = self;
        let store = config.store()?;
        let ending = CancellationToken::new();
        let (services, audit_workers) = services::open(
            &config,
            &store,
            Arc::clone(&clock),
            certificates,
            readers,
            drivers,
            ending.clone(),
        )
        .await?;

        let reporter = HealthReporter::new();
        let names = health::services()?;
        let ttl = time::Duration::hours(config.store.result_ttl_hours.into());
        let expiries = Expiries {
            certificates: Arc::clone(&services.certificates),
            outlook: Arc::new(store.clone()),
            retention: time::Duration::days(config.store.outlook_retention_days.into()),
            clock: Arc::clone(&clock),
        };
        let log = services.auditing.log.clone();
        let health = Health::new(
            reporter.clone(),
            names,
            Arc::new(store.clone()),
            log.clone(),
            clock,
            ttl,
        );
        let health = health.with_eligibility(Arc::clone(&services.eligibility), store.clone());
        let (check_ins, authentications) = (services.check_ins.clone(), services.authentications.clone());
        let workflow = services.workflow.clone();
        let mut chores = Chores::default();
        let reconciler = Reconciler::new(services.deferrals.clone(), Arc::clone(&services.consented));
        chores.add(reconciler.run(ending.clone()));
        chores.add(keys::tend(Arc::clone(&services.keys.ring), ending.clone()));
        chores.add(consents::tend(Arc::clone(&services.consents), ending.clone()));
        let retention = Retention::new(
            &config.store,
            Arc::clone(&services.budget),
            Arc::clone(&services.cases),
        );
        chores.add(retention.run(ending.clone()));
        chores.add(expiries.run(ending.clone()));
        let routes = routes::all(&config, services, statuses, reporter, ending.clone())?;
        Ok(App {
            server,
            uplinks,
            limits: config.server.limits.clone(),
            routes,
            check_ins,
            authentications,
            workflow,
            drivers: None,
            store,
            health,
            chores,
            log,
            audit_workers,
            ending,
            ready: CancellationToken::new(),
            drain: Duration::from_secs(config.server.limits.drain_timeout_seconds.into()),
            began,
        })
    }
}
