//! The card slot.

use std::thread;
use std::time::Instant;

use madoguchi_driver_api::{Call, Capability, Error, Reader};

use crate::ground::{Ground, SOON, cancelled, deadline, long, over, patience};
use crate::hands::{Deed, Skill};
use crate::rule::{Checked, Group, Need, Rule, Stop, broken, expect, good, said};

const SLOT: &[Need] = &[Need::Reader, Need::Can(Capability::NfcCard)];
const EMPTY: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::NfcCard),
    Need::Hand(Skill::Card),
];
const CARD: &[Need] = EMPTY;
const POWER: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::NfcCard),
    Need::Hand(Skill::Card),
    Need::Hand(Skill::Power),
];
const FAULTS: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::NfcCard),
    Need::Hand(Skill::Card),
    Need::Hand(Skill::Faults),
];

/// SELECT of the JPKI application.
pub(super) const SELECT: [u8; 15] = [
    0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01,
];
pub(super) const CERTIFICATE: [u8; 7] = [0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x0A];
const READ_256: [u8; 5] = [0x00, 0xB0, 0x00, 0x00, 0x00];
const KEY: [u8; 7] = [0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x17];
pub(super) const OK: [u8; 2] = [0x90, 0x00];
/// DigestInfo of SHA-256 up to the digest.
const DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];

