//! One typed error for each phase, all bad plugins at once.

use std::fs;
use std::process::Command;

use madoguchi_driver_host::{DriverState, LoadPhase, PluginReport, scan};

use crate::support::{
    Plugins, driver, kill, program, sha256_hex, start, status, wait_until_ready, wait_until_refused,
    write_manifest,
};
use madoguchi_core::reader::Readers as _;

/// A directory with a plugin that is broken at each phase, named after it.
fn broken() -> Plugins {
    let plugins = Plugins::new();
    plugins.install("a-good", "full", "full");
    plugins.install("b-same-id", "full", "full");
    fs::create_dir(plugins.path().join("c-no-manifest")).unwrap();
    let folder = plugins.install_bytes("d-outside", b"x", "outside");
    write_manifest(&folder, "outside", "../a-good/plugin.so", &sha256_hex(b"x"));
    let folder = plugins.install_bytes("e-link", b"x", "link");
    fs::remove_file(folder.join("plugin.so")).unwrap();
    std::os::unix::fs::symlink("../a-good/plugin.so", folder.join("plugin.so")).unwrap();
    plugins.install("f-not-allowed", "hang", "hang");
    let folder = plugins.install("g-changed", "panic", "panic");
    fs::write(folder.join("plugin.so"), b"something else").unwrap();
    plugins.install_bytes("h-text", b"I am not a library.\n", "text");
    plugins.install("i-other-abi", "other-abi", "other-abi");
    plugins.install("j-refuses", "refuse-start", "refuse-start");
    plugins.install("k-panics", "panic-start", "panic-start");
    plugins.install("l-other-id", "nonsense", "impostor");
    plugins
}

#[tokio::test]
async fn each_phase_has_its_error_and_the_good_plugin_runs() {
    let plugins = broken();
    let ids = [
        "full",
        "outside",
        "link",
        "panic",
        "text",
        "other-abi",
        "refuse-start",
        "panic-start",
        "impostor",
        "absent",
    ];
    let mut options = plugins.options();
    options.allow = ids.iter().map(|id| driver(id)).collect();
    let drivers = start(options).await;
    let found: Vec<_> = drivers
        .drivers()
        .iter()
        .map(|status| (status.state, status.failed_phase))
        .collect();
    let refused = |phase| (DriverState::Refused, Some(phase));
    let expected = [
        (DriverState::Ready, None),
        refused(LoadPhase::Manifest),
        refused(LoadPhase::Manifest),
        refused(LoadPhase::Manifest),
        refused(LoadPhase::Manifest),
        refused(LoadPhase::AllowList),
        refused(LoadPhase::Hash),
        refused(LoadPhase::Open),
        refused(LoadPhase::Abi),
    ];
    assert_eq!(found[..expected.len()], expected);
    // These may succeed another time, so they are tried again.
    for id in ["refuse-start", "panic-start"] {
        let status = status(&drivers, id);
        assert!(
            matches!(status.state, DriverState::BackingOff | DriverState::Starting),
            "{status:?}"
        );
        assert_eq!(status.failed_phase, Some(LoadPhase::Start), "{status:?}");
    }
    assert_eq!(
        status(&drivers, "impostor").failed_phase,
        Some(LoadPhase::Identity)
    );
    assert_eq!(status(&drivers, "absent").failed_phase, Some(LoadPhase::Manifest));
    for status in drivers.drivers() {
        if let Some(problem) = &status.problem {
            assert!(
                !problem.contains('\n') && problem.len() < 600,
                "one line: {problem}"
            );
            assert!(!problem.contains(madoguchi_fixture::SECRET), "{problem}");
        }
    }
    assert!(
        status(&drivers, "other-abi")
            .problem
            .unwrap()
            .contains("abi_version"),
        "the field is named"
    );
    assert_eq!(
        drivers.snapshot().readers.len(),
        2,
        "only the good plugin's readers"
    );
    drivers.shutdown().await;
}

