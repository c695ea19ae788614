//! Plugs that are pulled.

use std::time::{Duration, Instant};

use madoguchi_driver_api::screen::Page;
use madoguchi_driver_api::{Capability, Error, Event, Reader};

use super::{delegated, face, pin, screens};
use crate::ground::{Ground, long, patience};
use crate::hands::{Deed, Skill};
use crate::rule::{Checked, Group, Need, Rule, Stop, expect, good, said};

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
const VISUAL: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::RemoteVisual),
    Need::Can(Capability::NfcCard),
    Need::Hand(Skill::Card),
    Need::Hand(Skill::Plug),
];
const SLOW: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::NfcCard),
    Need::Hand(Skill::Card),
    Need::Hand(Skill::Faults),
    Need::Hand(Skill::Plug),
    Need::Hand(Skill::Power),
];
const VISIT: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::Delegated),
    Need::Hand(Skill::Plug),
];
/// How long the card thinks in whose transmission the plug is pulled.
const SLOW_MS: u32 = 2_000;

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
            let reads = ground.can(Capability::NfcCard) || ground.can(Capability::NfcPhone);
            let opened = ground.driver.open(&ground.selector()?, &long());
            let used = opened.and_then(|mut reader| {
                if reads {
                    reader.power_on(&long()).map(drop)
                } else {
                    let visit = reader.run_visit(&delegated::plan(), &mut |_| {}, &long());
                    visit.map(drop)
                }
            });
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
        gone_with_card(&result)
    }),
    Group::Unplug.rule("unplug-in-a-transmission", GONE, SLOW, in_a_transmission),
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
    Group::Unplug.rule("unplug-before-staffs-word", GONE, VISUAL, |ground| {
        let mut reader = ground.powered()?;
        ground.act(Deed::Unplug)?;
        ground.until(|reader| reader.is_none_or(|reader| reader.unavailable.is_some()))?;
        gone_with_card(&reader.accept_visual(&long()))
    }),
    Group::Unplug.rule("unplug-in-a-visit", GONE, VISIT, |ground| {
        let mut reader = ground.open()?;
        pulled_during(ground, || {
            reader.run_visit(&delegated::plan(), &mut |_| {}, &long())
        })
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

/// The same where a card was powered: it went with the reader.
fn gone_with_card<T>(result: &Result<T, Error>) -> Checked {
    let told = matches!(result, Err(Error::CardRemoved | Error::CardReset)) || is_gone(result);
    expect(told, "the card or the reader is gone", || said(result))
}

fn in_a_transmission(ground: &mut Ground) -> Checked {
    ground.act(Deed::InsertSlow(SLOW_MS))?;
    ground.until(|reader| reader.is_some_and(|reader| reader.card_present))?;
    let mut reader = ground.open()?;
    good("powering the card", reader.power_on(&long()))?;
    let (result, done) = ground.soon(vec![Deed::Unplug], || {
        reader.transmit(&super::card::SELECT, &mut Vec::new(), &long())
    });
    done?;
    if result.is_ok() && ground.act(Deed::Look)?.powered == Some(true) {
        return Err(Stop::NotApplicable(
            "the card's slot has a plug of its own".to_owned(),
        ));
    }
    gone_with_card(&result)
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
