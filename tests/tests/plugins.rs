//! Bad plugins: all reported at once, each with the phase in which it stopped and one line; the good ones serve.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use madoguchi_proto::admin::v1::Driver;
use madoguchi_proto::admin::v1::driver::{LoadPhase, State};
use madoguchi_proto::admin::v1::driver_admin_service_client::DriverAdminServiceClient;
use madoguchi_proto::admin::v1::{GetDriverRequest, RestartDriverRequest};
use madoguchi_proto::certificate::v1::Medium;
use madoguchi_proto::reader::v1::Reader;
use madoguchi_tests::{
    Clinic, Gateway, Patient, PluginFolder, Setup, Visit, Watched, ending, fixture, keygen, refused, request,
    run, run_program,
};
use toml::Table;

/// A library that never comes back from being opened, in the one language that needs no toolchain of ours.
fn hanging_library() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let (source, library) = (folder.path().join("hang.c"), folder.path().join("hang.so"));
    let text =
        "#include <unistd.h>\n__attribute__((constructor)) static void hang(void) { for (;;) pause(); }\n";
    std::fs::write(&source, text).unwrap();
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(&source)
        .status()
        .unwrap();
    assert!(built.success());
    std::fs::read(library).unwrap()
}

/// Drivers whose folders have no readable manifest go by the folder's name.
fn by_id(drivers: Vec<Driver>) -> BTreeMap<String, Driver> {
    let count = drivers.len();
    let map: BTreeMap<_, _> = drivers
        .into_iter()
        .map(|driver| (driver.driver_id.clone(), driver))
        .collect();
    assert!(
        map.len() >= count - 1,
        "only the double one shares its id: {map:?}"
    );
    map
}

#[test]
fn every_bad_plugin_is_reported_at_once_and_the_good_ones_serve() {
    run(async {
        let nothing = vec![0; 64];
        let full = std::fs::read(fixture("madoguchi-fixture-full")).unwrap();
        let plugins = PluginFolder::default()
            .pcsc()
            .fixture("full")
            .fixture("panic-start")
            .fixture("refuse-start")
            .fixture("other-abi")
            .fixture_as("full", "says-another-id", "another-id")
            .fixture_as("full", "twice", "full")
            .library(
                "not-a-library",
                "not-a-library",
                b"This is a text file and no library at all.\n",
            )
            .library("hangs", "hangs", &hanging_library())
            .library_with_hash("wrong-hash", "wrong-hash", &full, &"0".repeat(64))
            .library_with_hash("short-hash", "short-hash", &nothing, "abc")
            .broken("no-manifest-at-all", "this is = not [a manifest\n")
            .broken("unknown-key", "id = \"unknown-key\"\ncolour = \"blue\"\n");
        let clinic = Setup::default()
            .plugins(plugins.path())
            .set("drivers.load_timeout_ms", 6_000)
            .set("drivers.restart.min_pause_ms", 60_000)
            .set("drivers.restart.max_pause_ms", 60_000)
            .counters(&[("1", &["pcsc:*"])])
            .open()
            .await;
        let listed = clinic.gateway.drivers().await;
        assert_eq!(listed.len(), 13, "{listed:?}");
        let twice = listed
            .iter()
            .find(|driver| driver.driver_id == "full" && driver.state() == State::Refused);
        let twice = twice.expect("the second folder with one id is refused").clone();
        assert_eq!(twice.failed_phase(), LoadPhase::Manifest);
        assert!(twice.problem.contains("full"), "{}", twice.problem);
        let rest = listed.into_iter().filter(|driver| *driver != twice).collect();
        let drivers = by_id(rest);

        for good in ["pcsc", "full"] {
            let driver = &drivers[good];
            assert_eq!(
                (driver.state(), driver.failed_phase()),
                (State::Ready, LoadPhase::Unspecified),
                "{good}"
            );
            assert!(
                driver.problem.is_empty() && driver.process_id > 0 && driver.reader_count > 0,
                "{driver:?}"
            );
        }
        for (id, phase, word) in [
            ("panic-start", LoadPhase::Start, "panicked"),
            ("refuse-start", LoadPhase::Start, "the fixture refuses to start"),
            ("other-abi", LoadPhase::Abi, "abi_version"),
            ("another-id", LoadPhase::Identity, "full"),
            ("not-a-library", LoadPhase::Open, ""),
            ("hangs", LoadPhase::Start, "took too long"),
            ("wrong-hash", LoadPhase::Hash, "SHA-256"),
            ("short-hash", LoadPhase::Manifest, "sha256"),
            ("no-manifest-at-all", LoadPhase::Manifest, "line 1"),
            ("unknown-key", LoadPhase::Manifest, "colour"),
        ] {
            let driver = drivers
                .get(id)
                .unwrap_or_else(|| panic!("{id} among {:?}", drivers.keys()));
            assert_eq!(driver.failed_phase(), phase, "{driver:?}");
            // One whose trouble may pass is started again after a pause, the first time at once.
            let may_pass = driver.failed_phase() == LoadPhase::Start && driver.state() != State::Ready;
            assert!(may_pass || driver.state() == State::Refused, "{driver:?}");
            assert!(
                driver.problem.contains(word) && driver.problem.lines().count() == 1,
                "{driver:?}"
            );
            assert!(driver.problem.len() < 400, "{driver:?}");
            assert_eq!((driver.process_id, driver.reader_count), (0, 0), "{driver:?}");
        }
        let log = clinic.gateway.log();
        assert!(!log.contains("SECRET-4711"), "a maker's panic text is in no log");
        clinic.next_visit_works().await;
    });
}

