//! Atlas' EXC-9200 and the reader service on the PC that leads its visits, after `drivers/atlas/PROTOCOL.md` and nothing
//! else.
//!
//! A twin of this maker is a service with one device. [`AtlasService`] stands before several and makes them one service.

mod chip;
mod cutter;
mod features;
mod service;
mod steps;
mod visit;
mod wire;
mod words;

pub use service::{AtlasService, Member};

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use madoguchi_core::screen::FaceOutcome;
use serde_json::json;

use super::{ChipSlot, Maker, Plug};
use crate::device::{Body, BodyEvent, Front, Identity};
use cutter::{Cutter, framed};
use visit::Visit;
use wire::{Said, code};

/// The maker's line of the table.
pub(super) const MAKER: Maker = Maker {
    name: "atlas",
    plug: Plug::Tcp { token: Some(TOKEN) },
    chip: ChipSlot::Own,
    identity: features::identity,
    front,
};

/// The session token of every twin.
pub const TOKEN: &str = "exc-9200-twin";

/// How often the service says something.
const BEAT: Duration = Duration::from_millis(300);
/// Who was silent for so many beats is gone.
const MISSED_BEATS: u32 = 3;
/// How long the service waits for one act of the patient.
const PATIENCE: Duration = Duration::from_secs(180);
/// After so long a card that does not answer never will.
const CARD_PATIENCE: Duration = Duration::from_secs(5);
/// The one device of the service.
const HANDLE: u32 = 1;

fn front(_: &Identity) -> Box<dyn Front> {
    Box::new(Atlas::new(PATIENCE))
}

/// The same service with another patience for the patient.
#[must_use]
pub fn with_patience(patience: Duration) -> Box<dyn Front> {
    Box::new(Atlas::new(patience))
}

/// What the service remembers.
struct Atlas {
    patience: Duration,
    instance: String,
    client: Option<Client>,
}

/// Who is connected.
struct Client {
    cutter: Cutter,
    /// It said something that cannot be: nothing it says is heard any more, and it is told nothing.
    deaf: bool,
    open: bool,
    protocol: u32,
    last_id: u32,
    running: Option<Running>,
    heard: Instant,
    said: Instant,
}

/// A request that is not answered yet.
struct Running {
    id: u32,
    until: Instant,
    what: What,
}

/// What its answer waits for.
enum What {
    Button,
    Digits,
    Face,
    /// A card that will not answer.
    Silent,
    Visit(Box<Visit>),
}

impl Client {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            cutter: Cutter::default(),
            deaf: false,
            open: false,
            protocol: 0,
            last_id: 0,
            running: None,
            heard: now,
            said: now,
        }
    }

    /// When something is due.
    fn due(&self, patience: Duration) -> Instant {
        let running = self.running.iter().flat_map(|running| {
            let visit = match &running.what {
                What::Visit(visit) => Some(visit.acted() + patience),
                _ => None,
            };
            std::iter::once(running.until).chain(visit)
        });
        [self.said + BEAT, self.heard + BEAT * MISSED_BEATS]
            .into_iter()
            .chain(running)
            .min()
            .unwrap_or(self.said)
    }
}

impl Atlas {
    fn new(patience: Duration) -> Self {
        Self {
            patience,
            instance: instance(),
            client: None,
        }
    }

    /// Somebody connected.
    fn greet(&mut self, body: &mut Body, out: &mut dyn FnMut(&[u8])) {
        self.leave(body);
        self.client = Some(Client::new());
        let hello = json!({"note": "hello", "with": {
            "service": "Atlas Reader Service",
            "version": "5.2.1",
            "instance": self.instance,
            "protocol": {"min": 2, "max": 3},
            "beat_ms": u64::try_from(BEAT.as_millis()).unwrap_or_default(),
        }});
        out(&framed(&hello));
    }

    /// Whoever was connected is gone: nothing goes on.
    fn leave(&mut self, body: &mut Body) {
        if self.client.take().is_some() {
            body.clear();
            body.slot().power_off();
        }
    }

    /// Nothing that this client says is heard any more. A service would hang up.
    fn turn_deaf(&mut self, body: &mut Body) {
        if let Some(client) = &mut self.client {
            tracing::debug!("the client is not listened to any more");
            client.deaf = true;
            client.running = None;
            body.clear();
            body.slot().power_off();
        }
    }

    /// What is due now.
    fn look_at_the_time(&mut self, body: &mut Body, out: &mut dyn FnMut(&[u8])) {
        let now = Instant::now();
        let patience = self.patience;
        let Some(client) = self.client.as_mut().filter(|client| !client.deaf) else {
            return;
        };
        if client.heard + BEAT * MISSED_BEATS <= now {
            return self.turn_deaf(body);
        }
        if client.said + BEAT <= now {
            client.said = now;
            out(&framed(&json!({"note": "beat"})));
        }
        let Some(running) = &mut client.running else {
            return;
        };
        if running.until <= now {
            let code = match running.what {
                What::Silent => code::CARD_MUTE,
                _ => code::WAITED,
            };
            self.stop(code, body, out);
        } else if let What::Visit(visit) = &mut running.what
            && visit.acted() + patience <= now
        {
            let outcome = visit.give_up(body);
            self.finish(Ok(outcome), out);
        }
    }

