#![expect(clippy::disallowed_types, reason = "the log of a test")]

use std::sync::{Arc, Mutex};

use serde::Deserialize;

use super::*;

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    links: Option<String>,
    ports: Vec<Port>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Port {
    baud_rate: u32,
}

/// What is read, and what is logged.
fn read_from(json: Option<&str>) -> (Result<Settings, Invalid>, Vec<String>) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&lines);
    let host = Host::new(move |_, line| log.lock().unwrap().push(line.to_owned()));
    let host = match json {
        Some(json) => host.with_settings(json),
        None => host,
    };
    let result = read("acme", &host);
    let logged = lines.lock().unwrap().clone();
    (result, logged)
}

#[test]
fn a_section_that_is_not_there_has_the_defaults() {
    assert_eq!(read_from(None), (Ok(Settings::default()), vec![]));
    let (settings, _) = read_from(Some(r#"{"links": "/run/links", "ports": [{"baud_rate": 9600}]}"#));
    assert_eq!(settings.unwrap().ports, [Port { baud_rate: 9600 }]);
}

#[test]
fn what_is_wrong_is_named_and_logged() {
    for (json, said) in [
        (
            r#"{"ports": [{"baud_rate": "fast"}]}"#,
            "drivers.settings.acme.ports[0].baud_rate: invalid type: string \"fast\", expected u32",
        ),
        (
            r#"{"port": []}"#,
            "drivers.settings.acme.port: unknown field `port`, expected `links` or `ports`",
        ),
        (
            "7",
            "drivers.settings.acme: invalid type: integer `7`, expected struct Settings",
        ),
    ] {
        let (result, logged) = read_from(Some(json));
        let invalid = result.unwrap_err();
        assert_eq!(invalid.to_string(), said);
        assert_eq!(logged, [said]);
        assert_eq!(
            DriverError::from(invalid),
            DriverError::ReaderUnavailable { detail: said.into() }
        );
    }
}
