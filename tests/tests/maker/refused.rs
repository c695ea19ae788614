//! What makes no project: it says how to mend it, with the exit code of its kind, and touches nothing.

use std::fs;

use madoguchi_tests::{run, run_program};

#[test]
fn a_bad_name_a_missing_source_and_a_folder_that_is_there() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let there = folder.path().join("acme-eye");
        fs::create_dir(&there).unwrap();
        for (words, code, mend) in [
            (&["Acme Eye", "--language", "c"][..], 64, "acme-eye"),
            (&["serde", "--language", "c"], 64, "acme-serde"),
            (
                &["acme-ear", "--source", "/no/such/folder"],
                64,
                "drivers/abi/Cargo.toml",
            ),
            (&["acme-eye", "--language", "c"], 65, "choose another name"),
        ] {
            let within = ["--in", folder.path().to_str().unwrap()];
            let ran = run_program([&["driver", "new", "--json"], words, &within[..]].concat()).await;
            assert_eq!(ran.code, Some(code), "{ran:?}");
            let said = ran.json()["error"]["message"].as_str().unwrap().to_owned();
            assert!(said.contains(mend) && said.lines().count() == 1, "{said}");
        }
        assert_eq!(fs::read_dir(there).unwrap().count(), 0);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    });
}
