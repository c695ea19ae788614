//! A flaw breaks its rule and no other.

use madoguchi_fixture_build::library;
use madoguchi_twin::device::Generation;

use crate::support::{Driver, conform};

/// The flaw, and the rule that it breaks.
const FLAWS: &[(&str, &str)] = &[
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
    ("aborts", "makers-codes-do-no-harm"),
    ("hangs", "seen-failed"),
];

/// How many are tried at once: they wait most of the time.
const AT_ONCE: usize = 7;

#[test]
fn each_flaw_breaks_its_rule_and_no_other() {
    let library = library("madoguchi-fixture-flawed").unwrap();
    let mut wrong = Vec::new();
    for flaws in FLAWS.chunks(AT_ONCE) {
        let reports: Vec<_> = std::thread::scope(|scope| {
            let running: Vec<_> = flaws
                .iter()
                .map(|(flaw, _)| {
                    let driver = Driver {
                        library: library.clone(),
                        id: "fujitsu",
                        maker: "Fujitsu",
                        abi: 2,
                        house: "fujitsu",
                        flaw: Some(flaw),
                    };
                    scope.spawn(move || conform(&driver, Generation::New))
                })
                .collect();
            running.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for ((flaw, rule), report) in flaws.iter().zip(reports) {
            let broken: Vec<_> = report.broken().collect();
            if broken.len() != 1 || broken[0].id != *rule {
                wrong.push((*flaw, broken.iter().map(ToString::to_string).collect::<Vec<_>>()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
