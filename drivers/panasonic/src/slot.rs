//! The other half: the PC/SC reader that is the device's chip slot.

use std::ffi::CString;
use std::time::{Duration, Instant};

use madoguchi_driver_api::Error;
use madoguchi_transport::pcsc::{Hold, Service, Slot, selector};

use crate::commands::identify::Identity;

/// How often the service is asked whether something lies in the slot. It looks itself no more than twice as often.
const LOOK: Duration = Duration::from_millis(100);

/// Which PC/SC reader it is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Mark {
    /// The one that has this in its name.
    Name(String),
    /// The one that has this serial number, in its name or by its driver.
    Serial(String),
    /// The one that the `pcsc` driver lists under this selector.
    Selector(String),
}

/// What happened in the slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Move {
    In,
    Out,
}

/// The slot of one device.
#[derive(Debug)]
pub(crate) struct ChipSlot {
    service: Service,
    now: Slot,
    hold: Hold,
    looked: Instant,
}

impl ChipSlot {
    /// Finds the slot of a device, or of the name that the configuration gives.
    ///
    /// # Errors
    /// [`Error::ServiceUnavailable`]; [`Error::ReaderUnavailable`] says which slot is missing.
    pub(crate) fn find(identity: &Identity, configured: Option<&str>) -> Result<Self, Error> {
        let marks = marks(identity, configured);
        let mut service = Service::default();
        let slots = service.slots()?;
        let now = pick(&slots, &marks, |slot| serial(&mut service, slot))
            .map_err(|detail| Error::ReaderUnavailable { detail })?;
        Ok(Self {
            service,
            now,
            hold: Hold::default(),
            looked: Instant::now(),
        })
    }

    /// The service's name for it.
    pub(crate) fn name(&self) -> CString {
        self.now.name.clone()
    }

    /// Whether a reader of this driver holds it.
    pub(crate) const fn hold(&self) -> &Hold {
        &self.hold
    }

    /// Whether something lies in it.
    pub(crate) const fn card_present(&self) -> bool {
        self.now.card_present
    }

    /// Looks where it is time to, and tells what moved.
    ///
    /// # Errors
    /// [`Error::ReaderRemoved`], [`Error::ServiceUnavailable`].
    pub(crate) fn look(&mut self, moved: impl FnMut(Move)) -> Result<(), Error> {
        if self.looked.elapsed() < LOOK {
            return Ok(());
        }
        let slots = self.service.slots()?;
        self.looked = Instant::now();
        let found = slots.into_iter().find(|slot| slot.name == self.now.name);
        let after = found.ok_or(Error::ReaderRemoved)?;
        moves(&self.now, &after).iter().copied().for_each(moved);
        self.now = after;
        Ok(())
    }
}

fn marks(identity: &Identity, configured: Option<&str>) -> Vec<Mark> {
    if let Some(name) = configured {
        return vec![Mark::Name(name.to_owned()), Mark::Selector(name.to_owned())];
    }
    let mut marks = Vec::new();
    if !identity.slot_serial.is_empty() {
        marks.push(Mark::Serial(identity.slot_serial.clone()));
    }
    if !identity.slot_name.is_empty() {
        marks.push(Mark::Name(identity.slot_name.clone()));
    }
    marks
}

/// The one slot that a mark fits, by the first mark that fits any. `serial` asks a slot for its number.
fn pick(
    slots: &[Slot],
    marks: &[Mark],
    mut serial: impl FnMut(&Slot) -> Option<String>,
) -> Result<Slot, String> {
    for mark in marks {
        let fitting: Vec<&Slot> = match mark {
            Mark::Name(part) => {
                let fits = |slot: &&Slot| slot.name.to_string_lossy().contains(part.as_str());
                slots.iter().filter(fits).collect()
            }
            Mark::Serial(number) => {
                let fits = |slot: &&Slot| number_of(slot, &mut serial).as_ref() == Some(number);
                slots.iter().filter(fits).collect()
            }
            Mark::Selector(wanted) => {
                let named = slots.iter().zip(selectors(slots, &mut serial));
                named
                    .filter_map(|(slot, selector)| (selector == *wanted).then_some(slot))
                    .collect()
            }
        };
        match *fitting.as_slice() {
            [] => {}
            [slot] => return Ok(slot.clone()),
            _ => return Err(format!("more than one PC/SC reader has its chip slot's {mark:?}")),
        }
    }
    Err(match marks.last() {
        Some(mark) => format!("its chip slot is missing: no PC/SC reader has the {mark:?}"),
        None => {
            "it does not tell which PC/SC reader is its chip slot: name it in the setting `slot`".to_owned()
        }
    })
}

/// A slot's serial number: the one in its name, else the one that its driver tells.
fn number_of(slot: &Slot, serial: &mut impl FnMut(&Slot) -> Option<String>) -> Option<String> {
    selector::read(&slot.name.to_string_lossy())
        .serial
        .or_else(|| serial(slot))
}

/// The slots' names as the `pcsc` driver gives them when it starts.
fn selectors(slots: &[Slot], serial: &mut impl FnMut(&Slot) -> Option<String>) -> Vec<String> {
    let mut before = Vec::new();
    for slot in slots {
        let model = selector::read(&slot.name.to_string_lossy()).model;
        let number = number_of(slot, serial).as_deref().and_then(selector::part);
        before.push((model, number));
    }
    let ordinal = |at: usize| {
        before
            .iter()
            .take(at)
            .filter(|other| **other == before[at])
            .count()
    };
    before
        .iter()
        .enumerate()
        .map(|(at, (model, number))| selector::compose(model, number.as_deref(), ordinal(at)))
        .collect()
}

/// The number that the reader's driver tells; none where another program holds the reader.
fn serial(service: &mut Service, slot: &Slot) -> Option<String> {
    service.serial(&slot.name).ok().flatten()
}

/// What happened between two looks, however quickly.
fn moves(before: &Slot, after: &Slot) -> &'static [Move] {
    let moved = before.card_moves != after.card_moves;
    match (before.card_present, after.card_present) {
        (false, true) => &[Move::In],
        (true, false) => &[Move::Out],
        (true, true) if moved => &[Move::Out, Move::In],
        (false, false) if moved => &[Move::In, Move::Out],
        _ => &[],
    }
}

#[cfg(test)]
mod tests;
