//! Every driver of the house keeps every rule that applies to its device.

use madoguchi_driver_testkit::{Report, Verdict};
use madoguchi_fixture_build::{c_library, library};
use madoguchi_twin::device::Generation;

use crate::support::{Driver, conform, not_kept};

fn driver(id: &'static str, maker: &'static str) -> Driver {
    Driver {
        library: library(&format!("madoguchi-plugin-{id}")).unwrap(),
        id,
        maker,
        abi: 2,
        house: id,
        flaw: None,
    }
}

/// All is kept, and at least so many rules applied.
fn conforms(driver: &Driver, generation: Generation, at_least: usize) -> Report {
    let report = conform(driver, generation);
    assert_eq!(not_kept(&report), [""; 0], "{report}");
    assert!(
        report.conforms() && report.passed >= at_least,
        "{}",
        report.summary()
    );
    report
}

#[test]
fn pcsc() {
    let report = conforms(&driver("pcsc", "PC/SC"), Generation::New, 50);
    // What it cannot do is not counted as kept, and what nobody here can do at it is said.
    let verdict = |id: &str| {
        let rule = report.rules.iter().find(|rule| rule.id == id);
        rule.map(|rule| rule.verdict.clone()).unwrap()
    };
    assert!(matches!(verdict("seen-idle"), Verdict::NotApplicable { .. }));
    assert!(matches!(
        verdict("unplugging-is-told"),
        Verdict::NeedsHands { .. }
    ));
}

#[test]
fn fujitsu() {
    conforms(&driver("fujitsu", "Fujitsu"), Generation::New, 115);
}

#[test]
fn fujitsu_of_the_old_generation() {
    conforms(&driver("fujitsu", "Fujitsu"), Generation::Old, 90);
}

#[test]
fn panasonic() {
    conforms(&driver("panasonic", "Panasonic Connect"), Generation::New, 100);
}

#[test]
fn almex() {
    conforms(&driver("almex", "Almex"), Generation::New, 100);
}

#[test]
fn canon() {
    conforms(&driver("canon", "Canon MJ"), Generation::New, 100);
}

#[test]
fn atlas() {
    conforms(&driver("atlas", "Atlas"), Generation::New, 50);
}

#[test]
fn atlas_of_the_old_generation() {
    conforms(&driver("atlas", "Atlas"), Generation::Old, 40);
}

#[test]
fn the_example_in_c() {
    let folder = std::env::temp_dir().join(format!("madoguchi-conform-c-{}", std::process::id()));
    let sources = [
        "plugins/c-example/driver.c",
        "plugins/c-example/line.c",
        "plugins/c-example/json.c",
    ];
    let example = Driver {
        library: c_library(&sources, &[], &folder).unwrap(),
        id: "c-example",
        maker: "Example Readers",
        abi: 101,
        house: "c-example",
        flaw: None,
    };
    conforms(&example, Generation::New, 80);
    std::fs::remove_dir_all(folder).unwrap();
}
