use crate::program::madoguchi;

#[test]
fn visits_are_measured_beside_their_floor_in_one_object() {
    let ran = madoguchi(&[
        "bench",
        "check-in",
        "--json",
        "--clients",
        "2",
        "--visits",
        "2",
        "--rounds",
        "1",
    ]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let report = ran.json();
    assert_eq!(report["visits_per_round"], 4);
    assert_eq!(report["apdus_per_visit"], 11, "a session of its own a visit");
    for side in ["gateway", "floor"] {
        for figure in ["visits_per_second", "p50_ms", "p99_ms"] {
            assert!(
                report[side][figure].as_f64().unwrap() > 0.0,
                "{side} {figure}: {report}"
            );
        }
    }
    for phase in ["start", "read", "pin_and_sign", "consent", "eligibility"] {
        assert!(
            report["phases"][phase]["p50_ms"].as_f64().unwrap() > 0.0,
            "{phase}: {report}"
        );
    }
    let (writes, commits) = (
        report["writes_per_visit"].as_f64().unwrap(),
        report["commits_per_visit"].as_f64().unwrap(),
    );
    assert!(
        writes >= 4.0 && commits <= writes,
        "each acknowledged call is on disk: {report}"
    );
}

#[test]
fn validations_are_measured_beside_the_bare_signature() {
    let ran = madoguchi(&[
        "bench",
        "certificate",
        "--json",
        "--rounds",
        "1",
        "--validations",
        "3",
    ]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let report = ran.json();
    for side in ["rsa", "p384"] {
        for figure in [
            "validations_per_second",
            "floor_per_second",
            "floor_to_validation",
        ] {
            assert!(
                report[side][figure].as_f64().unwrap() > 0.0,
                "{side} {figure}: {report}"
            );
        }
    }
}
