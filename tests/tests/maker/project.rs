//! A new project in each language: built as its README says, loaded, and a patient checked in.

use std::env::consts::DLL_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use madoguchi_proto::auth::v1::Method;
use madoguchi_proto::certificate::v1::Medium;
use madoguchi_tests::{
    PluginFolder, Setup, Visit, ending, keygen, program, request, run_program, run_within,
};
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

    /// Tries the rules on it, with the stage of its simulated device for hands, and checks the badge that it earns.
    async fn conforms(&self, plugins: &Path, settings: fn(&str) -> (&'static str, Value)) {
        let listen = Some(([127, 0, 0, 1], 0).into());
        let twin = device(|options| options.stage = listen);
        let stage = format!("stage={}", twin.stage_address().unwrap());
        let (key, value) = settings(&twin.place().unwrap());
        let setting = format!("{key} = {value}");
        let (private, public, _) = keygen(&self.path(), "maker").await;
        let (private, public) = (private.to_str().unwrap(), public.to_str().unwrap());
        let (plugin, badge) = (plugins.join(self.name), self.path().join("badge"));
        let (plugin, badge) = (plugin.to_str().unwrap(), badge.to_str().unwrap());
        let mut words = vec!["driver", "conform", plugin, "--json", "--hands", &stage];
        words.extend(["--device", "EX-0001", "--setting", &setting]);
        words.extend(["--badge", badge, "--key", private]);
        let tried = run_program(words).await;
        assert_eq!(tried.code, Some(0), "{tried:?}");
        let report = tried.json();
        assert_eq!(report["device"]["selector"], "EX-0001");
        assert_eq!(
            (&report["failed"], &report["not_tried"]),
            (&0.into(), &0.into()),
            "{report}"
        );
        assert!(report["passed"].as_u64().unwrap() > 60, "{report}");
        assert!(
            report["rules"][0]["millis"].is_u64(),
            "each rule says how long it took"
        );
        let words = [
            "driver", "badge", badge, "--key", public, "--plugin", plugin, "--json",
        ];
        let looked = run_program(words).await;
        assert_eq!((looked.code, &looked.json()["good"]), (Some(0), &true.into()));
    }

    /// A patient in front of the device, with the plugins of that folder in a gateway.
    async fn checks_a_patient_in(&self, plugins: &Path, settings: fn(&str) -> (&'static str, Value)) {
        let twin = device(|_| {});
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

/// The device that a new project drives.
fn device(change: impl FnOnce(&mut Options)) -> Twin {
    let maker = Maker::by_name("example").unwrap();
    let identity = (maker.identity)(Generation::New, "EX-0001");
    let front = (maker.front)(&identity);
    let address = ([127, 0, 0, 1], 0).into();
    let mut options = Options::new(identity, Link::Tcp(TcpLink { address }));
    change(&mut options);
    Twin::start(options, front).unwrap()
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
            .conforms(&plugins, |place| ("address", place.into()))
            .await;
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
        let settings = |place: &str| {
            let (_, port) = place.rsplit_once(':').unwrap();
            ("port", Value::Integer(port.parse().unwrap()))
        };
        project.conforms(&plugins, settings).await;
        project.checks_a_patient_in(&plugins, settings).await;
    });
}

#[test]
fn a_driver_that_breaks_a_rule_and_a_reader_that_is_not_there_do_not_pass() {
    run_within(LIMIT, async {
        // The library says another id than its manifest.
        let plugins = PluginFolder::default().fixture_as("full", "other", "other");
        let plugin = plugins.path().join("other");
        let conform = async |more: &[&str]| {
            let words = ["driver", "conform", plugin.to_str().unwrap(), "--json"];
            run_program([&words, more].concat()).await
        };
        let broken = conform(&["--rule", "info-matches-manifest"]).await;
        assert_eq!(broken.code, Some(13), "{broken:?}");
        let report = broken.json();
        assert_eq!(
            (&report["failed"], &report["rules"][0]["verdict"]),
            (&1.into(), &"failed".into())
        );
        let kept = conform(&["--rule", "selectors-are-valid", "--device", "fake-2"]).await;
        assert_eq!(kept.code, Some(0), "{kept:?}");
        assert_eq!(kept.json()["device"]["selector"], "fake-2");
        let nowhere = conform(&["--rule", "selectors-are-valid", "--device", "full:fake-2"]).await;
        assert_ne!(nowhere.code, Some(0));
        assert!(nowhere.stderr.contains("full:fake-2"), "{nowhere:?}");
    });
}
