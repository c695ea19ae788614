//! Which reader is which: PC/SC names come and go, selectors stay.

use std::collections::BTreeSet;
use std::ffi::{CStr, CString};
#[expect(
    clippy::disallowed_types,
    reason = "the event thread and each reader's thread ask the same registry"
)]
use std::sync::Mutex;

use madoguchi_driver_api::{Capability, Error, Host, LogLevel, ReaderInfo};
use madoguchi_driver_kit::diff::Seen;
use madoguchi_transport::pcsc::{Hold, Service, Slot, selector};

/// A reader as it is known now; the service's name tells one plugging-in from the next.
pub(crate) type Known = Seen<CString>;

/// All readers that are plugged in. Shared by all threads of the driver.
#[expect(clippy::disallowed_types, reason = "as above")]
pub(crate) struct Registry(Mutex<State>);

struct State {
    host: Host,
    service: Service,
    entries: Vec<Entry>,
    /// The models of which it was said that equal readers cannot be told apart.
    warned: BTreeSet<String>,
}

struct Entry {
    name: CString,
    model: String,
    serial: Option<String>,
    ordinal: usize,
    display: String,
    /// Whether the serial number could not be asked for, because another program held the reader.
    unasked: bool,
    hold: Hold,
}

impl Entry {
    fn selector(&self) -> String {
        selector::compose(&self.model, self.serial.as_deref(), self.ordinal)
    }

    /// Whether nothing but the order tells the two devices apart. The slots of one device have a fixed order.
    fn looks_like(&self, other: &Self) -> bool {
        let nameless = |entry: &Self| entry.serial.is_none() && !entry.unasked;
        let (name, others) = (self.name.to_string_lossy(), other.name.to_string_lossy());
        self.model == other.model
            && nameless(self)
            && nameless(other)
            && selector::device(&name) != selector::device(&others)
    }
}

impl Registry {
    #[expect(clippy::disallowed_types, reason = "as above")]
    pub(crate) fn new(host: Host) -> Self {
        Self(Mutex::new(State::new(host)))
    }

    /// Every reader now.
    pub(crate) fn list(&self) -> Result<Vec<Known>, Error> {
        let mut state = self.0.lock().map_err(|_| Error::ServiceUnavailable)?;
        let slots = state.service.slots()?;
        Ok(state.observe(&slots))
    }

    /// The readers that a watch saw.
    pub(crate) fn observe(&self, slots: &[Slot]) -> Result<Vec<Known>, Error> {
        Ok(self
            .0
            .lock()
            .map_err(|_| Error::ServiceUnavailable)?
            .observe(slots))
    }

    /// The service's name of the reader, looked for anew where it is not known.
    pub(crate) fn find(&self, selector: &str) -> Result<(CString, Hold), Error> {
        let mut state = self.0.lock().map_err(|_| Error::ServiceUnavailable)?;
        if let Some(found) = state.find(selector) {
            return Ok(found);
        }
        let slots = state.service.slots()?;
        state.observe(&slots);
        state.find(selector).ok_or(Error::ReaderRemoved)
    }
}

impl State {
    fn new(host: Host) -> Self {
        Self {
            host,
            service: Service::default(),
            entries: Vec::new(),
            warned: BTreeSet::new(),
        }
    }

    fn find(&self, selector: &str) -> Option<(CString, Hold)> {
        let entry = self.entries.iter().find(|entry| entry.selector() == selector)?;
        Some((entry.name.clone(), entry.hold.clone()))
    }

    fn observe(&mut self, slots: &[Slot]) -> Vec<Known> {
        self.entries
            .retain(|entry| slots.iter().any(|slot| slot.name == entry.name));
        let known = slots.iter().map(|slot| self.know(slot)).collect();
        self.warn_of_equals();
        known
    }

    /// Says, once for each model, that its readers have numbers by the order in which they were seen: nothing shows
    /// when two of them change places, and with them the counters that they stand at.
    fn warn_of_equals(&mut self) {
        for (at, one) in self.entries.iter().enumerate() {
            let equal = self.entries[..at].iter().find(|other| other.looks_like(one));
            let Some(other) = equal else { continue };
            if self.warned.insert(one.model.clone()) {
                let (one, other) = (one.selector(), other.selector());
                let line = format!(
                    "the readers {other} and {one} have no serial number: they may change places when this computer \
                     starts anew or they are re-plugged; use others where they stand at different counters"
                );
                self.host.log(LogLevel::Warn, &line);
            }
        }
    }

