//! Finding and opening readers.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, Capability, Error, ReaderInfo};

use crate::ground::{Ground, long, over};
use crate::hands::{Deed, Skill};
use crate::rule::{Checked, Group, Need, Rule, Stop, broken, expect, good, said};

const READER: &[Need] = &[Need::Reader];

pub(super) const RULES: &[Rule] = &[
    Group::Discovery.rule(
        "readers-in-time",
        "The readers are listed within two seconds.",
        &[],
        |ground| {
            let begun = Instant::now();
            good("listing the readers", ground.driver.readers())?;
            let took = begun.elapsed();
            expect(took < Duration::from_secs(2), "an answer within 2000 ms", || {
                format!("{} ms", took.as_millis())
            })
        },
    ),
    Group::Discovery.rule(
        "selectors-are-valid",
        "A selector is 1 to 128 of the letters, digits and -_.:/@#.",
        &[],
        |ground| {
            each(ground, |reader| {
                let valid = |c: char| c.is_ascii_alphanumeric() || "-_.:/@#".contains(c);
                let name = &reader.selector;
                (!name.is_empty() && name.len() <= 128 && name.chars().all(valid))
                    .then_some(())
                    .ok_or("letters, digits and -_.:/@# only")
            })
        },
    ),
    Group::Discovery.rule(
        "selectors-are-unique",
        "No two readers have one selector.",
        &[],
        |ground| {
            let readers = good("listing the readers", ground.driver.readers())?;
            let names: BTreeSet<_> = readers.iter().map(|reader| &reader.selector).collect();
            expect(names.len() == readers.len(), "a selector each", || {
                format!("{} selectors of {} readers", names.len(), readers.len())
            })
        },
    ),
    Group::Discovery.rule(
        "selectors-are-stable",
        "Listing again gives the same selectors.",
        &[],
        |ground| {
            let names = || -> Result<BTreeSet<String>, Stop> {
                let readers = good("listing the readers", ground.driver.readers())?;
                Ok(readers.into_iter().map(|reader| reader.selector).collect())
            };
            let first = names()?;
            for _ in 0..20 {
                let again = names()?;
                expect(again == first, &format!("{first:?}"), || format!("{again:?}"))?;
            }
            Ok(())
        },
    ),
    Group::Discovery.rule(
        "readers-have-names",
        "A reader has a name for people, on one line.",
        &[],
        |ground| {
            each(ground, |reader| {
                let plain = |text: &str| !text.chars().any(char::is_control);
                let good = !reader.display_name.trim().is_empty()
                    && plain(&reader.display_name)
                    && plain(&reader.model)
                    && plain(&reader.firmware);
                good.then_some(()).ok_or("printable names")
            })
        },
    ),
    Group::Discovery.rule(
        "capabilities-are-named-once",
        "No capability is named twice.",
        &[],
        |ground| {
            each(ground, |reader| {
                let set: BTreeSet<_> = reader.capabilities.iter().collect();
                (set.len() == reader.capabilities.len())
                    .then_some(())
                    .ok_or("each capability once")
            })
        },
    ),
    Group::Discovery.rule(
        "readers-read-something",
        "A reader that can be opened reads a card, a phone or leads a visit.",
        READER,
        |ground| {
            each(ground, |reader| {
                let reads = [Capability::NfcCard, Capability::NfcPhone, Capability::Delegated];
                let does =
                    reader.unavailable.is_some() || reads.iter().any(|one| reader.capabilities.contains(one));
                does.then_some(()).ok_or("NFC_CARD, NFC_PHONE or DELEGATED")
            })
        },
    ),
    Group::Discovery.rule(
        "pages-belong-to-a-screen",
        "Staff check on the device only where it has a screen.",
        READER,
        |ground| {
            each(ground, |reader| {
                let has = |capability| reader.capabilities.contains(&capability);
                (!has(Capability::StaffVisual) || has(Capability::Screen) || has(Capability::Delegated))
                    .then_some(())
                    .ok_or("SCREEN or DELEGATED beside STAFF_VISUAL")
            })
        },
    ),
    Group::Discovery.rule(
        "unavailable-does-not-open",
        "A device that cannot be spoken with is listed with the reason or not at all, and does not open.",
        &[Need::Reader, Need::Hand(Skill::Bench)],
        unavailable,
    ),
    Group::Discovery.rule(
        "unknown-selector-is-refused",
        "A selector that nobody has is a reader that is gone.",
        &[],
        |ground| {
            let opened = ground.driver.open("no-such-reader", &long());
            expect(
                matches!(opened, Err(Error::ReaderRemoved)),
                &Error::ReaderRemoved.to_string(),
                || said(&opened),
            )
        },
    ),
    Group::Discovery.rule(
        "hostile-selectors-do-no-harm",
        "Whatever is given as a selector is refused without a panic.",
        &[],
        |ground| {
            let long_name = "x".repeat(4096);
            for name in ["", "../../etc/passwd", "a\nb", "日本", "#1", "%s%n", &long_name] {
                match ground.driver.open(name, &long()) {
                    Ok(_) => {
                        return Err(broken(
                            "a refusal",
                            format!("{:?} opened", name.get(..20).unwrap_or(name)),
                        ));
                    }
                    Err(error @ Error::DriverPanicked { .. }) => {
                        return Err(broken("a refusal", error.to_string()));
                    }
                    Err(_) => {}
                }
            }
            Ok(())
        },
    ),
    Group::Discovery.rule(
        "opening-has-bounds",
        "Opening does nothing when its time is up or it was called off.",
        READER,
        |ground| {
            let selector = ground.selector()?;
            over("opening", |call| ground.driver.open(&selector, call))
        },
    ),
    Group::Discovery.rule(
        "opens-again",
        "A reader that was let go opens again.",
        READER,
        |ground| {
            for _ in 0..5 {
                drop(ground.open()?);
            }
            Ok(())
        },
    ),
    Group::Discovery.rule(
        "listing-beside-an-open-reader",
        "A reader in use is listed still, and as before.",
        READER,
        |ground| {
            let before = ground.listed()?;
            let reader = ground.open()?;
            let beside = ground.listed()?;
            drop(reader);
            expect(beside == before, &format!("{before:?}"), || format!("{beside:?}"))
        },
    ),
];

