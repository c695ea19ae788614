//! Threads, handles and what announced itself.

use std::thread;
use std::time::{Duration, Instant};

use madoguchi_driver_api::screen::Page;
use madoguchi_driver_api::{Call, Capability, Error};

use super::{delegated, face, pin, screens};
use crate::ground::{Ground, SOON, long};
use crate::process;
use crate::rule::{Checked, Group, Need, Rule, Stop, broken, expect, said};

const READER: &[Need] = &[Need::Reader];
/// Often enough that a leak a time shows.
const TIMES: usize = 30;
/// What may be left: a thread or handle that just ends.
const SLACK: usize = 3;

pub(super) const RULES: &[Rule] = &[
    Group::Resources.rule(
        "capabilities-are-true",
        "Nothing that a reader announces is unsupported.",
        READER,
        announced,
    ),
    Group::Resources.rule(
        "no-thread-is-left",
        "Opening and letting go leaves no thread behind.",
        READER,
        |ground| leaves(ground, process::threads, open),
    ),
    Group::Resources.rule(
        "no-handle-is-left",
        "Opening and letting go leaves no handle behind.",
        READER,
        |ground| leaves(ground, process::handles, open),
    ),
    Group::Resources.rule(
        "no-thread-is-left-by-pages",
        "Neither do pages that end early.",
        &[Need::Reader, Need::Can(Capability::Screen)],
        |ground| leaves(ground, process::threads, page),
    ),
    Group::Resources.rule(
        "no-handle-is-left-by-pages",
        "Nor do they leave handles.",
        &[Need::Reader, Need::Can(Capability::Screen)],
        |ground| leaves(ground, process::handles, page),
    ),
    Group::Resources.rule(
        "no-handle-is-left-by-listing",
        "Listing and waiting leaves no handle behind.",
        &[],
        |ground| {
            leaves(ground, process::handles, |ground| {
                // What they answer is other rules' business.
                let _ = ground.driver.readers();
                let _ = ground.driver.next_event(Duration::from_millis(1));
                Ok(())
            })
        },
    ),
];

fn open(ground: &Ground) -> Checked {
    ground.open().map(drop)
}

fn page(ground: &Ground) -> Checked {
    let mut reader = ground.open()?;
    let answer = reader.present(
        &screens::screen(Page::Register),
        &Call::within(Duration::from_millis(30)),
    );
    expect(answer == Err(Error::Timeout), "the deadline passed", || {
        said(&answer)
    })
}

fn leaves(ground: &mut Ground, count: fn() -> Option<usize>, work: fn(&Ground) -> Checked) -> Checked {
    let counted = || count().ok_or_else(|| Stop::NotApplicable("this system does not tell".to_owned()));
    // Whatever is made once is made now.
    for _ in 0..3 {
        work(ground)?;
    }
    let before = counted()?;
    for _ in 0..TIMES {
        work(ground)?;
    }
    let until = Instant::now() + Duration::from_secs(2);
    while counted()? > before + SLACK && Instant::now() < until {
        thread::sleep(Duration::from_millis(20));
    }
    let after = counted()?;
    expect(after <= before + SLACK, &format!("{before} as before"), || {
        format!("{after} after {TIMES} times")
    })
}

fn announced(ground: &mut Ground) -> Checked {
    let mut reader = ground.open()?;
    let soon = || Call::within(SOON / 3);
    let capabilities = ground.device.as_ref().map(|device| device.capabilities.clone());
    for capability in capabilities.unwrap_or_default() {
        let unsupported = match capability {
            Capability::Face => reader.verify_face(&face::request(), &soon()).err(),
            Capability::PinPad => reader.enter_pin(&pin::request(), &soon()).err(),
            Capability::StaffVisual if !ground.can(Capability::Screen) => None,
            Capability::StaffVisual => reader.present(&screens::screen(Page::StaffCheck), &soon()).err(),
            Capability::RemoteVisual => reader.accept_visual(&soon()).err(),
            Capability::NfcCard | Capability::NfcPhone => reader.power_on(&long()).err(),
            Capability::Screen => reader.present(&screens::screen(Page::Completed), &long()).err(),
            Capability::Delegated => reader.run_visit(&delegated::plan(), &mut |_| {}, &soon()).err(),
            Capability::Solitary => None,
        };
        if unsupported == Some(Error::Unsupported) {
            return Err(broken(
                format!("{capability:?}, as it announces"),
                Error::Unsupported.to_string(),
            ));
        }
    }
    Ok(())
}
