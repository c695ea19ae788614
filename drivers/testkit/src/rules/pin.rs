//! The PIN pad.

use madoguchi_driver_api::screen::{PinHolder, PinRequest};
use madoguchi_driver_api::{Capability, Error, Medium, Reason};

use super::card;
use crate::ground::{Ground, LATE, cancelled, deadline, long, over};
use crate::hands::{Deed, Skill, digit};
use crate::process;
use crate::rule::{Checked, Group, Need, Rule, Stop, broken, expect, good, said};

const PAD: &[Need] = &[Need::Reader, Need::Can(Capability::PinPad)];
const FINGERS: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::PinPad),
    Need::Hand(Skill::Fingers),
];
const INSIDE: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::PinPad),
    Need::Hand(Skill::Fingers),
    Need::Hand(Skill::Inside),
];
const WITH_CARD: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::PinPad),
    Need::Can(Capability::NfcCard),
    Need::Hand(Skill::Card),
];
const DIGITS: u8 = 4;

pub(super) const RULES: &[Rule] = &[
    Group::Pin.rule(
        "deadline-enter-pin",
        "The PIN pad waits, until its deadline.",
        PAD,
        |ground| {
            let mut reader = ground.open()?;
            deadline("the PIN pad", |call| reader.enter_pin(&request(), call))
        },
    ),
    Group::Pin.rule(
        "cancel-enter-pin",
        "The PIN pad ends soon after it was called off.",
        PAD,
        |ground| {
            let mut reader = ground.open()?;
            cancelled("the PIN pad", |call| reader.enter_pin(&request(), call))
        },
    ),
    Group::Pin.rule(
        "pin-pad-has-bounds",
        "The pad is not shown when its time is up or it was called off.",
        PAD,
        |ground| {
            let mut reader = ground.open()?;
            over("the PIN pad", |call| reader.enter_pin(&request(), call))
        },
    ),
    Group::Pin.rule(
        "pin-is-what-was-typed",
        "The PIN is the digits that were typed, with zeroes before them.",
        FINGERS,
        |ground| {
            // The second begins with a zero.
            for seed in [7, zero_first()] {
                typed(ground, &request(), seed)?;
            }
            Ok(())
        },
    ),
    Group::Pin.rule(
        "guardian-is-asked",
        "A guardian's PIN is taken as the patient's own, and again after a wrong one.",
        FINGERS,
        |ground| {
            let request = PinRequest {
                holder: PinHolder::Guardian,
                tries_left: Some(2),
                again_because: Some(Reason::PinWrong),
                ..request()
            };
            typed(ground, &request, 11)
        },
    ),
    Group::Pin.rule(
        "pin-may-be-declined",
        "Who chooses not to type gives no PIN.",
        FINGERS,
        |ground| {
            let mut reader = ground.open()?;
            let (pin, done) = ground.during(vec![Deed::CancelPin], || reader.enter_pin(&request(), &long()));
            if let Err(Stop::Broken { seen, .. }) = done {
                return Err(broken("a way out of the PIN pad", seen));
            }
            let pin = good("the PIN pad", pin)?;
            expect(pin.is_none(), "no PIN", || "a PIN".to_owned())
        },
    ),
    Group::Pin.rule(
        "pin-is-gone-from-the-device",
        "The device holds no digit when the call has returned.",
        INSIDE,
        |ground| {
            typed(ground, &request(), 13)?;
            holds_none(ground)
        },
    ),
    Group::Pin.rule(
        "half-a-pin-is-gone",
        "Neither when it was called off with some digits typed.",
        INSIDE,
        |ground| {
            let mut reader = ground.open()?;
            let typing = vec![Deed::Type { seed: 17, count: 2 }];
            let (result, _) = ground.during(typing, || {
                cancelled("the PIN pad", |call| reader.enter_pin(&request(), call))
            });
            result?;
            holds_none(ground)
        },
    ),
    Group::Pin.rule(
        "pin-is-gone-from-the-driver",
        "The driver's process holds no digit when the PIN was dropped.",
        FINGERS,
        gone,
    ),
    Group::Pin.rule(
        "card-stays-powered-while-typing",
        "A powered card stays powered at the PIN pad.",
        WITH_CARD,
        |ground| {
            card::stays_powered(ground, |reader, call| {
                reader.enter_pin(&request(), call).map(drop)
            })
        },
    ),
    Group::Pin.rule(
        "no-pad-no-pin",
        "A reader that announces no PIN pad says that it takes no PIN.",
        &[Need::Reader, Need::Cannot(Capability::PinPad)],
        |ground| {
            let mut reader = ground.open()?;
            let pin = reader.enter_pin(&request(), &long());
            expect(
                matches!(pin, Err(Error::Unsupported)),
                &Error::Unsupported.to_string(),
                || said(&pin),
            )
        },
    ),
];

pub(super) fn request() -> PinRequest {
    PinRequest {
        medium: Medium::Card,
        digits: DIGITS,
        tries_left: None,
        holder: PinHolder::Patient,
        again_because: None,
        language: "ja".to_owned(),
    }
}

fn zero_first() -> u32 {
    (1000..2000)
        .find(|seed| digit(*seed, 0) == b'0')
        .unwrap_or_default()
}

fn typed(ground: &mut Ground, request: &PinRequest, seed: u32) -> Checked {
    let mut reader = ground.open()?;
    let typing = vec![Deed::Type {
        seed,
        count: request.digits,
    }];
    let (pin, done) = ground.during(typing, || reader.enter_pin(request, &long()));
    if let Err(Stop::Broken { seen, .. }) = done {
        return Err(broken("a PIN pad to type on", seen));
    }
    let same = good("the PIN pad", pin)?.is_some_and(|pin| {
        pin.expose().len() == usize::from(request.digits)
            && (0..request.digits)
                .zip(pin.expose())
                .all(|(index, byte)| *byte == digit(seed, index))
    });
    expect(same, "the digits that were typed", || {
        "others, or none".to_owned()
    })
}

fn holds_none(ground: &mut Ground) -> Checked {
    // What takes the pad away may still be on the line.
    let held = ground.look_for(LATE, |seen| seen.pins_held == Some(0))?.pins_held;
    expect(held == Some(0), "no PIN on the device", || format!("{held:?}"))
}

/// Four digits may be in a memory by chance, which is why they are counted before.
fn gone(ground: &mut Ground) -> Checked {
    let blind = || Stop::NotApplicable("this system does not let a process look at its memory".to_owned());
    let count = |seed| process::occurrences(seed, DIGITS).ok_or_else(blind);
    let mut fresh = None;
    for seed in 20..60 {
        if count(seed)? == 0 {
            fresh = Some(seed);
            break;
        }
    }
    let seed = fresh.ok_or_else(|| Stop::NotTried("every PIN was in the memory before".to_owned()))?;
    typed(ground, &request(), seed)?;
    let after = count(seed)?;
    expect(after == 0, "no copy of the digits", || format!("{after}"))
}