#[test]
fn the_allow_list_is_asked_before_anything_is_opened() {
    run(async {
        let plugins = PluginFolder::default()
            .pcsc()
            .library("hangs", "hangs", &hanging_library());
        let clinic = Setup::default()
            .plugins(plugins.path())
            .set("drivers.allow", vec!["pcsc", "canon"])
            .open()
            .await;
        let drivers = by_id(clinic.gateway.drivers().await);
        for (id, state) in [
            ("pcsc", State::Ready),
            ("hangs", State::Refused),
            ("canon", State::Refused),
        ] {
            assert_eq!(drivers[id].state(), state, "{id}");
        }
        for (id, phase) in [("hangs", LoadPhase::AllowList), ("canon", LoadPhase::Manifest)] {
            assert_eq!(drivers[id].failed_phase(), phase, "{id}");
            assert!(drivers[id].problem.contains("drivers.allow"), "{:?}", drivers[id]);
        }
        clinic.next_visit_works().await;
    });
}

async fn sign(plugin: &Path, key: &Path) {
    let words: [&Path; 5] = ["driver".as_ref(), "sign".as_ref(), plugin, "--key".as_ref(), key];
    let ran = run_program(words).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn whose_plugins_are_loaded_says_the_configuration_before_anything_is_opened() {
    run(async {
        let hangs = hanging_library();
        let names = [
            "unsigned",
            "altered",
            "stranger",
            "revoked",
            "revoked-library",
            "older",
        ];
        let mut plugins = PluginFolder::default().fixture("full");
        for name in names {
            // No two of them are one library.
            let library = [&hangs[..], name.as_bytes()].concat();
            plugins = plugins.library(name, name, &library);
        }
        let keys = tempfile::tempdir().unwrap();
        let (maker, public, maker_id) = keygen(keys.path(), "maker").await;
        let (stranger, _, _) = keygen(keys.path(), "stranger").await;
        let (lost, lost_public, lost_id) = keygen(keys.path(), "lost").await;
        for (name, key) in [
            ("full", &maker),
            ("altered", &maker),
            ("stranger", &stranger),
            ("revoked", &lost),
            ("revoked-library", &maker),
            ("older", &maker),
        ] {
            sign(&plugins.path().join(name), key).await;
        }
        let altered = plugins.path().join("altered/plugin.toml");
        let text = std::fs::read_to_string(&altered).unwrap();
        std::fs::write(&altered, text.replace("madoguchi tests", "somebody else")).unwrap();
        let revoked = std::fs::read_to_string(plugins.path().join("revoked-library/plugin.toml")).unwrap();
        let revoked: Table = toml::from_str(&revoked).unwrap();
        let hash = revoked["sha256"].as_str().unwrap().to_ascii_uppercase();
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("data")).unwrap();
        let versions = folder.path().join("data/drivers.toml");
        std::fs::write(versions, "[highest]\nolder = \"99.0.0\"\n").unwrap();
        let setup = Setup::default()
            .plugins(plugins.path())
            .set("drivers.signatures.development", false)
            .set(
                "drivers.signatures.trusted_keys",
                [public, lost_public]
                    .map(|path| path.to_str().unwrap().to_owned())
                    .to_vec(),
            )
            .set("drivers.signatures.revoked", vec![lost_id, hash])
            .counters(&[("1", &["full:*"])]);
        let gateway = setup.start_in(folder.path()).await;
        let drivers = by_id(gateway.drivers().await);
        let full = &drivers["full"];
        assert_eq!(
            (full.state(), &full.signed_by),
            (State::Ready, &maker_id),
            "{full:?}"
        );
        for (id, word) in [
            ("unsigned", "not signed"),
            ("altered", "altered"),
            ("stranger", "nobody trusts"),
            ("revoked", "key"),
            ("revoked-library", "library was revoked"),
            ("older", "99.0.0"),
        ] {
            let driver = &drivers[id];
            assert_eq!(
                (driver.state(), driver.failed_phase(), driver.process_id),
                (State::Refused, LoadPhase::Signature, 0),
                "{driver:?}"
            );
            assert!(driver.problem.contains(word), "{driver:?}");
        }
    });
}

