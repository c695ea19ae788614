use crate::program::madoguchi;

#[test]
fn bad_usage_exits_64_and_says_so_on_standard_error() {
    for arguments in [
        &[][..],
        &["no-such-command"],
        &["check-in"],
        &["check-in", "--counter", "1", "--pin", "1234"],
        &["check-in", "--counter", "1", "--medium", "passport"],
        &["check-in", "--counter", "1", "--consent", "maybe"],
        &[
            "certificate",
            "verify",
            "--anchors",
            "a",
            "--chain",
            "b",
            "--at",
            "today",
        ],
        &["driver-host"],
        &["twin", "card", "--connect", "127.0.0.1:1"],
        &["run"],
    ] {
        let ran = madoguchi(arguments);
        assert_eq!(ran.code, Some(64), "{arguments:?}: {}", ran.err);
        assert!(ran.out.is_empty() && !ran.err.is_empty(), "{arguments:?}");
    }
}

#[test]
fn help_names_the_exit_codes() {
    for arguments in [&["--help"][..], &["check-in", "--help"]] {
        let ran = madoguchi(arguments);
        assert_eq!(ran.code, Some(0));
        assert!(
            ran.out.contains("  11\tthe person was not verified"),
            "{}",
            ran.out
        );
    }
}

#[test]
fn a_configuration_that_is_not_there_or_wrong_exits_64_before_anything_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("madoguchi.toml");
    let config = path.to_str().unwrap();
    let missing = madoguchi(&["run", "--config", config]);
    assert_eq!(missing.code, Some(64), "{}", missing.err);
    assert!(missing.err.contains(config), "{}", missing.err);

    std::fs::write(&path, "[server]\nlistn = \"127.0.0.1:0\"\n").unwrap();
    let wrong = madoguchi(&["run", "--json", "--config", config]);
    assert_eq!(wrong.code, Some(64), "{}", wrong.err);
    assert!(wrong.err.contains("server.listn"), "{}", wrong.err);
    assert_eq!(wrong.json()["error"]["exit_code"], 64);
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "no database was made"
    );
}

#[test]
fn the_twin_is_described_for_machines() {
    let personas = madoguchi(&["twin", "personas", "--json"]).json();
    let names: Vec<_> = personas["personas"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| &line["name"])
        .collect();
    assert_eq!(names.len(), 11, "{names:?}");
    let pem = madoguchi(&["twin", "ca", "--json"]).json()["pem"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"), "{pem}");
    let ran = madoguchi(&[
        "twin",
        "card",
        "--connect",
        "127.0.0.1:1",
        "--persona",
        "nobody",
        "--json",
    ]);
    assert_eq!(ran.code, Some(64), "{}", ran.err);
    assert!(
        ran.json()["error"]["message"]
            .as_str()
            .unwrap()
            .starts_with("--persona"),
        "{}",
        ran.out
    );
}