#[test]
fn what_can_be_seen_without_running_anything_is_reported_at_once() {
    let plugins = broken();
    let reports: Vec<_> = scan(&plugins.options())
        .unwrap()
        .iter()
        .map(PluginReport::from)
        .collect();
    let phases: Vec<_> = reports.iter().map(|report| report.failed_phase).collect();
    let manifest = Some(LoadPhase::Manifest);
    let expected = [
        None,
        manifest,
        manifest,
        manifest,
        manifest,
        None,
        Some(LoadPhase::Hash),
        None,
        None,
        None,
        None,
        None,
    ];
    assert_eq!(phases, expected);
    let json = serde_json::to_value(&reports[6]).unwrap();
    assert_eq!(json["failed_phase"], "hash");
    assert_eq!(json["manifest"]["id"], "panic");
    assert!(json["problem"].as_str().unwrap().contains("SHA-256"));
}

#[tokio::test]
async fn a_directory_that_is_not_there_is_said_so() {
    let mut options = Plugins::new().options();
    options.directory = "/no/such/folder".into();
    let error = scan(&options).unwrap_err().to_string();
    assert!(
        error.contains("/no/such/folder") && error.contains("drivers.directory"),
        "{error}"
    );
}

#[tokio::test]
async fn a_second_plugin_is_not_the_first() {
    let plugins = Plugins::new();
    plugins.install("1", "full", "full");
    plugins.install("2", "hang", "hang");
    let drivers = plugins.start().await;
    let readers: Vec<_> = drivers
        .snapshot()
        .readers
        .into_iter()
        .map(|reader| reader.id.to_string())
        .collect();
    assert_eq!(
        readers,
        ["full:fake-1", "full:fake-2", "hang:fake-1", "hang:fake-2"]
    );
    let (full, hang) = (status(&drivers, "full"), status(&drivers, "hang"));
    assert_ne!(full.process_id.unwrap(), hang.process_id.unwrap());
    assert_eq!((full.abi_version, full.reader_count), (2, 2));
    drivers.shutdown().await;
}

#[tokio::test]
async fn a_folder_that_changes_while_its_driver_is_down_does_not_become_another_driver() {
    let plugins = Plugins::with("full");
    let drivers = plugins.start().await;
    let first = status(&drivers, "full").process_id.unwrap();
    // As good a plugin as any, and nobody forbids it.
    plugins.install("full", "hang", "hang");
    kill(first);
    wait_until_refused(&drivers, "full").await;
    let refused = status(&drivers, "full");
    assert_eq!(refused.failed_phase, Some(LoadPhase::Manifest));
    let problem = refused.problem.unwrap();
    assert!(problem.contains("full") && problem.contains("hang"), "{problem}");
    assert!(drivers.snapshot().readers.is_empty());
    // The driver that was there is taken back.
    plugins.install("full", "full", "full");
    drivers.restart(&driver("full")).unwrap();
    wait_until_ready(&drivers, "full:fake-1").await;
    drivers.shutdown().await;
}

#[tokio::test]
async fn a_driver_s_process_leaves_no_core_dump() {
    let plugins = Plugins::with("full");
    let drivers = plugins.start().await;
    let process = status(&drivers, "full").process_id.unwrap();
    let limits = fs::read_to_string(format!("/proc/{process}/limits")).unwrap();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    let words: Vec<_> = line.split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "{line}");
    drivers.shutdown().await;
}

#[test]
fn a_process_that_forbade_core_dumps_cannot_be_dumped() {
    let said = Command::new(program()).arg("unreadable").output().unwrap();
    assert_eq!(
        String::from_utf8(said.stdout).unwrap(),
        "Some(0) Some(0) NotDumpable\n"
    );
}

#[tokio::test]
async fn a_refused_plugin_that_was_mended_is_started_when_somebody_asks() {
    let plugins = Plugins::with("full");
    let library = plugins.path().join("full/plugin.so");
    let good = fs::read(&library).unwrap();
    fs::write(&library, b"broken").unwrap();
    let drivers = plugins.start().await;
    assert_eq!(status(&drivers, "full").state, DriverState::Refused);
    assert!(drivers.snapshot().readers.is_empty());
    fs::write(&library, good).unwrap();
    drivers.restart(&driver("full")).unwrap();
    wait_until_ready(&drivers, "full:fake-1").await;
    assert_eq!(status(&drivers, "full").problem, None);
    assert!(drivers.restart(&driver("unheard-of")).is_err());
    drivers.shutdown().await;
}