    fn know(&mut self, slot: &Slot) -> Known {
        let at = self.entries.iter().position(|entry| entry.name == slot.name);
        let at = at.unwrap_or_else(|| self.enter(&slot.name));
        if self.entries[at].unasked && !slot.held {
            self.ask_again(at);
        }
        let held_by_another = self.held_by_another(at, slot);
        let entry = &self.entries[at];
        Known {
            info: ReaderInfo {
                selector: entry.selector(),
                display_name: entry.display.clone(),
                model: String::new(),
                firmware: String::new(),
                capabilities: vec![Capability::NfcCard, Capability::NfcPhone],
                card_present: slot.card_present,
                unavailable: held_by_another.then_some(Error::ReaderBusy),
            },
            plug: slot.name.clone(),
            card_moves: slot.card_moves,
        }
    }

    /// Gives a new reader its selector.
    fn enter(&mut self, name: &CStr) -> usize {
        let selector::Name {
            display,
            model,
            serial,
        } = selector::read(&name.to_string_lossy());
        let (serial, unasked) = match serial {
            Some(serial) => (Some(serial), false),
            None => self.ask(name),
        };
        let ordinal = self.free_ordinal(&model, serial.as_deref());
        let hold = Hold::default();
        self.entries.push(Entry {
            name: name.to_owned(),
            model,
            serial,
            ordinal,
            display,
            unasked,
            hold,
        });
        self.entries.len() - 1
    }

    /// The lowest ordinal that no other reader of the kind has: one that was re-plugged alone gets its own again.
    fn free_ordinal(&self, model: &str, serial: Option<&str>) -> usize {
        let like = |entry: &&Entry| entry.model == model && entry.serial.as_deref() == serial;
        let taken: Vec<_> = self
            .entries
            .iter()
            .filter(like)
            .map(|entry| entry.ordinal)
            .collect();
        (0..=taken.len())
            .find(|ordinal| !taken.contains(ordinal))
            .unwrap_or(taken.len())
    }

    /// Asks the reader's driver for the serial number; says also whether to ask again later.
    fn ask(&mut self, name: &CStr) -> (Option<String>, bool) {
        match self.service.serial(name) {
            Ok(serial) => (serial.as_deref().and_then(selector::part), false),
            Err(Error::ReaderBusy) => (None, true),
            Err(_) => (None, false),
        }
    }

    fn ask_again(&mut self, at: usize) {
        let name = self.entries[at].name.clone();
        let (serial, unasked) = self.ask(&name);
        if serial.is_some() {
            let ordinal = self.free_ordinal(&self.entries[at].model, serial.as_deref());
            self.entries[at].ordinal = ordinal;
        }
        let entry = &mut self.entries[at];
        entry.serial = serial;
        entry.unasked = unasked;
    }

    /// Whether it is another program that holds the reader. A session of ours may have ended since the slot was
    /// seen; it says so only after it let go, so a second look tells.
    fn held_by_another(&mut self, at: usize, slot: &Slot) -> bool {
        if !slot.held || self.entries[at].hold.is_raised() {
            return false;
        }
        let still = |slots: Vec<Slot>| slots.iter().any(|again| again.name == slot.name && again.held);
        self.service.slots().is_ok_and(still) && !self.entries[at].hold.is_raised()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, sync_channel};

    use super::*;

    fn state() -> (State, Receiver<String>) {
        let (sender, lines) = sync_channel(8);
        let host = Host::new(move |level, line: &str| {
            assert_eq!(level, LogLevel::Warn);
            sender.send(line.to_owned()).unwrap();
        });
        (State::new(host), lines)
    }

    fn slot(name: &str) -> Slot {
        Slot {
            name: CString::new(name).unwrap(),
            card_present: false,
            held: false,
            card_moves: 0,
        }
    }

    fn see(state: &mut State, names: &[&str]) {
        let slots: Vec<_> = names.iter().map(|name| slot(name)).collect();
        assert_eq!(state.observe(&slots).len(), names.len());
    }

    #[test]
    fn equal_readers_without_serial_numbers_are_warned_of_once() {
        let (mut state, lines) = state();
        see(&mut state, &["Acme One 00 00"]);
        assert!(lines.try_recv().is_err(), "one alone keeps its number");
        see(&mut state, &["Acme One 00 00", "Acme One 01 00"]);
        let line = lines.try_recv().unwrap();
        assert!(
            line.contains("acme-one#0") && line.contains("acme-one#1"),
            "{line}"
        );
        see(&mut state, &["Acme One 01 00"]);
        see(&mut state, &["Acme One 00 00", "Acme One 01 00"]);
        assert!(lines.try_recv().is_err(), "it was said");
    }

    #[test]
    fn readers_that_can_be_told_apart_are_not_warned_of() {
        let (mut state, lines) = state();
        see(
            &mut state,
            &[
                "Acme One (1) 00 00",
                "Acme One (2) 01 00",
                "Acme Two 02 00",
                "Acme Three 03 00",
                "Acme Three 03 01",
            ],
        );
        assert!(lines.try_recv().is_err());
    }
}
