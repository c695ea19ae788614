//! A counter at which something goes wrong in each visit, and one at which nothing does.

use std::cell::Cell;
use std::time::{Duration, Instant};

use madoguchi_core::screen::FaceOutcome;
use madoguchi_tests::{FaceClinic, FaceCounter, Watched};
use madoguchi_twin::device::{FaceScript, Patient, Random};

use crate::trouble::{Deck, Trouble};
use crate::visit::{Ended, VISIT, somebody, visited};

/// How long a device or a driver's process may take to be back, once nothing holds it back any more.
const BACK: Duration = Duration::from_secs(15);

/// What came of the visits at one counter.
pub(crate) struct Course {
    pub(crate) ends: Vec<Ended>,
    /// How often the driver's process was killed, or condemned.
    pub(crate) processes_lost: u32,
    /// The longest that a counter was without its reader after a visit.
    pub(crate) slowest_return: Duration,
}

/// Visits at a counter where something goes wrong in each. Nobody lends a hand: what was pulled comes back by itself.
pub(crate) async fn troubled(clinic: &FaceClinic, counter: &FaceCounter, seed: u64, visits: u64) -> Course {
    let maker = counter.stand.maker;
    let mut random = Random::new(seed);
    // The counter without trouble has a reader of Fujitsu's: that driver's process serves both.
    let mut deck = Deck::new(maker != "fujitsu");
    let mut course = Course {
        ends: Vec::new(),
        processes_lost: 0,
        slowest_return: Duration::ZERO,
    };
    for visit in 0..visits {
        let trouble = deck.deal(&mut random);
        let patient = somebody(&mut random);
        let what = format!("visit {visit} at {maker} by {}, {trouble:?}", patient.persona);
        let mut ended = visited(clinic, counter, patient, &trouble, &what).await;
        let began = Instant::now();
        if let Some(process) = ended.struck.take() {
            process.ends("a driver's process that was struck").await;
            course.processes_lost += 1;
        }
        back(clinic, counter, &what).await;
        course.slowest_return = course.slowest_return.max(began.elapsed());
        course.ends.push(ended);
    }
    // It is not stuck: nothing goes wrong any more, and the next patient is checked in.
    let nothing = Trouble::nothing();
    let last = visited(clinic, counter, Patient::new("adult"), &nothing, maker).await;
    assert_eq!(
        last.ending, "completed full",
        "{maker} is stuck: {}",
        last.account
    );
    course
}

/// Waits until the device is there, somebody has its line open, and the gateway says that it can be used.
async fn back(clinic: &FaceClinic, counter: &FaceCounter, what: &str) {
    let stage = counter.stage().clone();
    let there = tokio::task::spawn_blocking(move || {
        stage.wait_for(BACK, |state| {
            state.place.is_some() && !state.frozen && state.connected
        })
    });
    let there = there.await.unwrap().unwrap();
    if there.is_none() {
        let (state, driver) = (
            counter.stage().state(),
            clinic.gateway.driver(counter.stand.maker).await,
        );
        panic!("nobody has the device's line open after {what}: {state:?}, {driver:?}");
    }
    clinic.ready_at(std::slice::from_ref(counter)).await;
}

/// What came of the visits at the counter without trouble.
pub(crate) struct Calm {
    pub(crate) visits: u32,
    pub(crate) slowest: Duration,
}

/// Visits at the counter where nothing goes wrong, until the others are through: everybody is checked in, and no later
/// than half of the time that a visit has.
pub(crate) async fn undisturbed(clinic: &FaceClinic, counter: &FaceCounter, is_over: &Cell<bool>) -> Calm {
    let mut calm = Calm {
        visits: 0,
        slowest: Duration::ZERO,
    };
    let everybody = [
        ("adult", FaceOutcome::Match, 0),
        ("adult", FaceOutcome::NoMatch, 1),
        ("iphone", FaceOutcome::Match, 0),
        ("android", FaceOutcome::Match, 1),
    ];
    for (persona, face, pins) in everybody.into_iter().cycle() {
        let patient = Patient::new(persona).looking(FaceScript::always(face));
        let what = format!("undisturbed {persona}");
        let ended = visited(clinic, counter, patient, &Trouble::nothing(), &what).await;
        assert_eq!(ended.ending, "completed full", "it noticed: {}", ended.account);
        assert_eq!(ended.pins_typed, pins, "it noticed: {}", ended.account);
        assert!(
            ended.took < VISIT / 2,
            "it noticed: {:?}, {}",
            ended.took,
            ended.account
        );
        calm.visits += 1;
        calm.slowest = calm.slowest.max(ended.took);
        if is_over.get() {
            break;
        }
    }
    calm
}

/// The processes of the drivers, by their ids.
pub(crate) async fn drivers(clinic: &FaceClinic) -> Vec<(String, Watched)> {
    let drivers = clinic.gateway.drivers().await;
    drivers
        .into_iter()
        .filter(|driver| driver.process_id > 0)
        .map(|driver| (driver.driver_id, Watched::new(driver.process_id)))
        .collect()
}
