use std::path::Path;

use tempfile::TempDir;

use crate::program::{keygen, madoguchi};

/// SHA-256 of `not a library`.
const TEXT: &str = "not a library";

fn folder(manifest: Option<&str>) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let plugin = directory.path().join("broken");
    std::fs::create_dir(&plugin).unwrap();
    std::fs::write(plugin.join("lib.so"), TEXT).unwrap();
    if let Some(manifest) = manifest {
        std::fs::write(plugin.join("plugin.toml"), manifest).unwrap();
    }
    directory
}

fn manifest(library: &str, sha256: &str) -> String {
    format!(
        "id = \"broken\"\nmaker = \"Nobody\"\nmodels = [\"None\"]\nversion = \"1.0.0\"\nabi = 1\n\
         library = \"{library}\"\nsha256 = \"{sha256}\"\n"
    )
}

fn sha256(text: &str) -> String {
    hex::encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()))
}

fn inspect(plugin: &Path) -> serde_json::Value {
    let ran = madoguchi(&["driver", "inspect", "--json", plugin.to_str().unwrap()]);
    assert_eq!(ran.code, Some(13), "{}{}", ran.out, ran.err);
    ran.json()
}

#[test]
fn each_broken_folder_says_at_which_phase_it_stopped() {
    let right = sha256(TEXT);
    let cases = [
        (None, "manifest"),
        (Some("id = 1".to_owned()), "manifest"),
        (Some(manifest("lib.so", &"0".repeat(64))), "hash"),
        // A path that leads outside is the manifest's fault; the library is not even read.
        (Some(manifest("../lib.so", &right)), "manifest"),
        (Some(manifest("lib.so", &right)), "open"),
    ];
    for (manifest, phase) in cases {
        let directory = folder(manifest.as_deref());
        let report = inspect(&directory.path().join("broken"));
        assert_eq!(report["state"], "refused", "{report}");
        assert_eq!(report["failed_phase"], phase, "{manifest:?}: {report}");
        let problem = report["problem"].as_str().unwrap();
        assert!(!problem.is_empty() && problem.lines().count() == 1, "{problem}");
    }
}

#[test]
fn a_signature_is_looked_at_before_the_library_where_a_key_is_given() {
    let directory = folder(Some(&manifest("lib.so", &sha256(TEXT))));
    let plugin = directory.path().join("broken");
    let at = plugin.to_str().unwrap();
    let keys = tempfile::tempdir().unwrap();
    let (key, maker) = keygen(keys.path(), "maker");
    let (_, other) = keygen(keys.path(), "other");
    // What was refused where, and the word that says why.
    let refused = |key: &str, phase: &str, word: &str| {
        let words = ["driver", "inspect", "--json", at, "--trusted-key", key];
        let ran = madoguchi(&words);
        assert_eq!(ran.code, Some(13), "{}{}", ran.out, ran.err);
        let report = ran.json();
        assert_eq!(report["failed_phase"], phase, "{report}");
        assert!(report["problem"].as_str().unwrap().contains(word), "{report}");
    };
    refused(&maker, "signature", "not signed");
    let signed = madoguchi(&["driver", "sign", at, "--key", &key]);
    assert_eq!(signed.code, Some(0), "{}", signed.err);
    refused(&other, "signature", "nobody trusts");
    // Only what passes here gets as far as the system's loader, which does not take a text for a library.
    refused(&maker, "open", "cannot be opened");
    std::fs::write(plugin.join("lib.so"), "another one").unwrap();
    std::fs::write(
        plugin.join("plugin.toml"),
        manifest("lib.so", &sha256("another one")),
    )
    .unwrap();
    refused(&maker, "signature", "altered");
    let list = [
        "driver",
        "list",
        "--json",
        "--plugins",
        directory.path().to_str().unwrap(),
        "--trusted-key",
        &maker,
    ];
    let listed = madoguchi(&list);
    assert_eq!(listed.code, Some(13), "{}", listed.err);
    assert_eq!(listed.json()["drivers"][0]["failed_phase"], "signature");
}

#[test]
fn a_list_of_plugins_shows_the_bad_ones_with_the_good_ones() {
    let directory = folder(None);
    let listed = [
        "driver",
        "list",
        "--json",
        "--plugins",
        directory.path().to_str().unwrap(),
    ];
    let ran = madoguchi(&listed);
    assert_eq!(ran.code, Some(13), "{}", ran.err);
    let drivers = ran.json();
    assert_eq!(drivers["drivers"][0]["failed_phase"], "manifest", "{drivers}");

    let empty = tempfile::tempdir().unwrap();
    let ran = madoguchi(&[
        "driver",
        "list",
        "--json",
        "--plugins",
        empty.path().to_str().unwrap(),
    ]);
    assert_eq!(
        (ran.code, ran.json()["drivers"].as_array().unwrap().len()),
        (Some(0), 0)
    );
}

#[test]
fn a_folder_that_is_not_there_exits_65() {
    let ran = madoguchi(&["driver", "list", "--json", "--plugins", "/no/such/folder"]);
    assert_eq!(ran.code, Some(65), "{}", ran.err);
    assert_eq!(ran.json()["error"]["exit_code"], 65);
}
