//! What the hub knows.

use std::collections::{BTreeMap, HashMap};
use std::iter::once;

use madoguchi_core::reader::{Reader, Snapshot, State as ReaderState};
use madoguchi_core::{DriverId, ReaderId, Reason};
use time::OffsetDateTime;
use tokio::sync::{oneshot, watch};

use super::Change;
use super::earlier::Earlier;
use super::lines::{Claim, Grant, Line};
use super::seen::{self, Seen};
use crate::connection::Connection;
use crate::plugin::Refused;
use crate::status::{DriverState, DriverStatus};
use crate::wire::MAX_READERS;

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

/// A driver and its readers.
struct Slot {
    status: DriverStatus,
    link: watch::Receiver<Option<Connection>>,
    readers: Vec<Seen>,
    /// Those that left since the process began, with what it counted on them: it goes on where they come back.
    departed: Vec<Seen>,
    /// Cards of the lives before this one.
    earlier_cards: Earlier,
    /// Touches of the lives before this one.
    earlier_touches: Earlier,
    /// Whether it is ready: otherwise its readers cannot be used.
    is_up: bool,
    /// Whether another process is taking over: who wants a reader waits for it.
    is_handing_over: bool,
    /// The readers that the process before had, while the one that took over may still be finding them.
    awaited: Vec<ReaderId>,
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
        let slots = drivers.into_iter().zip(links).map(|(status, link)| Slot {
            status,
            link,
            readers: Vec::new(),
            departed: Vec::new(),
            earlier_cards: Earlier::default(),
            earlier_touches: Earlier::default(),
            is_up: false,
            is_handing_over: false,
            awaited: Vec::new(),
        });
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

impl Slot {
    fn change(&mut self, change: Change, leased: usize) {
        match change {
            Change::Starting => self.status.state = DriverState::Starting,
            Change::Readers(readers) => {
                let before =
                    std::mem::replace(&mut self.readers, seen::checked(&self.status.driver_id, readers));
                self.departed.extend(before);
                let here = &self.readers;
                self.departed
                    .retain(|gone| here.iter().all(|seen| seen.id != gone.id));
                let over = self.departed.len().saturating_sub(MAX_READERS);
                for gone in self.departed.drain(..over) {
                    self.earlier_cards.add(once((&gone.id, gone.card_count)));
                    self.earlier_touches.add(once((&gone.id, gone.touch_count)));
                }
                self.status.reader_count = self.readers.len();
            }
            Change::Ready {
                manifest,
                signed_by,
                abi_version,
                process_id,
                start_took,
            } => {
                self.status.describe(&manifest);
                self.status.signed_by = signed_by.unwrap_or_default();
                self.status.restart_count += u32::from(self.status.ready_time.is_some());
                self.status.state = DriverState::Ready;
                self.status.abi_version = abi_version;
                self.status.process_id = process_id;
                self.status.failed_phase = None;
                self.status.problem = None;
                self.status.ready_time = Some(OffsetDateTime::now_utc());
                self.status.start_took = Some(start_took);
                self.status.settled = true;
                self.is_up = true;
                self.is_handing_over = false;
            }
            Change::Upgrading(done) => {
                if self.is_up {
                    self.status.failed_phase = None;
                    self.status.problem = None;
                }
                // Who does not wait for it need not know.
                let _gone = done.send(());
            }
            Change::Draining => self.status.state = DriverState::Draining,
            // Where nobody waits for the answer any more, nobody takes over.
            Change::MayTakeOver(answer) => {
                self.is_handing_over = answer.send(leased == 0).is_ok() && leased == 0;
            }
            Change::Replacing => {
                self.awaited = self.readers.iter().map(|seen| seen.id.clone()).collect();
                self.status.state = DriverState::Starting;
                self.status.process_id = None;
                self.end_counts();
            }
            Change::TakenOver => self.awaited.clear(),
            Change::NotReplaced(problem) => {
                self.is_handing_over = false;
                self.status.state = DriverState::Ready;
                self.status.failed_phase = Some(problem.phase());
                self.status.problem = Some(problem.to_string());
            }
            Change::Measured(bytes) => self.status.peak_memory_bytes = bytes,
            Change::Down => self.down(DriverState::Starting),
            Change::BackingOff(problem) => {
                self.down(DriverState::BackingOff);
                self.status.failed_phase = problem.as_ref().map(crate::plugin::Problem::phase);
                self.status.problem = problem.map(|problem| problem.to_string());
                self.status.settled = true;
            }
            Change::Refused(refused) => self.refuse(&refused),
            Change::Stopping => {
                self.down(DriverState::Stopping);
                self.status.settled = true;
            }
            Change::Stopped => {
                self.readers.clear();
                self.status.reader_count = 0;
            }
        }
    }

    fn refuse(&mut self, refused: &Refused) {
        self.down(DriverState::Refused);
        if let Some(manifest) = &refused.manifest {
            self.status.describe(manifest);
        }
        self.status.failed_phase = Some(refused.phase());
        self.status.problem = Some(refused.problem.to_string());
        self.status.settled = true;
        // Nobody starts it again by itself, so its readers are not to be waited for.
        self.readers.clear();
        self.status.reader_count = 0;
    }

    /// The process is gone; its readers stay in sight, so that staff see what is missing.
    fn down(&mut self, state: DriverState) {
        self.status.state = state;
        self.status.process_id = None;
        self.status.abi_version = 0;
        self.is_up = false;
        self.is_handing_over = false;
        self.awaited.clear();
        self.end_counts();
        for seen in &mut self.readers {
            seen.card_present = false;
        }
    }

    /// The next process counts anew.
    fn end_counts(&mut self) {
        let all = self.readers.iter().chain(&self.departed);
        self.earlier_cards
            .add(all.clone().map(|seen| (&seen.id, seen.card_count)));
        self.earlier_touches
            .add(all.map(|seen| (&seen.id, seen.touch_count)));
        for seen in &mut self.readers {
            seen.card_count = 0;
            seen.touch_count = 0;
        }
        self.departed.clear();
    }

    fn reader(&self, driver_id: &DriverId, seen: &Seen, is_held: bool) -> Reader {
        // While another process takes over, a lease waits: for everybody the reader is as it was.
        let reason = if self.is_up {
            seen.reason
        } else {
            Some(Reason::DriverFailed)
        };
        Reader {
            id: seen.id.clone(),
            driver_id: driver_id.clone(),
            display_name: seen.display_name.clone(),
            model: seen.model.clone(),
            firmware: seen.firmware.clone(),
            capabilities: seen.capabilities.clone(),
            state: match reason {
                Some(_) => ReaderState::Unavailable,
                None if is_held => ReaderState::Leased,
                None => ReaderState::Ready,
            },
            card_present: seen.card_present,
            touch_count: self.earlier_touches.of(&seen.id) + seen.touch_count,
            reason,
            out_of_service: None,
        }
    }
}

#[cfg(test)]
mod tests;