/// A device that is plugged in and does not answer is one that the driver may not open.
fn unavailable(ground: &mut Ground) -> Checked {
    ground.act(Deed::Unplug)?;
    ground.until(|reader| reader.is_none_or(|reader| reader.unavailable.is_some()))?;
    ground.act(Deed::FreezeAtOnce)?;
    ground.act(Deed::Replug(None))?;
    // Long enough that a driver has seen the plug.
    let until = Instant::now() + Duration::from_secs(1);
    while Instant::now() < until {
        let _ = ground.driver.next_event(Duration::from_millis(20));
        if ground.listed()?.is_some() {
            break;
        }
    }
    let listed = ground.listed()?;
    expect(
        listed.as_ref().is_none_or(|reader| reader.unavailable.is_some()),
        "a reason why it cannot be opened",
        || format!("{listed:?}"),
    )?;
    let selector = listed.map_or(ground.selector()?, |reader| reader.selector);
    let opened = ground
        .driver
        .open(&selector, &Call::within(Duration::from_secs(1)));
    expect(opened.is_err(), "a reason", || "it opened".to_owned())
}

fn each(ground: &mut Ground, keeps: fn(&ReaderInfo) -> Result<(), &'static str>) -> Checked {
    for reader in good("listing the readers", ground.driver.readers())? {
        if let Err(expected) = keeps(&reader) {
            return Err(broken(
                expected,
                format!("{:?}, {:?}", reader.selector, reader.display_name),
            ));
        }
    }
    Ok(())
}