#[test]
fn development_mode_is_seen_in_the_list_and_in_the_log() {
    run(async {
        let plugins = PluginFolder::default().fixture("full");
        let folder = tempfile::tempdir().unwrap();
        let setup = Setup::default()
            .plugins(plugins.path())
            .counters(&[("1", &["full:*"])]);
        let gateway = setup.start_in(folder.path()).await;
        let full = gateway.driver("full").await;
        assert_eq!((full.state(), full.signed_by.as_str()), (State::Ready, ""));
        assert!(
            gateway
                .log()
                .contains("an unsigned plugin runs: development mode")
        );
    });
}

/// A clinic with a fixture at counter 2 beside the PC/SC reader at counter 1.
async fn beside(fixture: &str, plugins: &PluginFolder) -> Clinic {
    Setup::default()
        .plugins(plugins.path())
        .counters(&[("1", &["pcsc:*"]), ("2", &[&format!("{fixture}:*")])])
        .set("check_in.card_wait_seconds", 1)
        .set("check_in.reader_grace_seconds", 20)
        .set("check_in.max_read_attempts", 2)
        .set("drivers.calls.open_card_timeout_ms", 2_500)
        .set("drivers.restart.min_pause_ms", 10)
        .set("drivers.restart.max_pause_ms", 50)
        .open()
        .await
}

async fn usable(gateway: &Gateway, driver: &str) {
    let of = |reader: &Reader| reader.driver_id == driver && reader.reason.is_empty();
    gateway
        .readers_until("the fixture's readers", |readers| readers.iter().any(of))
        .await;
}