    /// Ends what runs, and answers it with that code.
    fn stop(&mut self, code: u32, body: &mut Body, out: &mut dyn FnMut(&[u8])) {
        let Some(running) = self.client.as_mut().and_then(|client| client.running.as_mut()) else {
            return;
        };
        body.clear();
        if matches!(running.what, What::Visit(_)) {
            body.slot().power_off();
        }
        self.finish(Err(code), out);
    }

    /// Answers what runs.
    fn finish(&mut self, answer: Result<serde_json::Value, u32>, out: &mut dyn FnMut(&[u8])) {
        if let Some(client) = &mut self.client
            && let Some(running) = client.running.take()
        {
            client.answer(running.id, answer, out);
        }
    }

    /// What happened, to whatever runs.
    fn act(&mut self, event: BodyEvent, body: &mut Body, out: &mut dyn FnMut(&[u8])) {
        let Some(client) = &mut self.client else {
            return;
        };
        let Some(running) = &mut client.running else {
            return;
        };
        let answer = match (&mut running.what, event) {
            (What::Visit(visit), event) => {
                let outcome = visit.happened(event, body);
                for stage in visit.take_stages() {
                    let note = json!({"note": "progress", "device": HANDLE, "of": running.id, "with": {"stage": stage}});
                    out(&framed(&note));
                }
                outcome.map(Ok)
            }
            (What::Button, BodyEvent::Pressed(answer)) => {
                body.clear();
                wire::key(&answer).map(|key| Ok(json!({"pressed": key})))
            }
            (What::Button, BodyEvent::Quit) => {
                body.clear();
                Some(Ok(json!({"pressed": "quit"})))
            }
            (What::Digits, BodyEvent::Pin(digits)) => {
                let id = running.id;
                client.running = None;
                client.said = Instant::now();
                out(&wire::digits(id, &digits));
                None
            }
            (What::Digits, BodyEvent::PinCancelled | BodyEvent::Quit) => Some(Ok(json!({}))),
            (What::Face, BodyEvent::Face(outcome)) => Some(Ok(json!({"face": outcome}))),
            (What::Face, BodyEvent::Quit) => Some(Ok(json!({"face": FaceOutcome::Declined}))),
            (What::Face, BodyEvent::FaceNoCard) if body.card_present() => Some(Err(code::CARD_RESET)),
            (What::Face, BodyEvent::FaceNoCard) | (What::Silent, BodyEvent::CardOut) => {
                Some(Err(code::CARD_REMOVED))
            }
            _ => None,
        };
        if let Some(answer) = answer {
            self.finish(answer, out);
        }
    }

    /// What the client is told in any case.
    fn tell(&mut self, event: &BodyEvent, out: &mut dyn FnMut(&[u8])) {
        let Some(client) = self.client.as_mut().filter(|client| client.open && !client.deaf) else {
            return;
        };
        let note = match event {
            BodyEvent::CardIn => json!({"note": "card", "device": HANDLE, "with": {"present": true}}),
            BodyEvent::CardOut => json!({"note": "card", "device": HANDLE, "with": {"present": false}}),
            BodyEvent::Touched if client.running.is_none() => json!({"note": "touched", "device": HANDLE}),
            _ => return,
        };
        client.said = Instant::now();
        out(&framed(&note));
    }

    fn schedule(&self, body: &mut Body) {
        match &self.client {
            Some(client) if !client.deaf => {
                let due = client.due(self.patience);
                body.wake_in(due.saturating_duration_since(Instant::now()));
            }
            _ => body.sleep_on(),
        }
    }
}

impl Front for Atlas {
    fn receive(&mut self, bytes: &[u8], body: &mut Body, out: &mut dyn FnMut(&[u8])) {
        let Some(client) = self.client.as_mut().filter(|client| !client.deaf) else {
            return;
        };
        client.heard = Instant::now();
        client.cutter.push(bytes);
        while let Some(client) = self.client.as_mut().filter(|client| !client.deaf) {
            let heard = match client.cutter.next() {
                Ok(Some(message)) => match Said::parse(&message) {
                    Some(said) => self.hear(&said, body, out),
                    None => Err(wire::Nonsense),
                },
                Ok(None) => break,
                Err(cutter::Lost) => Err(wire::Nonsense),
            };
            if heard.is_err() {
                self.turn_deaf(body);
            }
        }
        self.schedule(body);
    }

    fn happened(&mut self, event: BodyEvent, body: &mut Body, out: &mut dyn FnMut(&[u8])) {
        match event {
            BodyEvent::Connected => self.greet(body, out),
            BodyEvent::Disconnected => self.leave(body),
            BodyEvent::Woke => self.look_at_the_time(body, out),
            event => {
                self.tell(&event, out);
                self.act(event, body, out);
            }
        }
        self.schedule(body);
    }

    fn reboot(&mut self) {
        self.client = None;
        self.instance = instance();
    }

    /// There is no checksum; the last brace stands for one.
    fn spoil(&self, frame: &mut [u8]) {
        if let Some(byte) = frame.last_mut() {
            *byte ^= 0x01;
        }
    }
}

/// Another one after each start of the service, also of the program.
fn instance() -> String {
    static STARTS: AtomicU32 = AtomicU32::new(1);
    let start = STARTS.fetch_add(1, Ordering::Relaxed);
    let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
    format!("{:x}-{start:x}", since.as_nanos())
}

#[cfg(test)]
mod tests;
