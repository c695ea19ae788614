use std::path::PathBuf;

use madoguchi_twin::{Persona, TestCa};
use tempfile::TempDir;
use time::macros::datetime;

use crate::program::{Ran, madoguchi};

/// A folder with the test authority's root and an adult's certificate, issued on a fixed day: 900 days later, on
/// 2028-07-03, it expires.
struct Files {
    folder: TempDir,
}

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ca = TestCa::new().unwrap();
        let adult = Persona::by_name("adult").unwrap().unwrap();
        let pem = ca.issue_pem(&adult, datetime!(2026-01-15 12:00 +9)).unwrap();
        std::fs::write(folder.path().join("root.pem"), ca.root_pem()).unwrap();
        std::fs::write(folder.path().join("leaf.pem"), pem).unwrap();
        std::fs::write(folder.path().join("not.pem"), "nothing of that kind").unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn verify(&self, anchors: &str, chain: &str, at: &str, more: &[&str]) -> Ran {
        let (anchors, chain) = (self.path(anchors), self.path(chain));
        let fixed = ["certificate", "verify", "--json", "--at", at, "--anchors"];
        let given = [anchors.to_str().unwrap(), "--chain", chain.to_str().unwrap()];
        madoguchi(&[&fixed[..], &given[..], more].concat())
    }
}

#[test]
fn each_outcome_has_an_exit_code_of_its_own() {
    let files = Files::new();
    /// Moment, further flags, exit code, outcome, reason.
    type Case<'a> = (&'a str, &'a [&'a str], i32, &'a str, Option<&'a str>);
    let cases: [Case<'_>; 5] = [
        ("2028-07-03T23:59:59+09:00", &[], 0, "full", None),
        (
            "2028-07-04T00:00:00+09:00",
            &[],
            3,
            "eligibility_only",
            Some("CERTIFICATE_IN_GRACE"),
        ),
        (
            "2028-10-31T23:59:59+09:00",
            &[],
            3,
            "eligibility_only",
            Some("CERTIFICATE_IN_GRACE"),
        ),
        (
            "2028-11-01T00:00:00+09:00",
            &[],
            12,
            "refused",
            Some("CERTIFICATE_EXPIRED"),
        ),
        (
            "2028-07-04T00:00:00+09:00",
            &["--medium", "phone"],
            12,
            "refused",
            Some("CERTIFICATE_EXPIRED"),
        ),
    ];
    for (at, more, code, outcome, reason) in cases {
        let ran = files.verify("root.pem", "leaf.pem", at, more);
        assert_eq!(ran.code, Some(code), "{at} {more:?}: {}{}", ran.out, ran.err);
        let verdict = ran.json();
        assert_eq!(verdict["outcome"], outcome, "{at}");
        assert_eq!(verdict["reason"].as_str(), reason, "{at}");
        assert_eq!(verdict["not_after"], "2028-07-03T14:59:59Z", "{at}");
        assert_eq!(verdict["thumbprint"].as_str().unwrap().len(), 64);
        assert_eq!(verdict["profile"], "jpki", "{at}");
        assert_eq!(verdict["revocation"], "not_checked", "{at}");
        assert_eq!(verdict["days_left"].is_null(), code == 12, "{at}: {verdict}");
        assert_eq!(
            verdict["grace_until"].is_null(),
            !more.is_empty(),
            "a phone has no grace"
        );
    }
}

#[test]
fn what_a_site_asks_for_is_asked_for_here_too() {
    let files = Files::new();
    let during = "2028-07-03T00:00:00Z";
    let verify = |more: &[&str]| files.verify("root.pem", "leaf.pem", during, more);
    let anchor = verify(&[]).json()["anchor"].as_str().unwrap().to_owned();
    for (more, code, reason) in [
        (&["--mode", "test"][..], 0, None),
        (&["--mode", "production"], 12, Some("CERTIFICATE_TEST_HIERARCHY")),
        (&["--fingerprints", &anchor], 0, None),
        (&["--policy", "1.2.3"], 12, Some("CERTIFICATE_POLICY_MISMATCH")),
    ] {
        let ran = verify(more);
        assert_eq!(ran.code, Some(code), "{more:?}: {}{}", ran.out, ran.err);
        assert_eq!(ran.json()["reason"].as_str(), reason, "{more:?}");
    }
    let other = "00".repeat(32);
    let pinned = verify(&["--fingerprints", &other]);
    assert_eq!(pinned.code, Some(65), "{}", pinned.out);
    assert!(pinned.err.contains(&anchor), "{}", pinned.err);
    for wrong in [
        &["--fingerprints", "00"][..],
        &["--profile", "rfc5280", "--mode", "test"],
    ] {
        assert_eq!(verify(wrong).code, Some(64), "{wrong:?}");
    }
}

