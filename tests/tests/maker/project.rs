//! A new project in each language: built as its README says, loaded, and a patient checked in.

use std::env::consts::DLL_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use madoguchi_proto::auth::v1::Method;
use madoguchi_proto::certificate::v1::Medium;
use madoguchi_tests::{Setup, Visit, ending, program, request, run_program, run_within};
use madoguchi_twin::device::makers::Maker;
use madoguchi_twin::device::{End, Generation, Link, Options, Patient, TcpLink, Twin};
use tempfile::TempDir;
use toml::{Table, Value};

/// Building takes as long as it takes, on a machine that builds other things.
const LIMIT: Duration = Duration::from_secs(470);

/// How long the patient may take.
const PATIENT: Duration = Duration::from_secs(60);

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A project that was just made.
struct Project {
    folder: TempDir,
    name: &'static str,
}

impl Project {
    async fn new(name: &'static str, words: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let within = ["--in", folder.path().to_str().unwrap()];
        let ran = run_program([&["driver", "new", name, "--json"], &within[..], words].concat()).await;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(ran.json()["driver_id"], name);
        Self { folder, name }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(self.name)
    }

    /// Builds it in its folder.
    fn build(&self, command: &mut Command) {
        let built = command
            .current_dir(self.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&built.stderr);
        assert!(built.status.success(), "{command:?}:\n{said}");
        assert!(!said.contains("warning"), "{said}");
    }

    /// Packs what was built, and has the program look at it.
    async fn pack(&self, library: &Path) -> PathBuf {
        let (manifest, out) = (self.path().join("plugin.toml"), self.path().join("plugins"));
        let words: [&Path; 8] = [
            "driver".as_ref(),
            "pack".as_ref(),
            "--library".as_ref(),
            library,
            "--manifest".as_ref(),
            &manifest,
            "--out".as_ref(),
            &out,
        ];
        let ran = run_program(words).await;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        out
    }

    /// A patient in front of the device, with the plugins of that folder in a gateway.
    async fn checks_a_patient_in(&self, plugins: &Path, settings: fn(&str) -> (&'static str, Value)) {
        let maker = Maker::by_name("example").unwrap();
        let identity = (maker.identity)(Generation::New, "EX-0001");
        let front = (maker.front)(&identity);
        let address = ([127, 0, 0, 1], 0).into();
        let twin = Twin::start(Options::new(identity, Link::Tcp(TcpLink { address })), front).unwrap();
        let (key, value) = settings(&twin.place().unwrap());
        let section = Table::from_iter([(key.to_owned(), value)]);
        let reader = format!("{}:EX-0001", self.name);
        let gateway = Setup::default()
            .plugins(plugins)
            .set(
                "drivers.settings",
                Table::from_iter([(self.name.to_owned(), Value::from(section))]),
            )
            .counters(&[("1", &[&reader])])
            .start_in(self.folder.path())
            .await;
        gateway
            .readers_until("the new reader", |readers| {
                readers
                    .iter()
                    .any(|found| found.reader_id == reader && found.reason.is_empty())
            })
            .await;
        let request = request("1", Medium::Unspecified);
        let mut visit = Visit::start_with(gateway.channel().await, request).await.unwrap();
        let patient = Patient::new("adult")
            .start(twin.stage().clone(), None, PATIENT)
            .unwrap();
        let end = visit.end().await;
        let seen = tokio::task::spawn_blocking(|| patient.join())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(ending(&end), "completed full", "{:?}", seen.pages);
        assert_eq!(
            (end.method(), seen.end),
            (Method::Pin, End::Completed),
            "{:?}",
            seen.pages
        );
    }
}

/// The folder that everything is built in: what a new project needs is there already.
fn target() -> PathBuf {
    program().parent().unwrap().parent().unwrap().to_owned()
}

#[test]
fn a_driver_in_rust() {
    run_within(LIMIT, async {
        let project = Project::new("acme-eye", &["--source", ROOT]).await;
        // The versions that are known to be there: nothing is fetched.
        fs::copy(
            Path::new(ROOT).join("Cargo.lock"),
            project.path().join("Cargo.lock"),
        )
        .unwrap();
        let mut build = madoguchi_fixture_build::cargo();
        build
            // With its tests, though they are not run: then it needs what the template's own checks have built already.
            .args(["build", "--all-targets", "--quiet", "--offline"])
            .env("CARGO_TARGET_DIR", target())
            // What the template's own checks link with, or all would be built again.
            .arg("--config")
            .arg(fs::canonicalize(ROOT).unwrap().join(".cargo/config.toml"));
        project.build(&mut build);
        let library = target().join(format!("debug/libacme_eye{DLL_SUFFIX}"));
        let plugins = project.pack(&library).await;

        let packed = plugins.join("acme-eye");
        let looked = run_program(["driver", "inspect", "--json", packed.to_str().unwrap()]).await;
        assert_eq!(
            (looked.code, &looked.json()["state"]),
            (Some(0), &"loads".into()),
            "{looked:?}"
        );
        project
            .checks_a_patient_in(&plugins, |place| ("address", place.into()))
            .await;
    });
}

#[test]
fn a_driver_in_c() {
    run_within(LIMIT, async {
        let project = Project::new("acme-ear", &["--language", "c"]).await;
        project.build(&mut Command::new("make"));
        let plugins = project.pack(&project.path().join("libacme_ear.so")).await;
        project
            .checks_a_patient_in(&plugins, |place| {
                let (_, port) = place.rsplit_once(':').unwrap();
                ("port", Value::Integer(port.parse().unwrap()))
            })
            .await;
    });
}
