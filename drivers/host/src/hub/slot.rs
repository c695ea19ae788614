//! What is known of one driver and its readers, and what a change makes of it.

use std::iter::once;

use madoguchi_core::reader::{Reader, State as ReaderState};
use madoguchi_core::{DriverId, ReaderId, Reason};
use time::OffsetDateTime;
use tokio::sync::watch;

use super::Change;
use super::earlier::Earlier;
use super::seen::{self, Seen};
use crate::connection::Connection;
use crate::plugin::Refused;
use crate::status::{DriverState, DriverStatus};
use crate::wire::MAX_READERS;

/// A driver and its readers.
pub(super) struct Slot {
    pub(super) status: DriverStatus,
    pub(super) link: watch::Receiver<Option<Connection>>,
    pub(super) readers: Vec<Seen>,
    /// Those that left since the process began, with what it counted on them: it goes on where they come back.
    departed: Vec<Seen>,
    /// Cards of the lives before this one.
    pub(super) earlier_cards: Earlier,
    /// Touches of the lives before this one.
    earlier_touches: Earlier,
    /// Whether it is ready: otherwise its readers cannot be used.
    pub(super) is_up: bool,
    /// Whether another process is taking over: who wants a reader waits for it.
    pub(super) is_handing_over: bool,
    /// The readers that the process before had, while the one that took over may still be finding them.
    pub(super) awaited: Vec<ReaderId>,
}

impl Slot {
    pub(super) fn new(status: DriverStatus, link: watch::Receiver<Option<Connection>>) -> Self {
        Self {
            status,
            link,
            readers: Vec::new(),
            departed: Vec::new(),
            earlier_cards: Earlier::default(),
            earlier_touches: Earlier::default(),
            is_up: false,
            is_handing_over: false,
            awaited: Vec::new(),
        }
    }

    pub(super) fn change(&mut self, change: Change, leased: usize) {
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

    pub(super) fn reader(&self, driver_id: &DriverId, seen: &Seen, is_held: bool) -> Reader {
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
