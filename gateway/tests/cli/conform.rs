//! `driver conform` and `driver badge`, with no device near.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::program::{keygen, madoguchi};

/// A maker's key pair, and the public half of somebody else's.
struct Keys {
    folder: TempDir,
}

impl Keys {
    fn new() -> Self {
        let keys = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        for name in ["maker", "other"] {
            keygen(keys.folder.path(), name);
        }
        keys
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn badge(file: &Path, key: &Path) -> (Option<i32>, serde_json::Value) {
    let ran = madoguchi(&[
        "driver",
        "badge",
        file.to_str().unwrap(),
        "--key",
        key.to_str().unwrap(),
        "--json",
    ]);
    (ran.code, ran.json())
}

#[test]
fn a_folder_that_is_no_plugin_exits_13_before_anything_is_tried() {
    let folder = tempfile::tempdir().unwrap();
    let ran = madoguchi(&["driver", "conform", "--json", folder.path().to_str().unwrap()]);
    assert_eq!(ran.code, Some(13), "{}", ran.err);
    assert_eq!(ran.json()["error"]["exit_code"], 13);
}

#[test]
fn whose_hands_and_which_key_must_be_said_rightly() {
    for wrong in [
        ["driver", "conform", "x", "--hands", "nobody"].as_slice(),
        &["driver", "conform", "x", "--hands", "stage=nowhere"],
        &["driver", "conform", "x", "--setting", "not toml"],
        &["driver", "conform", "x", "--badge", "b"],
        &["driver", "conform", "x", "--key", "k"],
        &["driver", "badge", "b"],
    ] {
        assert_eq!(madoguchi(wrong).code, Some(64), "{wrong:?}");
    }
    let no_key = madoguchi(&["driver", "conform", "x", "--badge", "b", "--key", "/no/such/key"]);
    assert_eq!(no_key.code, Some(65), "{}", no_key.err);
}

#[test]
fn what_is_no_badge_is_not_good() {
    let keys = Keys::new();
    let file = keys.path("badge");
    std::fs::write(&file, "driver_id = \"mine\"\n").unwrap();
    let (code, said) = badge(&file, &keys.path("maker.pub"));
    assert_eq!(
        (code, &said["good"]),
        (Some(13), &serde_json::json!(false)),
        "{said}"
    );
    // A private key is no public one.
    let ran = madoguchi(&[
        "driver",
        "badge",
        file.to_str().unwrap(),
        "--key",
        keys.path("maker.key").to_str().unwrap(),
    ]);
    assert_eq!(ran.code, Some(65), "{}", ran.err);
}

#[test]
fn the_driver_s_process_by_hand_does_nothing() {
    // Its first line is the parent's; there is none.
    assert_eq!(madoguchi(&["driver-conform"]).code, Some(70));
}