#[test]
fn a_stranger_is_refused() {
    let files = Files::new();
    // The leaf itself is no authority over the root.
    let ran = files.verify("root.pem", "root.pem", "2028-07-03T00:00:00Z", &[]);
    assert_eq!(ran.code, Some(12), "{}", ran.out);
    assert_eq!(ran.json()["outcome"], "refused");
}

#[test]
fn files_that_cannot_be_used_exit_65_and_are_named() {
    let files = Files::new();
    for (anchors, chain) in [
        ("none.pem", "leaf.pem"),
        ("not.pem", "leaf.pem"),
        ("root.pem", "none.pem"),
    ] {
        let ran = files.verify(anchors, chain, "2028-07-03T00:00:00Z", &[]);
        assert_eq!(ran.code, Some(65), "{anchors} {chain}: {}", ran.err);
        let message = ran.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(
            message.contains("none.pem") || message.contains("not.pem"),
            "{message}"
        );
    }
}

#[test]
fn the_twin_prints_what_is_verified() {
    let folder = tempfile::tempdir().unwrap();
    let written = |name: &str, arguments: &[&str]| {
        let ran = madoguchi(&[&["twin"], arguments].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let path = folder.path().join(name);
        std::fs::write(&path, ran.out).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let anchors = written("twin-ca.pem", &["ca"]);
    for (persona, code) in [
        ("adult", 0),
        ("expired-in-grace", 3),
        ("expired-out-of-grace", 12),
    ] {
        let chain = written("chain.pem", &["certificate", "--persona", persona]);
        let ran = madoguchi(&["certificate", "verify", "--anchors", &anchors, "--chain", &chain]);
        assert_eq!(ran.code, Some(code), "{persona}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn a_path_alone_is_valid_or_invalid_with_a_reason() {
    let files = Files::new();
    let cases = [
        ("2028-07-03T23:59:59+09:00", 0, "valid", None),
        (
            "2028-07-04T00:00:00+09:00",
            12,
            "invalid",
            Some(("EXPIRED", "leaf")),
        ),
    ];
    for (at, code, outcome, why) in cases {
        let intermediates = files.path("root.pem");
        let more = [
            "--profile",
            "rfc5280",
            "--intermediates",
            intermediates.to_str().unwrap(),
        ];
        let ran = files.verify("root.pem", "leaf.pem", at, &more);
        assert_eq!(ran.code, Some(code), "{at}: {}{}", ran.out, ran.err);
        let verdict = ran.json();
        assert_eq!(verdict["profile"], "rfc5280");
        assert_eq!(verdict["outcome"], outcome);
        assert_eq!(verdict["reason"].as_str(), why.map(|(reason, _)| reason));
        assert_eq!(verdict["place"].as_str(), why.map(|(_, place)| place));
    }
    // What no anchor can be is an invalid path, not a wrong file.
    let ran = files.verify(
        "leaf.pem",
        "leaf.pem",
        "2028-07-03T00:00:00Z",
        &["--profile", "rfc5280"],
    );
    assert_eq!(
        (ran.code, ran.json()["reason"].as_str()),
        (Some(12), Some("NOT_AN_AUTHORITY")),
        "{}",
        ran.out
    );
}

#[test]
fn anchors_are_listed_with_what_is_left_of_them() {
    let files = Files::new();
    let anchors = files.path("root.pem");
    let list = |at: &str| {
        let fixed = ["certificate", "anchors", "--json", "--at", at, "--anchors"];
        let ran = madoguchi(&[&fixed[..], &[anchors.to_str().unwrap()]].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        ran.json()["anchors"][0].clone()
    };
    let long_before = list("2026-11-26T00:00:00Z");
    assert_eq!(long_before["fingerprint"].as_str().unwrap().len(), 64);
    assert!(long_before["days_left"].as_i64().unwrap() > 6_000 && long_before["expires_soon"] == false);
    let near = list("2044-12-31T12:00:00+09:00");
    assert_eq!(
        (near["days_left"].as_i64(), near["expires_soon"].as_bool()),
        (Some(0), Some(true))
    );
    assert_eq!(list("2045-01-01T00:00:00+09:00")["days_left"], -1);
}
