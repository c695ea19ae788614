//! Plugs that are pulled and devices that hang.

use std::time::{Duration, Instant};

use madoguchi_driver_api::screen::Page;
use madoguchi_driver_api::{Call, Capability, Error, Event, Reader};

use super::{face, pin, screens};
use crate::ground::{Ground, LATE, long, patience};
use crate::hands::{Deed, Skill};
use crate::rule::{Checked, Group, Need, Rule, expect, said};

const PLUG: &[Need] = &[Need::Reader, Need::Hand(Skill::Plug)];
const BENCH: &[Need] = &[Need::Reader, Need::Hand(Skill::Bench)];
const SCREEN: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::Screen),
    Need::Hand(Skill::Plug),
];
const PAD: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::PinPad),
    Need::Hand(Skill::Plug),
];
const CARD: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::NfcCard),
    Need::Hand(Skill::Card),
    Need::Hand(Skill::Plug),
];
const FACE: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::Face),
    Need::Can(Capability::NfcCard),
    Need::Hand(Skill::Card),
    Need::Hand(Skill::Face),
    Need::Hand(Skill::Plug),
];
/// The deadline of a call to a device that does not react.
const FROZEN: Duration = Duration::from_millis(500);

const GONE: &str = "A call on a reader whose plug is pulled says that it is gone.";

pub(super) const RULES: &[Rule] = &[
    Group::Unplug.rule(
        "unplugging-is-told",
        "A reader whose plug is pulled is told as gone, and not listed.",
        PLUG,
        |ground| {
            ground.act(Deed::Unplug)?;
            let selector = ground.selector()?;
            let event = ground
                .event(|event| matches!(event, Event::ReaderGone { selector: at } if *at == selector))?;
            expect(event.is_some(), "ReaderGone", || "nothing".to_owned())?;
            let listed = ground.listed()?;
            expect(
                listed.is_none_or(|reader| reader.unavailable.is_some()),
                "a list without it",
                || "it is listed".to_owned(),
            )
        },
    ),
    Group::Unplug.rule(
        "replugging-is-told",
        "A reader that comes back is told, and has its selector again.",
        PLUG,
        |ground| back(ground, None),
    ),
    Group::Unplug.rule(
        "another-port-keeps-the-selector",
        "A reader that comes back at another port has its selector again.",
        BENCH,
        |ground| back(ground, Some("7-".to_owned())),
    ),
    Group::Unplug.rule(
        "unplugged-does-not-open",
        "A reader that is gone does not open, or says so when it is first used.",
        PLUG,
        |ground| {
            ground.act(Deed::Unplug)?;
            ground.until(|reader| reader.is_none_or(|reader| reader.unavailable.is_some()))?;
            let used = ground
                .driver
                .open(&ground.selector()?, &long())
                .and_then(|mut reader| reader.power_on(&long()));
            expect(is_gone(&used), &Error::ReaderRemoved.to_string(), || said(&used))
        },
    ),
    Group::Unplug.rule("unplug-before-powering", GONE, CARD, |ground| {
        ground.act(Deed::Insert)?;
        pulled_before(ground, |reader| reader.power_on(&long()).map(drop))
    }),
    Group::Unplug.rule("unplug-before-transmitting", GONE, CARD, |ground| {
        let mut reader = ground.powered()?;
        ground.act(Deed::Unplug)?;
        ground.until(|reader| reader.is_none_or(|reader| reader.unavailable.is_some()))?;
        let result = reader.transmit(&super::card::SELECT, &mut Vec::new(), &long());
        let told = matches!(result, Err(Error::CardRemoved | Error::CardReset)) || is_gone(&result);
        expect(told, "the card or the reader is gone", || said(&result))
    }),
    Group::Unplug.rule("unplug-before-a-page", GONE, SCREEN, |ground| {
        pulled_before(ground, |reader| {
            reader.present(&screens::screen(Page::Idle), &long()).map(drop)
        })
    }),
    Group::Unplug.rule("unplug-at-a-page", GONE, SCREEN, |ground| {
        let mut reader = ground.open()?;
        pulled_during(ground, || {
            reader.present(&screens::screen(Page::Register), &long())
        })
    }),
    Group::Unplug.rule("unplug-at-the-pin-pad", GONE, PAD, |ground| {
        let mut reader = ground.open()?;
        pulled_during(ground, || reader.enter_pin(&pin::request(), &long()))
    }),
    Group::Unplug.rule("unplug-at-the-camera", GONE, FACE, |ground| {
        ground.act(Deed::Face(None))?;
        let mut reader = ground.powered()?;
        pulled_during(ground, || reader.verify_face(&face::request(), &long()))
    }),
    Group::Unplug.rule(
        "opens-after-replugging",
        "A reader that came back opens, and its old handle does no harm.",
        PLUG,
        |ground| {
            let mut old = ground.open()?;
            back(ground, None)?;
            old.power_off();
            drop(old);
            drop(ground.open()?);
            Ok(())
        },
    ),
    Group::Unplug.rule(
        "frozen-page-has-a-deadline",
        "A device that does not react any more does not hold a page.",
        &[
            Need::Reader,
            Need::Can(Capability::Screen),
            Need::Hand(Skill::Bench),
        ],
        |ground| {
            let mut reader = ground.open()?;
            ground.act(Deed::Freeze)?;
            in_time(|| reader.present(&screens::screen(Page::Idle), &Call::within(FROZEN)))
        },
    ),
    Group::Unplug.rule(
        "frozen-pin-pad-has-a-deadline",
        "Nor the PIN pad.",
        &[
            Need::Reader,
            Need::Can(Capability::PinPad),
            Need::Hand(Skill::Bench),
        ],
        |ground| {
            let mut reader = ground.open()?;
            ground.act(Deed::Freeze)?;
            in_time(|| reader.enter_pin(&pin::request(), &Call::within(FROZEN)))
        },
    ),
];

