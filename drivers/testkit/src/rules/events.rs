//! What happens to readers.

use std::thread;
use std::time::{Duration, Instant};

use madoguchi_driver_api::Event;

use crate::ground::{Ground, LATE, SOON, patience};
use crate::hands::{Deed, Skill};
use crate::rule::{Checked, Group, Need, Rule, expect, good};

/// After so long without an event none is on its way.
const QUIET: Duration = Duration::from_millis(30);

const CARD: &[Need] = &[Need::Reader, Need::Hand(Skill::Card)];

pub(super) const RULES: &[Rule] = &[
    Group::Events.rule(
        "events-are-waited-for",
        "Waiting for an event ends by its time where none comes.",
        &[],
        |ground| {
            ground.drain(QUIET);
            let begun = Instant::now();
            let event = good("waiting for an event", ground.driver.next_event(SOON))?;
            let took = begun.elapsed();
            let early = event.is_none() && took + Duration::from_millis(20) < SOON;
            expect(
                took <= SOON + LATE && !early,
                &format!("none after {} ms, or one before", SOON.as_millis()),
                || format!("{event:?} after {} ms", took.as_millis()),
            )
        },
    ),
    Group::Events.rule(
        "events-without-a-wait",
        "With no time to wait it answers at once.",
        &[],
        |ground| {
            let begun = Instant::now();
            let _ = ground.driver.next_event(Duration::ZERO);
            let took = begun.elapsed();
            expect(took <= LATE, "an answer without a wait", || {
                format!("{} ms", took.as_millis())
            })
        },
    ),
    Group::Events.rule(
        "interrupt-wakes",
        "An interruption ends the wait for an event soon.",
        &[],
        interrupt_wakes,
    ),
    Group::Events.rule(
        "interrupt-before-a-wait",
        "An interruption that nobody waits for does no harm.",
        &[],
        |ground| {
            for _ in 0..100 {
                ground.driver.interrupt();
            }
            for _ in 0..3 {
                good(
                    "waiting for an event",
                    ground.driver.next_event(Duration::from_millis(20)),
                )?;
            }
            Ok(())
        },
    ),
    Group::Events.rule(
        "card-events",
        "A card that is put on and taken away is told, each once and in order.",
        CARD,
        card_events,
    ),
    Group::Events.rule(
        "card-is-listed",
        "A card that lies on the reader is listed, one that was taken away is not.",
        CARD,
        |ground| {
            for (deed, present) in [(Deed::Insert, true), (Deed::Remove, false)] {
                ground.act(deed)?;
                let listed =
                    ground.until(|reader| reader.is_some_and(|reader| reader.card_present == present))?;
                expect(listed, &format!("card_present: {present}"), || {
                    format!("the opposite for {} ms", patience().as_millis())
                })?;
            }
            Ok(())
        },
    ),
    Group::Events.rule(
        "card-is-listed-beside-an-open-reader",
        "The same while the reader is open and idle.",
        CARD,
        |ground| {
            let reader = ground.open()?;
            for (deed, present) in [(Deed::Insert, true), (Deed::Remove, false)] {
                ground.act(deed)?;
                let listed =
                    ground.until(|reader| reader.is_some_and(|reader| reader.card_present == present))?;
                expect(listed, &format!("card_present: {present}"), || {
                    format!("the opposite for {} ms", patience().as_millis())
                })?;
            }
            drop(reader);
            Ok(())
        },
    ),
];

fn interrupt_wakes(ground: &mut Ground) -> Checked {
    ground.drain(QUIET);
    let driver = ground.driver.as_ref();
    let (took, result) = thread::scope(|scope| {
        let interrupting = scope.spawn(|| {
            thread::sleep(SOON);
            let at = Instant::now();
            driver.interrupt();
            at
        });
        let result = driver.next_event(patience());
        let ended = Instant::now();
        let at = interrupting.join().unwrap_or(ended);
        (ended.saturating_duration_since(at), result)
    });
    good("waiting for an event", result)?;
    expect(took <= LATE, "the wait ends soon after", || {
        format!("{} ms", took.as_millis())
    })
}

fn card_events(ground: &mut Ground) -> Checked {
    let selector = ground.selector()?;
    for _ in 0..3 {
        for (deed, inserted) in [(Deed::Insert, true), (Deed::Remove, false)] {
            ground.act(deed)?;
            let event = ground.event(|event| match event {
                Event::CardInserted { selector: at } | Event::CardGone { selector: at } => *at == selector,
                _ => false,
            })?;
            let right = match &event {
                Some(Event::CardInserted { .. }) => inserted,
                Some(Event::CardGone { .. }) => !inserted,
                _ => false,
            };
            let expected = if inserted { "CardInserted" } else { "CardGone" };
            expect(right, expected, || {
                event.map_or("nothing".to_owned(), |event| format!("{event:?}"))
            })?;
        }
    }
    Ok(())
}
