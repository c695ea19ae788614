//! Devices that do not react any more.

use std::time::{Duration, Instant};

use madoguchi_driver_api::screen::Page;
use madoguchi_driver_api::{Call, Capability, Error};

use super::{delegated, face, pin, screens};
use crate::ground::{Ground, LATE};
use crate::hands::{Deed, Skill};
use crate::rule::{Checked, Group, Need, Rule, broken, expect, said};

const SCREEN: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::Screen),
    Need::Hand(Skill::Bench),
];
const PAD: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::PinPad),
    Need::Hand(Skill::Bench),
];
const CARD: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::NfcCard),
    Need::Hand(Skill::Card),
    Need::Hand(Skill::Power),
    Need::Hand(Skill::Bench),
];
const FACE: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::Face),
    Need::Can(Capability::NfcCard),
    Need::Hand(Skill::Card),
    Need::Hand(Skill::Face),
    Need::Hand(Skill::Bench),
];
const VISIT: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::Delegated),
    Need::Hand(Skill::Bench),
];
/// The deadline of a call to a device that does not react.
const FROZEN: Duration = Duration::from_millis(500);

pub(super) const RULES: &[Rule] = &[
    Group::Unplug.rule(
        "frozen-page-has-a-deadline",
        "A device that does not react any more does not hold a page.",
        SCREEN,
        |ground| {
            let mut reader = ground.open()?;
            ground.act(Deed::Freeze)?;
            in_time(|call| reader.present(&screens::screen(Page::Idle), call))
        },
    ),
    Group::Unplug.rule(
        "frozen-pin-pad-has-a-deadline",
        "Nor the PIN pad.",
        PAD,
        |ground| {
            let mut reader = ground.open()?;
            ground.act(Deed::Freeze)?;
            in_time(|call| reader.enter_pin(&pin::request(), call))
        },
    ),
    Group::Unplug.rule(
        "frozen-camera-has-a-deadline",
        "Nor the camera.",
        FACE,
        |ground| {
            ground.act(Deed::Face(None))?;
            let mut reader = ground.powered()?;
            ground.act(Deed::Freeze)?;
            in_time(|call| reader.verify_face(&face::request(), call))
        },
    ),
    Group::Unplug.rule(
        "frozen-powering-has-a-deadline",
        "Nor the powering of a card, which has power afterwards or is not said to.",
        CARD,
        powering,
    ),
    Group::Unplug.rule(
        "frozen-transmission-has-a-deadline",
        "Nor a transmission.",
        CARD,
        |ground| {
            let mut reader = ground.powered()?;
            ground.act(Deed::Freeze)?;
            let begun = Instant::now();
            let result = reader.transmit(&super::card::SELECT, &mut Vec::new(), &Call::within(FROZEN));
            answered(ground, &result, begun.elapsed())
        },
    ),
    Group::Unplug.rule("frozen-visit-has-a-deadline", "Nor a visit.", VISIT, |ground| {
        let mut reader = ground.open()?;
        ground.act(Deed::Freeze)?;
        in_time(|call| reader.run_visit(&delegated::plan(), &mut |_| {}, call))
    }),
];

fn powering(ground: &mut Ground) -> Checked {
    ground.act(Deed::Insert)?;
    ground.until(|reader| reader.is_some_and(|reader| reader.card_present))?;
    let mut reader = ground.open()?;
    ground.act(Deed::Freeze)?;
    let begun = Instant::now();
    let result = reader.power_on(&Call::within(FROZEN));
    answered(ground, &result, begun.elapsed())
}

/// Whatever error it is, it comes in time.
fn in_time<T>(work: impl FnOnce(&Call) -> Result<T, Error>) -> Checked {
    let begun = Instant::now();
    let result = work(&Call::within(FROZEN));
    let took = begun.elapsed();
    expect(
        result.is_err() && took <= FROZEN + LATE,
        "an error by the deadline of 500 ms",
        || after(&result, took),
    )
}

/// The same for a card, whose slot may be a service's own that goes on: then it has power in truth.
fn answered<T>(ground: &mut Ground, result: &Result<T, Error>, took: Duration) -> Checked {
    let expected = "an error by the deadline of 500 ms, or a card with power";
    if took > FROZEN + LATE {
        return Err(broken(expected, after(result, took)));
    }
    if result.is_err() {
        return Ok(());
    }
    let powered = ground.act(Deed::Look)?.powered;
    expect(powered == Some(true), expected, || {
        format!("success, and powered: {powered:?}")
    })
}

fn after<T>(result: &Result<T, Error>, took: Duration) -> String {
    format!("{} after {} ms", said(result), took.as_millis())
}