fn back(ground: &mut Ground, port: Option<String>) -> Checked {
    let selector = ground.selector()?;
    let before = ground.device.clone();
    ground.act(Deed::Unplug)?;
    ground.until(|reader| reader.is_none())?;
    ground.drain(Duration::from_millis(30));
    ground.act(Deed::Replug(port))?;
    let event = ground.event(|event| {
        matches!(event, Event::ReaderChanged(reader) if reader.selector == selector && reader.unavailable.is_none())
    })?;
    expect(event.is_some(), &format!("ReaderChanged of {selector}"), || {
        "nothing".to_owned()
    })?;
    let listed = ground.listed()?;
    let same = |info: &madoguchi_driver_api::ReaderInfo| (info.model.clone(), info.capabilities.clone());
    expect(
        listed.as_ref().map(same) == before.as_ref().map(same),
        "the reader as it was",
        || format!("{listed:?}"),
    )
}

/// The device, or with it the maker's program in front of it.
fn is_gone<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::ReaderRemoved | Error::ServiceUnavailable))
}

fn pulled_before(ground: &mut Ground, work: impl FnOnce(&mut dyn Reader) -> Result<(), Error>) -> Checked {
    let mut reader = ground.open()?;
    ground.act(Deed::Unplug)?;
    ground.until(|reader| reader.is_none_or(|reader| reader.unavailable.is_some()))?;
    let result = work(reader.as_mut());
    expect(is_gone(&result), &Error::ReaderRemoved.to_string(), || {
        said(&result)
    })
}

fn pulled_during<T>(ground: &mut Ground, work: impl FnOnce() -> Result<T, Error>) -> Checked {
    let begun = Instant::now();
    let (result, done) = ground.during(vec![Deed::AwaitQuestion, Deed::Unplug], work);
    expect(
        is_gone(&result) && begun.elapsed() < patience(),
        &Error::ReaderRemoved.to_string(),
        || said(&result),
    )?;
    done.map(drop)
}

/// Whatever error it is, it comes in time.
fn in_time<T>(work: impl FnOnce() -> Result<T, Error>) -> Checked {
    let begun = Instant::now();
    let result = work();
    let took = begun.elapsed();
    expect(
        result.is_err() && took <= FROZEN + LATE,
        "an error by the deadline of 500 ms",
        || format!("{} after {} ms", said(&result), took.as_millis()),
    )
}
