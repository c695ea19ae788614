//! What was asked and what has come. It knows no socket and waits for nothing.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use madoguchi_driver_api::Error;

use super::{FIRST_BEAT, MAX_NOTES, MAX_STOPPED, MAX_UNITS, Reply};
use crate::codec::{Frame, Message};
use crate::commands::Note;
use crate::commands::open::{Hello, Unit};
use crate::error::protocol;

/// The state of a connection.
#[derive(Debug)]
pub(super) struct Table {
    requests: BTreeMap<u32, Request>,
    /// Called off and not yet answered.
    stopped: VecDeque<u32>,
    /// What the devices said unasked, for whoever listens to them.
    notes: BTreeMap<u32, VecDeque<Note>>,
    hello: Option<Hello>,
    /// The devices that are plugged in, once the service listed them.
    units: Option<Vec<Unit>>,
    /// What came after the list and before it was read.
    early: VecDeque<(Option<u32>, Note)>,
    lost: Option<Error>,
}

#[derive(Debug, Default)]
struct Request {
    reply: Option<Reply>,
    notes: VecDeque<Note>,
}

impl Table {
    pub(super) const fn new() -> Self {
        Self {
            requests: BTreeMap::new(),
            stopped: VecDeque::new(),
            notes: BTreeMap::new(),
            hello: None,
            units: None,
            early: VecDeque::new(),
            lost: None,
        }
    }

    /// Why the connection is of no use any more, where it is not.
    pub(super) const fn lost(&self) -> Option<&Error> {
        self.lost.as_ref()
    }

    /// It is of no use any more. The first reason counts.
    pub(super) fn lose(&mut self, why: Error) {
        self.lost.get_or_insert(why);
    }

    pub(super) const fn hello(&self) -> Option<&Hello> {
        self.hello.as_ref()
    }

    pub(super) fn beat(&self) -> Duration {
        self.hello.as_ref().map_or(FIRST_BEAT, Hello::beat)
    }

    pub(super) fn units(&self) -> &[Unit] {
        self.units.as_deref().unwrap_or_default()
    }

    /// The service listed its devices.
    pub(super) fn list(&mut self, units: Vec<Unit>) -> Result<(), Error> {
        if units.len() > MAX_UNITS {
            return Err(protocol("more devices than any service has"));
        }
        self.units = Some(units);
        for (device, note) in std::mem::take(&mut self.early) {
            self.note(device, note)?;
        }
        Ok(())
    }

    /// A request is about to be sent.
    pub(super) fn ask(&mut self, id: u32) {
        self.requests.insert(id, Request::default());
    }

    /// It is not waited for any more, and nothing is to come.
    pub(super) fn forget(&mut self, id: u32) {
        self.requests.remove(&id);
    }

    /// It is called off: its answer may still come, once.
    pub(super) fn stop(&mut self, id: u32) -> Result<(), Error> {
        if self
            .requests
            .remove(&id)
            .is_some_and(|request| request.reply.is_none())
        {
            if self.stopped.len() >= MAX_STOPPED {
                return Err(Error::ServiceUnavailable);
            }
            self.stopped.push_back(id);
        }
        Ok(())
    }

    pub(super) fn is_stopping(&self, id: u32) -> bool {
        self.stopped.contains(&id)
    }

    /// The next note that belongs to a request.
    pub(super) fn take_its_note(&mut self, id: u32) -> Option<Note> {
        self.requests.get_mut(&id)?.notes.pop_front()
    }

    /// What a request came to. All its notes were taken before.
    pub(super) fn take_reply(&mut self, id: u32) -> Option<Reply> {
        let reply = self.requests.get_mut(&id)?.reply.take()?;
        self.requests.remove(&id);
        Some(reply)
    }

    /// The next thing that a device said unasked.
    pub(super) fn take_note(&mut self, device: u32) -> Option<Note> {
        self.notes.get_mut(&device)?.pop_front()
    }

    pub(super) fn has_note(&self, device: u32) -> bool {
        self.notes.get(&device).is_some_and(|notes| !notes.is_empty())
    }

    /// Takes a message in.
    ///
    /// # Errors
    /// [`Error::Protocol`]: the connection is of no use any more.
    pub(super) fn hear(&mut self, frame: Frame) -> Result<(), Error> {
        match Message::parse(frame.as_bytes())? {
            Message::Ok { id, .. } | Message::No { id, .. } => self.answer(id, frame),
            Message::Note {
                name,
                of,
                device,
                with,
            } => match (Note::parse(name, with)?, of, device) {
                (None, ..) => Ok(()),
                // One that belongs to what was called off comes too late.
                (Some(note), Some(id), _) => match self.requests.get_mut(&id) {
                    Some(request) => keep(&mut request.notes, note),
                    None => Ok(()),
                },
                (Some(note), None, device) => self.note(device, note),
            },
        }
    }

    fn answer(&mut self, id: u32, frame: Frame) -> Result<(), Error> {
        if let Some(request) = self.requests.get_mut(&id)
            && request.reply.is_none()
        {
            request.reply = Some(Reply::new(frame));
            return Ok(());
        }
        match self.stopped.iter().position(|stopped| *stopped == id) {
            Some(at) => {
                self.stopped.remove(at);
                Ok(())
            }
            None => Err(protocol("an answer to nothing, or a second one")),
        }
    }

    fn note(&mut self, device: Option<u32>, note: Note) -> Result<(), Error> {
        let Some(units) = &mut self.units else {
            return match note {
                Note::Hello(hello) if self.hello.is_none() => {
                    self.hello = Some(hello);
                    Ok(())
                }
                note => keep(&mut self.early, (device, note)),
            };
        };
        match (note, device) {
            (Note::Attached(unit), None) => {
                units.retain(|known| known.handle != unit.handle);
                if units.len() >= MAX_UNITS {
                    return Err(protocol("more devices than any service has"));
                }
                units.push(*unit);
                Ok(())
            }
            (Note::Detached { handle }, None) => {
                units.retain(|known| known.handle != handle);
                self.notes.remove(&handle);
                Ok(())
            }
            (note, Some(device)) => {
                let known = units.iter_mut().find(|unit| unit.handle == device);
                let Some(unit) = known else {
                    // Its last words.
                    return Ok(());
                };
                if let Note::Card { present } = note {
                    unit.card = present;
                }
                let notes = self.notes.entry(device).or_default();
                // The latest ones say how it is now.
                if notes.len() >= MAX_NOTES {
                    notes.pop_front();
                }
                notes.push_back(note);
                Ok(())
            }
            _ => Err(protocol("a note that has no place there")),
        }
    }
}

/// A note that waits.
fn keep<T>(notes: &mut VecDeque<T>, note: T) -> Result<(), Error> {
    if notes.len() >= MAX_NOTES {
        return Err(protocol("more notes than anybody can use"));
    }
    notes.push_back(note);
    Ok(())
}

#[cfg(test)]
mod tests;
