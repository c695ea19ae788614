//! The kit against drivers of the house, and against one with a flaw that it must find, and nothing else.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's helpers fail the test")]

use std::process::Command;

use madoguchi_driver_testkit::{House, Report, Subject, Verdict, run};
use madoguchi_twin::device::Generation;

const CHILD: &str = "MADOGUCHI_TEST_CONFORM_CHILD";

/// The kit's other process: this test again.
#[test]
fn child() {
    if std::env::var_os(CHILD).is_some() {
        madoguchi_driver_testkit::serve().unwrap();
        std::process::exit(0);
    }
}

fn conform(package: &str, id: &str, maker: &str, flaw: Option<&str>) -> Report {
    let mut house = House::open(id, Generation::New).unwrap().unwrap();
    let subject = Subject {
        library: madoguchi_fixture_build::library(package).unwrap(),
        library_sha256: "0".repeat(64),
        id: id.to_owned(),
        maker: maker.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        abi: 2,
        settings: house.settings(Default::default()),
        selector: house.selector().map(str::to_owned),
    };
    let environment = house.environment().to_vec();
    let mut child = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["child", "--exact", "--nocapture"]).env(CHILD, "1");
        command.envs(environment.iter().cloned());
        match flaw {
            Some(flaw) => command.env("MADOGUCHI_FLAW", flaw),
            None => command.env_remove("MADOGUCHI_FLAW"),
        };
        command
    };
    run(&subject, &mut child, Some(house.hands()), &mut |_| {}).unwrap()
}

fn broken(report: &Report) -> Vec<&str> {
    report.broken().map(|rule| rule.id.as_str()).collect()
}

#[test]
fn the_fujitsu_driver_conforms() {
    let report = conform("madoguchi-plugin-fujitsu", "fujitsu", "Fujitsu", None);
    println!("{report}");
    assert_eq!(broken(&report), [""; 0]);
    assert!(report.passed >= 75, "{report}");
}

#[test]
fn the_pcsc_driver_conforms() {
    let report = conform("madoguchi-plugin-pcsc", "pcsc", "PC/SC", None);
    println!("{report}");
    assert_eq!(broken(&report), [""; 0]);
    assert!(report.passed >= 35, "{report}");
    // What it cannot do is not counted as kept.
    let screens = report.rules.iter().find(|rule| rule.id == "seen-idle").unwrap();
    assert!(matches!(screens.verdict, Verdict::Skipped { .. }));
}

#[test]
fn a_flaw_breaks_its_rule_and_no_other() {
    let expected = [
        ("ignores-cancel", "cancel-staff-check"),
        ("late", "deadline-enter-pin"),
        ("lies", "capabilities-are-true"),
        ("forgets-card-gone", "card-events"),
        ("leaks-thread", "no-thread-is-left-by-pages"),
        ("panics", "seen-take-card"),
        ("unstable-selector", "selectors-are-stable"),
        ("wrong-echo", "echo"),
        ("keeps-power", "power-off-takes-the-power"),
        ("short-response", "pulled-in-the-middle"),
        ("invents-pin", "pin-may-be-declined"),
        ("aborts", "maker-s-codes-do-no-harm"),
        ("hangs", "seen-failed"),
    ];
    // They wait most of the time.
    let mut wrong = Vec::new();
    for flaws in expected.chunks(5) {
        let reports: Vec<_> = std::thread::scope(|scope| {
            let running: Vec<_> = flaws
                .iter()
                .map(|(flaw, _)| {
                    scope.spawn(|| conform("madoguchi-fixture-flawed", "fujitsu", "Fujitsu", Some(flaw)))
                })
                .collect();
            running.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for ((flaw, rule), report) in flaws.iter().zip(reports) {
            if broken(&report) != [*rule] {
                wrong.push((
                    *flaw,
                    report.broken().map(ToString::to_string).collect::<Vec<_>>(),
                ));
            }
        }
    }
    if !wrong.is_empty() {
        panic!("{wrong:#?}");
    }
}