pub(super) const RULES: &[Rule] = &[
    Group::Card.rule(
        "no-card-no-power",
        "Without a card there is nothing to power.",
        EMPTY,
        |ground| {
            let mut reader = ground.open()?;
            let result = reader.power_on(&long());
            expect(
                matches!(result, Err(Error::NoCard)),
                &Error::NoCard.to_string(),
                || said(&result),
            )
        },
    ),
    Group::Card.rule(
        "powers-up",
        "A card is powered up, and again after it was powered off.",
        CARD,
        |ground| {
            let mut reader = ground.powered()?;
            reader.power_off();
            good("powering the card again", reader.power_on(&long())).map(drop)
        },
    ),
    Group::Card.rule(
        "powering-has-bounds",
        "Powering up does nothing when its time is up or it was called off.",
        SLOT,
        |ground| {
            let mut reader = ground.open()?;
            over("powering up", |call| reader.power_on(call))
        },
    ),
    Group::Card.rule(
        "transmits",
        "The JPKI application of a My Number card is selected.",
        CARD,
        |ground| {
            let mut reader = ground.powered()?;
            let answer = send(reader.as_mut(), &SELECT)?;
            expect(answer == OK, "9000", || status(&answer))
        },
    ),
    Group::Card.rule(
        "transmission-has-bounds",
        "A transmission does nothing when its time is up or it was called off.",
        CARD,
        |ground| {
            let mut reader = ground.powered()?;
            let mut response = Vec::new();
            over("a transmission", |call| {
                reader.transmit(&SELECT, &mut response, call)
            })
        },
    ),
    Group::Card.rule(
        "transmit-needs-power",
        "A transmission to a card without power is an error.",
        CARD,
        |ground| {
            ground.act(Deed::Insert)?;
            let mut reader = ground.open()?;
            let result = reader.transmit(&SELECT, &mut Vec::new(), &long());
            expect(result.is_err(), "an error", || said(&result))
        },
    ),
    Group::Card.rule(
        "transmit-after-power-off",
        "So is one after the power went off.",
        CARD,
        |ground| {
            let mut reader = ground.powered()?;
            reader.power_off();
            let result = reader.transmit(&SELECT, &mut Vec::new(), &long());
            expect(result.is_err(), "an error", || said(&result))
        },
    ),
    Group::Card.rule(
        "response-is-cleared",
        "What was in the response before is gone.",
        CARD,
        |ground| {
            let mut reader = ground.powered()?;
            let mut response = vec![0xEE; 300];
            good("a transmission", reader.transmit(&SELECT, &mut response, &long()))?;
            expect(response == OK, "two bytes", || {
                format!("{} bytes", response.len())
            })
        },
    ),
    Group::Card.rule(
        "responses-have-a-status",
        "What the card does not know is a status word, not an error.",
        CARD,
        |ground| {
            let mut reader = ground.powered()?;
            let answer = send(reader.as_mut(), &[0x00, 0xFE, 0x00, 0x00])?;
            expect(answer.len() == 2 && answer != OK, "a status word", || {
                status(&answer)
            })
        },
    ),
    Group::Card.rule(
        "long-responses-come-whole",
        "256 bytes of data and the status word come in one piece.",
        CARD,
        |ground| {
            let mut reader = ground.powered()?;
            for command in [SELECT.as_slice(), &CERTIFICATE] {
                send(reader.as_mut(), command)?;
            }
            let answer = send(reader.as_mut(), &READ_256)?;
            expect(
                answer.len() == 258 && answer.ends_with(&OK),
                "258 bytes, 9000 last",
                || status(&answer),
            )
        },
    ),
    Group::Card.rule(
        "garbage-commands-do-no-harm",
        "A command that is none is refused by driver or card, without a panic.",
        CARD,
        |ground| {
            let mut reader = ground.powered()?;
            for command in [[].as_slice(), &[0x00], &[0xFF; 3], &[0xFF; 300]] {
                let result = reader.transmit(command, &mut Vec::new(), &long());
                expect(
                    !matches!(result, Err(Error::DriverPanicked { .. })),
                    "a refusal",
                    || said(&result),
                )?;
            }
            Ok(())
        },
    ),
    Group::Card.rule(
        "pulled-card-is-told",
        "A card that was pulled before a transmission is told as such.",
        CARD,
        |ground| {
            let mut reader = ground.powered()?;
            ground.act(Deed::Remove)?;
            ground.until(|reader| reader.is_some_and(|reader| !reader.card_present))?;
            pulled(reader.transmit(&SELECT, &mut Vec::new(), &long()))
        },
    ),
    Group::Card.rule(
        "pulled-in-the-middle",
        "A card that is pulled during a transmission is never a short response.",
        FAULTS,
        |ground| {
            ground.act(Deed::InsertPulledAt(2))?;
            ground.until(|reader| reader.is_some_and(|reader| reader.card_present))?;
            let mut reader = ground.open()?;
            good("powering the card", reader.power_on(&long()))?;
            send(reader.as_mut(), &SELECT)?;
            pulled(reader.transmit(&SELECT, &mut Vec::new(), &long()))
        },
    ),
    Group::Card.rule(
        "card-comes-again",
        "A card that was taken away and put on again is powered anew.",
        CARD,
        |ground| {
            let mut reader = ground.powered()?;
            ground.act(Deed::Remove)?;
            ground.until(|reader| reader.is_some_and(|reader| !reader.card_present))?;
            reader.power_off();
            ground.act(Deed::Insert)?;
            ground.until(|reader| reader.is_some_and(|reader| reader.card_present))?;
            good("powering the card again", reader.power_on(&long()))?;
            let answer = send(reader.as_mut(), &SELECT)?;
            expect(answer == OK, "9000", || status(&answer))
        },
    ),
    Group::Card.rule(
        "slow-card-has-a-deadline",
        "A card that thinks for longer than the deadline does not hold the call.",
        FAULTS,
        |ground| {
            slow(ground, |reader| {
                deadline("a transmission", |call| {
                    reader.transmit(&SELECT, &mut Vec::new(), call)
                })
            })
        },
    ),
    Group::Card.rule(
        "slow-card-is-called-off",
        "Nor does it where the call is called off.",
        FAULTS,
        |ground| {
            slow(ground, |reader| {
                cancelled("a transmission", |call| {
                    reader.transmit(&SELECT, &mut Vec::new(), call)
                })
            })
        },
    ),
    Group::Card.rule(
        "power-off-twice",
        "Powering off what has no power does nothing.",
        CARD,
        |ground| {
            let mut reader = ground.open()?;
            reader.power_off();
            drop(reader);
            let mut reader = ground.powered()?;
            reader.power_off();
            reader.power_off();
            good("powering the card again", reader.power_on(&long())).map(drop)
        },
    ),
    Group::Card.rule(
        "power-off-takes-the-power",
        "Powering off takes the card's power.",
        POWER,
        |ground| {
            let mut reader = ground.powered()?;
            let before = ground.act(Deed::Look)?.powered;
            expect(before == Some(true), "a card with power", || {
                format!("{before:?}")
            })?;
            reader.power_off();
            without_power(ground)
        },
    ),
    Group::Card.rule(
        "letting-go-takes-the-power",
        "A reader that is let go has no powered card.",
        POWER,
        |ground| {
            drop(ground.powered()?);
            without_power(ground)
        },
    ),
];

