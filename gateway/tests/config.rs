//! The configuration is a contract: each accepted and each rejected case is a file, with what is expected of it in its
//! first line.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is wrong")]

use std::fs;
use std::path::{Path, PathBuf};

use madoguchi::config::Config;
use toml::Value;

fn cases(folder: &str) -> Vec<(PathBuf, String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/config")
        .join(folder);
    let mut cases: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let expected = text
                .lines()
                .next()
                .unwrap()
                .strip_prefix("# expect: ")
                .unwrap()
                .to_owned();
            (path, text, expected)
        })
        .collect();
    cases.sort();
    cases
}

fn read(text: &str) -> Result<Config, madoguchi::config::Problem> {
    Config::read(text, Path::new(""), [])
}

#[test]
fn what_is_accepted_means_what_it_says() {
    for (path, text, expected) in cases("accepted") {
        let config = read(&text).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()));
        let (key, value) = expected.split_once(" = ").unwrap();
        let whole = Value::try_from(config).unwrap();
        // A role's key has dots of its own: it is the last part.
        let found = match key.strip_prefix("roles.") {
            Some(identity) => &whole["roles"][identity],
            None => key.split('.').fold(&whole, |value, part| &value[part]),
        };
        let expected: toml::Table = format!("value = {value}").parse().unwrap();
        assert_eq!(found, &expected["value"], "{}", path.display());
    }
}

#[test]
fn what_is_rejected_is_rejected_with_a_sentence_and_exit_code_64() {
    let cases = cases("rejected");
    assert!(cases.len() > 30);
    for (path, text, expected) in cases {
        let Err(problem) = read(&text) else {
            panic!("{}: is accepted", path.display())
        };
        let sentence = problem.to_string();
        assert!(
            sentence.starts_with(&expected),
            "{}\n  said:     {sentence}\n  expected: {expected}",
            path.display()
        );
        assert_eq!(problem.exit_code(), 64, "{}", path.display());
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let problem = Config::load(Path::new("/nowhere/madoguchi.toml")).unwrap_err();
    assert!(
        problem
            .to_string()
            .starts_with("/nowhere/madoguchi.toml: cannot be read: "),
        "{problem}"
    );
    assert_eq!(problem.exit_code(), 64);
}

#[tokio::test]
async fn the_untouched_example_says_what_has_to_be_set() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/config/madoguchi.toml");
    let problem = Config::load(&example).unwrap().build().await.unwrap_err();
    assert!(
        problem.to_string().starts_with("trust.anchors: is empty"),
        "{problem}"
    );
    assert_eq!(problem.exit_code(), 64);
}
