//! A made-up workspace for each way to break a rule.

use serde_json::{Value, json};

use super::*;

/// A workspace with these rooms and edges; a name without a room is somebody else's package.
fn workspace(edges: &[(&str, &str, Option<&str>)]) -> Metadata {
    let ids: BTreeSet<&str> = edges.iter().flat_map(|(from, to, _)| [*from, *to]).collect();
    let is_room = |id: &&str| id.contains('/') || ["gateway", "proto", "tests"].contains(id);
    let packages = ids.iter().map(|id| {
        let root = if is_room(id) { "/house" } else { "/registry" };
        json!({"id": id, "name": id, "manifest_path": format!("{root}/{id}/Cargo.toml"), "targets": []})
    });
    let nodes = ids.iter().map(|id| {
        let from_here = edges.iter().filter(|(from, ..)| from == id);
        let deps = from_here.map(|(_, to, kind)| json!({"pkg": to, "dep_kinds": [{"kind": kind}]}));
        json!({"id": id, "deps": deps.collect::<Vec<_>>()})
    });
    let members: Vec<_> = ids.iter().filter(|id| is_room(id)).collect();
    serde_json::from_value(json!({
        "packages": packages.collect::<Vec<Value>>(), "resolve": {"nodes": nodes.collect::<Vec<Value>>()}, "workspace_members": members,
        "workspace_root": "/house", "target_directory": "/house/target",
    }))
    .unwrap()
}

/// What is said of these dependencies.
fn said(edges: &[(&str, &str, Option<&str>)]) -> Vec<String> {
    Graph::new(&workspace(edges))
        .violations()
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// One case or more for each rule: a dependency that breaks it, and the reason given.
const BROKEN: &[(&[(&str, &str)], &str)] = &[
    (&[("gateway/core", "drivers/api")], "it depends on no room"),
    (
        &[("gateway/core", "futures"), ("futures", "tokio")],
        "ports, not what is behind them",
    ),
    (&[("proto", "gateway/core")], "wire formats"),
    (&[("drivers/apdu", "gateway/core")], "wire formats"),
    (&[("drivers/api", "drivers/apdu")], "a maker's contract"),
    (&[("drivers/abi", "drivers/card")], "the stable ABI mirrors"),
    (&[("drivers/transport", "drivers/pcsc")], "a transport speaks"),
    (&[("drivers/kit", "drivers/pcsc")], "knows no maker"),
    (&[("drivers/card", "drivers/api")], "the card application"),
    (&[("drivers/pcsc", "drivers/host")], "a driver is written against"),
    (
        &[("drivers/newcomer", "drivers/twin")],
        "a driver is written against",
    ),
    (&[("drivers/pcsc", "proto")], "a driver is written against"),
    (&[("drivers/twin", "drivers/pcsc")], "a twin is a device"),
    (&[("drivers/host", "drivers/pcsc")], "through the ABI only"),
    (&[("drivers/testkit", "drivers/pcsc")], "knows none by name"),
    (
        &[("drivers/host", "drivers/testkit")],
        "a tool at the command line",
    ),
    (&[("plugins/pcsc", "drivers/host")], "a shell around one driver"),
    (
        &[
            ("plugins/pcsc", "drivers/abi"),
            ("drivers/abi", "runtime"),
            ("runtime", "tokio"),
        ],
        "thread-locals",
    ),
    (&[("tests/plugins/hang", "tonic")], "thread-locals"),
    (&[("services/auth", "drivers/api")], "through a port of the core"),
    (&[("services/auth", "proto")], "through a port of the core"),
    (&[("services/keys", "services/audit")], "knows none of them"),
    (
        &[("services/auth", "helper"), ("helper", "tonic")],
        "it does not know gRPC",
    ),
    (&[("drivers/host", "abi_stable")], "only drivers/abi names"),
    (&[("drivers/pcsc", "pcsc")], "PC/SC is spoken"),
    (&[("drivers/newcomer", "hidapi")], "knows when one is lost"),
    (&[("drivers/host", "gateway")], "composition root"),
    (&[("services/certificate", "rsa")], "RUSTSEC-2023-0071"),
    (
        &[("gateway", "rustls"), ("rustls", "aws-lc-rs")],
        "two crypto providers",
    ),
];

#[test]
fn each_broken_rule_is_told_with_its_reason() {
    for (edges, reason) in BROKEN {
        let edges: Vec<_> = edges.iter().map(|(from, to)| (*from, *to, None)).collect();
        let said = said(&edges);
        assert!(
            said.iter().any(|line| line.contains(reason)),
            "{edges:?}: {said:?}"
        );
    }
}

#[test]
fn every_rule_has_a_case() {
    for rule in RULES {
        let shown = BROKEN.iter().any(|(_, reason)| rule.because.contains(reason));
        assert!(shown, "no case breaks: {}", rule.because);
    }
}

#[test]
fn a_far_dependency_is_told_with_the_way_to_it() {
    let said = said(&[
        ("plugins/pcsc", "drivers/abi", None),
        ("drivers/abi", "log", None),
        ("log", "tokio", None),
    ]);
    assert!(
        said[0].starts_with("plugins/pcsc -> drivers/abi -> log -> tokio: "),
        "{said:?}"
    );
}

#[test]
fn what_tests_use_is_free_where_the_rule_is_about_what_is_shipped() {
    assert_eq!(said(&[("drivers/pcsc", "drivers/twin", Some("dev"))]), [""; 0]);
    assert_eq!(said(&[("services/auth", "tonic", Some("dev"))]), [""; 0]);
    // A build script is part of what is shipped.
    assert_eq!(said(&[("drivers/pcsc", "drivers/twin", Some("build"))]).len(), 1);
    // Nor may a test name the ABI's crate.
    assert_eq!(said(&[("drivers/host", "abi_stable", Some("dev"))]).len(), 1);
}

#[test]
fn what_the_design_draws_is_allowed() {
    let said = said(&[
        ("drivers/api", "gateway/core", None),
        ("drivers/abi", "drivers/api", None),
        ("drivers/abi", "abi_stable", None),
        ("drivers/transport", "drivers/api", None),
        ("drivers/transport", "pcsc", None),
        ("drivers/transport", "hidapi", None),
        ("drivers/pcsc", "drivers/api", None),
        ("drivers/pcsc", "drivers/kit", None),
        ("drivers/pcsc", "drivers/transport", None),
        ("drivers/kit", "drivers/api", None),
        ("drivers/kit", "drivers/transport", None),
        ("drivers/kit", "gateway/core", None),
        ("plugins/pcsc", "drivers/pcsc", None),
        ("plugins/pcsc", "drivers/abi", None),
        ("drivers/twin", "rsa", None),
        ("services/store", "services/audit", None),
        ("services/audit", "gateway/core", None),
        ("gateway", "services/store", None),
        ("gateway", "drivers/host", None),
        ("gateway", "tonic", None),
        ("gateway", "tokio", None),
        ("tests", "gateway", None),
    ]);
    assert_eq!(said, [""; 0]);
}