#[test]
fn a_plugin_that_misbehaves_in_a_call_costs_its_own_visit_and_nothing_else() {
    run(async {
        for (name, expected, restarts) in [
            ("panic", &["failed DRIVER_FAILED"][..], false),
            ("hang", &["failed DRIVER_TIMEOUT"], true),
            (
                "nonsense",
                &[
                    "failed CARD_PROTOCOL_ERROR",
                    "failed CARD_REMOVED",
                    "failed DRIVER_PROTOCOL_ERROR",
                ],
                false,
            ),
        ] {
            let plugins = PluginFolder::default().pcsc().fixture(name);
            let clinic = beside(name, &plugins).await;
            let pcsc = clinic.gateway.driver("pcsc").await;
            for _ in 0..2 {
                usable(&clinic.gateway, name).await;
                let start =
                    Visit::start_with(clinic.gateway.channel().await, request("2", Medium::Card)).await;
                let end = start.unwrap().lead(&mut Patient::without_card()).await;
                let ended = ending(&end);
                assert!(expected.contains(&ended.as_str()), "{name}: {ended}");
                // Meanwhile and afterwards the counter beside it works.
                clinic.next_visit_works().await;
            }
            let after = clinic.gateway.driver(name).await;
            if restarts {
                assert!(
                    after.restart_count >= 1,
                    "{name}: it was killed and started again: {after:?}"
                );
            }
            let pcsc_after = clinic.gateway.driver("pcsc").await;
            assert_eq!(
                (pcsc_after.process_id, pcsc_after.restart_count),
                (pcsc.process_id, 0),
                "{name}"
            );
            assert!(
                !clinic.gateway.log().contains("SECRET-4711"),
                "a maker's panic text is in no log"
            );
        }
    });
}

#[test]
fn two_plugins_are_two_and_one_killed_leaves_the_other() {
    run(async {
        let plugins = PluginFolder::default().pcsc().fixture("full");
        let clinic = beside("full", &plugins).await;
        let (pcsc, full) = (
            clinic.gateway.driver("pcsc").await,
            clinic.gateway.driver("full").await,
        );
        assert_ne!(pcsc.process_id, full.process_id);
        assert_ne!(pcsc.library_sha256, full.library_sha256);
        let process = Watched::new(full.process_id);
        process.kill();
        process.ends("a driver killed with -9").await;
        clinic.next_visit_works().await;
        usable(&clinic.gateway, "full").await;
        assert_eq!(clinic.gateway.driver("full").await.restart_count, 1);
        assert_eq!(clinic.gateway.driver("pcsc").await.process_id, pcsc.process_id);
        // Its card's certificate is nonsense, and that is what the visit says: the right plugin was asked.
        let visit = Visit::start_with(clinic.gateway.channel().await, request("2", Medium::Card)).await;
        let ended = ending(&visit.unwrap().lead(&mut Patient::without_card()).await);
        assert_eq!(ended, "failed CERTIFICATE_MALFORMED");
    });
}

#[test]
fn an_administrator_restarts_a_driver() {
    run(async {
        let clinic = Setup::default().open().await;
        let before = clinic.gateway.driver("pcsc").await;
        let process = Watched::new(before.process_id);
        let mut admin = DriverAdminServiceClient::new(clinic.gateway.channel().await);
        let request = RestartDriverRequest {
            driver_id: "pcsc".to_owned(),
        };
        admin.restart_driver(request).await.unwrap();
        process.ends("a driver that is restarted").await;
        clinic.empty().await;
        let get = GetDriverRequest {
            driver_id: "pcsc".to_owned(),
        };
        let after = admin.get_driver(get).await.unwrap().into_inner().driver.unwrap();
        assert_eq!(after.state(), State::Ready);
        assert_ne!(after.process_id, before.process_id);
        let unknown = RestartDriverRequest {
            driver_id: "nobody".to_owned(),
        };
        assert_eq!(
            refused(&admin.restart_driver(unknown).await.unwrap_err()).reason,
            "DRIVER_NOT_FOUND"
        );
        clinic.next_visit_works().await;
        // The same by the command, without a visit that ends early: another process takes over.
        let endpoint = clinic.gateway.endpoint();
        let upgrade = ["driver", "upgrade", "pcsc", "--endpoint", &endpoint, "--json"];
        let upgraded = run_program(upgrade).await;
        assert_eq!(upgraded.code, Some(0), "{upgraded:?}");
        assert_eq!(upgraded.json()["state"], "ready");
        assert_ne!(clinic.gateway.driver("pcsc").await.process_id, after.process_id);
        clinic.next_visit_works().await;
    });
}
