//! What the hub knows.

use std::collections::{BTreeMap, HashMap};

use madoguchi_core::reader::{Reader, Snapshot};
use madoguchi_core::{DriverId, ReaderId, Reason};
use tokio::sync::{oneshot, watch};

use super::Change;
use super::lines::{Claim, Grant, Line};
use super::seen::Seen;
use super::slot::Slot;
use crate::connection::Connection;
use crate::status::DriverStatus;

/// Everything at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct View {
    /// The readers, for everybody.
    pub(crate) snapshot: Snapshot,
    /// How many cards were put on each reader so far.
    pub(crate) card_counts: HashMap<ReaderId, u64>,
    /// The drivers, in the order of their folders.
    pub(crate) drivers: Vec<DriverStatus>,
    /// How many readers are held.
    pub(crate) held_count: usize,
}

impl View {
    pub(crate) fn reader(&self, id: &ReaderId) -> Option<&Reader> {
        self.snapshot.readers.iter().find(|reader| reader.id == *id)
    }

    fn same_readers(&self, other: &Self) -> bool {
        self.snapshot.readers == other.snapshot.readers && self.card_counts == other.card_counts
    }

    pub(super) fn differs_from(&self, other: &Self) -> bool {
        !self.same_readers(other) || self.drivers != other.drivers || self.held_count != other.held_count
    }

    /// The sequence rises where the readers changed.
    pub(super) fn in_sequence_after(mut self, other: &Self) -> Self {
        self.snapshot.sequence = other.snapshot.sequence + u64::from(!self.same_readers(other));
        self
    }
}

/// When a reader can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum May {
    Now,
    Wait,
}

pub(super) struct State {
    slots: Vec<Slot>,
    lines: HashMap<ReaderId, Line>,
    /// Not told yet; see [`State::hand_out`].
    given_out: Vec<(ReaderId, oneshot::Receiver<()>)>,
    draining: bool,
}

impl State {
    pub(super) fn new(drivers: Vec<DriverStatus>, links: Vec<watch::Receiver<Option<Connection>>>) -> Self {
        let slots = drivers
            .into_iter()
            .zip(links)
            .map(|(status, link)| Slot::new(status, link));
        Self {
            slots: slots.collect(),
            lines: HashMap::new(),
            given_out: Vec::new(),
            draining: false,
        }
    }

    pub(super) fn change(&mut self, slot: usize, change: Change) {
        let leased = self.slots.get(slot).map_or(0, |slot| self.leased(slot));
        if let Some(slot) = self.slots.get_mut(slot) {
            slot.change(change, leased);
        }
    }

    /// How many of a driver's readers are held.
    fn leased(&self, slot: &Slot) -> usize {
        let is_held = |seen: &&Seen| self.lines.get(&seen.id).is_some_and(|line| line.is_held);
        slot.readers.iter().filter(is_held).count()
    }

    pub(super) fn lease(&mut self, id: ReaderId, reply: oneshot::Sender<Result<Grant, Reason>>) {
        if self.draining {
            drop(reply.send(Err(Reason::GatewayShuttingDown)));
            return;
        }
        let may = match self.may_have(&id) {
            Ok(may) => may,
            Err(reason) => return drop(reply.send(Err(reason))),
        };
        let line = self.lines.entry(id.clone()).or_default();
        if line.is_held || may == May::Wait {
            drop(reply.send(line.join().map(Grant::InLine)));
        } else if let Some(claim) = self.claim(&id) {
            // Where nobody waits any more the claim is dropped, which gives the reader back as ever.
            drop(reply.send(Ok(Grant::Now(claim))));
        }
    }

    /// The reader is given back.
    pub(super) fn released(&mut self, id: &ReaderId) {
        if let Some(line) = self.lines.get_mut(id) {
            line.is_held = false;
        }
    }

    /// Gives each free reader to the next in its line. Says which readers were given out since this was asked last, and
    /// what resolves when they come back.
    pub(super) fn hand_out(&mut self) -> Vec<(ReaderId, oneshot::Receiver<()>)> {
        self.lines.retain(|_, line| !line.is_idle());
        let free = self.lines.iter().filter(|(_, line)| !line.is_held);
        for id in free.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
            match self.may_have(&id) {
                Ok(May::Wait) => {}
                Ok(May::Now) => {
                    let next = self.lines.get_mut(&id).and_then(Line::next);
                    if let Some((next, claim)) = next.zip(self.claim(&id)) {
                        drop(next.send(Ok(claim)));
                    }
                }
                Err(reason) => {
                    if let Some(mut line) = self.lines.remove(&id) {
                        line.dismiss(reason);
                    }
                }
            }
        }
        std::mem::take(&mut self.given_out)
    }

    pub(super) fn drain(&mut self) {
        self.draining = true;
        for line in self.lines.values_mut() {
            line.dismiss(Reason::GatewayShuttingDown);
        }
    }

    /// Whether a reader can be had, whoever holds it now.
    fn may_have(&self, id: &ReaderId) -> Result<May, Reason> {
        let is_awaited = self.slots.iter().any(|slot| slot.awaited.contains(id));
        let refusal = match self.find(id) {
            Some((slot, _)) if slot.is_handing_over => return Ok(May::Wait),
            Some((slot, _)) if !slot.is_up => return Err(Reason::DriverFailed),
            Some((_, seen)) => match seen.reason {
                Some(reason) => reason,
                None => return Ok(May::Now),
            },
            None => Reason::ReaderNotFound,
        };
        if is_awaited { Ok(May::Wait) } else { Err(refusal) }
    }

    fn find(&self, id: &ReaderId) -> Option<(&Slot, &Seen)> {
        self.slots
            .iter()
            .find_map(|slot| Some((slot, slot.readers.iter().find(|seen| seen.id == *id)?)))
    }

    fn claim(&mut self, id: &ReaderId) -> Option<Claim> {
        let (slot, seen) = self.find(id)?;
        let (held, released) = oneshot::channel();
        let claim = Claim {
            id: id.clone(),
            selector: seen.selector.clone(),
            link: slot.link.clone(),
            _held: held,
        };
        self.lines.entry(id.clone()).or_default().is_held = true;
        self.given_out.push((id.clone(), released));
        Some(claim)
    }

    fn status(&self, slot: &Slot) -> DriverStatus {
        DriverStatus {
            leased_reader_count: self.leased(slot),
            ..slot.status.clone()
        }
    }

    /// What everybody may see.
    pub(super) fn view(&self, sequence: u64) -> View {
        let mut readers = BTreeMap::new();
        let mut card_counts = HashMap::new();
        for slot in &self.slots {
            let Ok(driver_id) = DriverId::new(slot.status.driver_id.clone()) else {
                continue;
            };
            for seen in &slot.readers {
                let is_held = self.lines.get(&seen.id).is_some_and(|line| line.is_held);
                let reader = slot.reader(&driver_id, seen, is_held);
                // Two drivers whose ids and selectors add up to one name: the first one has it.
                readers.entry(seen.id.clone()).or_insert(reader);
                let earlier = slot.earlier_cards.of(&seen.id);
                card_counts
                    .entry(seen.id.clone())
                    .or_insert(earlier + seen.card_count);
            }
        }
        View {
            snapshot: Snapshot {
                sequence,
                readers: readers.into_values().collect(),
            },
            card_counts,
            drivers: self.slots.iter().map(|slot| self.status(slot)).collect(),
            held_count: self.lines.values().filter(|line| line.is_held).count(),
        }
    }
}

#[cfg(test)]
mod tests;
