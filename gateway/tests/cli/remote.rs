use std::net::TcpListener;

use crate::program::{madoguchi, madoguchi_with};

/// An address at which nobody listens: a port that was had and given back.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[test]
fn a_gateway_that_is_not_there_exits_69_with_one_object() {
    let endpoint = nobody();
    let check_in = [
        "check-in",
        "--counter",
        "1",
        "--medium",
        "card",
        "--consent",
        "all",
        "--pin-stdin",
    ];
    for arguments in [
        &["readers", "list"][..],
        &["readers", "watch"],
        &["driver", "list"],
        &check_in,
    ] {
        let ran = madoguchi_with(
            &[arguments, &["--json", "--endpoint", &endpoint]].concat(),
            "1234\n",
        );
        assert_eq!(ran.code, Some(69), "{arguments:?}: {}", ran.err);
        assert_eq!(ran.json()["error"]["exit_code"], 69, "{arguments:?}");
        assert!(
            ran.err.contains(&endpoint) && !ran.err.contains("1234"),
            "{}",
            ran.err
        );
    }
}

#[test]
fn what_nobody_can_be_asked_for_is_demanded_before_a_visit_begins() {
    let endpoint = nobody();
    for (arguments, flag) in [
        (&["--consent", "all", "--pin-stdin"][..], "--medium"),
        (&["--medium", "card", "--pin-stdin"], "--consent"),
    ] {
        let fixed = ["check-in", "--counter", "1", "--endpoint", &endpoint];
        let ran = madoguchi(&[&fixed[..], arguments].concat());
        assert_eq!(ran.code, Some(64), "{}", ran.err);
        assert!(ran.err.contains(flag), "{}", ran.err);
    }
}

#[test]
fn a_pin_is_not_sent_in_the_clear_to_another_computer() {
    let fixed = [
        "check-in",
        "--counter",
        "1",
        "--medium",
        "card",
        "--consent",
        "all",
        "--pin-stdin",
    ];
    let ran = madoguchi(&[&fixed[..], &["--endpoint", "http://192.0.2.1:8765"]].concat());
    assert_eq!(ran.code, Some(64), "{}", ran.err);
    assert!(ran.err.contains("https://"), "{}", ran.err);
}