/// Does that with a powered card that thinks for long.
fn slow(ground: &mut Ground, work: impl FnOnce(&mut dyn Reader) -> Checked) -> Checked {
    ground.act(Deed::InsertSlow(
        u32::try_from(SOON.as_millis() * 5).unwrap_or_default(),
    ))?;
    ground.until(|reader| reader.is_some_and(|reader| reader.card_present))?;
    let mut reader = ground.open()?;
    good("powering the card", reader.power_on(&long()))?;
    let kept = work(reader.as_mut());
    // A card that is taken away while it thinks is another matter.
    let until = Instant::now() + patience();
    while reader.power_on(&long()).is_err() && Instant::now() < until {
        thread::sleep(SOON / 5);
    }
    kept
}

/// The card has no power, or loses it at once: between driver and card there may be a service.
pub(super) fn without_power(ground: &mut Ground) -> Checked {
    let is_off = |powered: Option<bool>| powered == Some(false);
    let powered = ground.look_for(SOON * 2, |seen| is_off(seen.powered))?.powered;
    expect(is_off(powered), "a card without power", || {
        "it keeps it".to_owned()
    })
}

pub(super) fn send(reader: &mut dyn Reader, command: &[u8]) -> Result<Vec<u8>, Stop> {
    let mut response = Vec::new();
    good("a transmission", reader.transmit(command, &mut response, &long()))?;
    Ok(response)
}

fn pulled(result: Result<(), Error>) -> Checked {
    expect(
        matches!(result, Err(Error::CardRemoved)),
        &Error::CardRemoved.to_string(),
        || said(&result),
    )
}

/// Length and status word: never the data.
pub(super) fn status(answer: &[u8]) -> String {
    match answer {
        [data @ .., high, low] => format!("{} bytes and {high:02X}{low:02X}", data.len()),
        _ => format!("{} bytes", answer.len()),
    }
}

/// Whether the card's key signs now, without a PIN.
pub(super) fn signs(reader: &mut dyn Reader) -> Result<bool, Stop> {
    let mut command = vec![0x80, 0x2A, 0x00, 0x80, 51];
    command.extend(DIGEST_INFO);
    command.extend([0x5A; 32]);
    command.push(0);
    send(reader, &KEY)?;
    Ok(send(reader, &command)?.ends_with(&OK))
}

/// A card that stays powered while the device does something else.
pub(super) fn stays_powered(
    ground: &mut Ground,
    meanwhile: impl FnOnce(&mut dyn Reader, &Call) -> Result<(), Error>,
) -> Checked {
    let mut reader = ground.powered()?;
    send(reader.as_mut(), &SELECT)?;
    let done = meanwhile(reader.as_mut(), &Call::within(SOON));
    if !matches!(done, Ok(()) | Err(Error::Timeout)) {
        return Err(broken("the card may stay on", said(&done)));
    }
    // The application is selected still: this needs no SELECT of it.
    let answer = send(reader.as_mut(), &CERTIFICATE)?;
    expect(answer == OK, "the card as it was", || status(&answer))
}
