//! A flaw breaks its rules and no others.

use madoguchi_fixture_build::library;
use madoguchi_twin::device::Generation;

use crate::support::{Driver, conform};

/// A flaw, and the rules that it breaks.
type Flaw = (&'static str, &'static [&'static str]);

const OF_INFO_AND_READERS: &[Flaw] = &[
    ("info-changes", &["info-constant"]),
    ("other-maker", &["info-matches-manifest"]),
    ("lies", &["capabilities-are-true"]),
    ("unstable-selector", &["selectors-are-stable"]),
    ("forgets-card-gone", &["card-events"]),
    ("stays-listed", &["unplugging-is-told"]),
    ("wrong-echo", &["echo"]),
    ("aborts", &["makers-codes-do-no-harm"]),
];

const OF_CARD_AND_SCREEN: &[Flaw] = &[
    ("keeps-power", &["power-off-takes-the-power"]),
    ("short-response", &["pulled-in-the-middle"]),
    ("transmit-ignores-cancel", &["slow-card-is-called-off"]),
    ("powers-late", &["frozen-powering-has-a-deadline"]),
    ("ignores-cancel", &["cancel-staff-check"]),
    ("leaks-thread", &["no-thread-is-left-by-pages"]),
    ("panics", &["seen-take-card"]),
    ("hangs", &["seen-failed"]),
];

const OF_PIN_FACE_AND_STAFF: &[Flaw] = &[
    ("late", &["deadline-enter-pin"]),
    ("invents-pin", &["pin-may-be-declined"]),
    ("keeps-pin", &["pin-is-gone-from-the-driver"]),
    ("leaves-pad", &["half-a-pin-is-gone"]),
    ("says-match", &["face-no-match"]),
    ("camera-ignores-cancel", &["cancel-face"]),
    ("camera-late", &["deadline-face", "frozen-camera-has-a-deadline"]),
    ("empty-match", &["a-match-signs"]),
    ("empty-word", &["staffs-word-signs"]),
];

const OF_VISITS: &[Flaw] = &[
    ("visit-late", &["deadline-visit", "visits-follow-each-other"]),
    ("visit-ignores-cancel", &["cancel-visit"]),
    ("no-progress", &["visit-tells-its-progress"]),
    ("hides-quit", &["visit-tells-who-quit"]),
    ("signs-other", &["visit-signs-the-challenge"]),
    ("other-certificate", &["visit-gives-the-cards-certificate"]),
    ("consents-to-all", &["visit-tells-what-was-answered"]),
    ("says-pin", &["visit-tells-how-it-verified"]),
    ("blames-patient", &["visit-ends-with-the-card"]),
    ("keeps-phone", &["visit-hands-a-phone-over"]),
    ("hides-unplug", &["unplug-in-a-visit"]),
];

/// How many are tried at once: they wait most of the time.
const AT_ONCE: usize = 6;

#[test]
fn each_flaw_of_info_and_readers_breaks_its_rules_and_no_other() {
    found("fujitsu", "Fujitsu", OF_INFO_AND_READERS);
}

#[test]
fn each_flaw_of_card_and_screen_breaks_its_rules_and_no_other() {
    found("fujitsu", "Fujitsu", OF_CARD_AND_SCREEN);
}

#[test]
fn each_flaw_of_pin_face_and_staff_breaks_its_rules_and_no_other() {
    found("fujitsu", "Fujitsu", OF_PIN_FACE_AND_STAFF);
}

#[test]
fn each_flaw_of_visits_breaks_its_rules_and_no_other() {
    found("atlas", "Atlas", OF_VISITS);
}

fn found(id: &'static str, maker: &'static str, flaws: &'static [Flaw]) {
    let library = library("madoguchi-fixture-flawed").unwrap();
    let mut wrong = Vec::new();
    for flaws in flaws.chunks(AT_ONCE) {
        let reports: Vec<_> = std::thread::scope(|scope| {
            let running: Vec<_> = flaws
                .iter()
                .map(|(flaw, _)| {
                    let driver = Driver {
                        library: library.clone(),
                        id,
                        maker,
                        abi: 2,
                        house: id,
                        flaw: Some(flaw),
                    };
                    scope.spawn(move || conform(&driver, Generation::New))
                })
                .collect();
            running.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for ((flaw, rules), report) in flaws.iter().zip(reports) {
            let broken: Vec<_> = report.broken().collect();
            let ids: Vec<_> = broken.iter().map(|rule| rule.id.as_str()).collect();
            if ids != *rules {
                wrong.push((*flaw, broken.iter().map(ToString::to_string).collect::<Vec<_>>()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
