//! The thread that owns body, front and link.

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::thread::JoinHandle;
use std::time::Instant;

use zeroize::Zeroizing;

use super::outbox::Outbox;
use super::power::Power;
use super::{Input, Reply};
use crate::device::fault::{Action, Plan};
use crate::device::link::{Line, Plugged};
use crate::device::stage::State;
use crate::device::{Body, BodyEvent, DeviceFaults, Front, Link, Refused};

/// So many may wait for a change at a time.
const MAX_WAITERS: usize = 64;
/// Events in one go: a front that answers each event with the next one is cut off.
const MAX_EVENTS: usize = 256;

pub(super) struct Worker {
    pub(super) body: Body,
    pub(super) front: Box<dyn Front>,
    pub(super) link: Link,
    pub(super) plan: Plan,
    pub(super) outbox: Outbox,
    pub(super) inputs: SyncSender<Input>,
    pub(super) power: Power,
    pub(super) plugged: Option<Box<dyn Plugged>>,
    /// Rises with each plugging in: what an old link still tells is not heard.
    pub(super) plug: u64,
    pub(super) line: Option<(u64, Box<dyn Line>)>,
    /// Threads of links that were pulled. They end by themselves, at the latest with this one.
    pub(super) ending: Vec<JoinHandle<()>>,
    received: u64,
    waiters: Vec<Waiter>,
}

struct Waiter {
    after: u64,
    until: Instant,
    reply: Reply,
}

impl Worker {
    pub(super) fn new(
        body: Body,
        front: Box<dyn Front>,
        link: Link,
        faults: DeviceFaults,
        inputs: SyncSender<Input>,
    ) -> Self {
        Self {
            body,
            front,
            plan: Plan::new(faults, link.is_hid()),
            link,
            outbox: Outbox::default(),
            inputs,
            power: Power::Off { back_at: None },
            plugged: None,
            plug: 0,
            line: None,
            ending: Vec::new(),
            received: 0,
            waiters: Vec::new(),
        }
    }

    pub(super) fn run(mut self, inbox: Receiver<Input>) {
        loop {
            self.settle();
            let input = match self.next_due() {
                None => inbox.recv().ok(),
                Some(due) => match inbox.recv_timeout(due.saturating_duration_since(Instant::now())) {
                    Ok(input) => Some(input),
                    Err(RecvTimeoutError::Timeout) => continue,
                    Err(RecvTimeoutError::Disconnected) => None,
                },
            };
            if input.is_none_or(|input| self.handle(input).is_break()) {
                break;
            }
        }
        self.unplug(None);
        // Threads that wait to tell something end now.
        drop(inbox);
        for thread in self.ending.drain(..) {
            let _ended = thread.join();
        }
        tracing::debug!("twin stopped");
    }

    fn next_due(&self) -> Option<Instant> {
        let body = self.body.next_due().filter(|_| self.power.is_on());
        let waiters = self.waiters.iter().map(|waiter| waiter.until);
        [body, self.outbox.next_due(), self.power.next_due()]
            .into_iter()
            .flatten()
            .chain(waiters)
            .min()
    }

    fn handle(&mut self, input: Input) -> ControlFlow<()> {
        match input {
            Input::Connected {
                plug,
                connection,
                line,
            } if plug == self.plug => self.connected(connection, line),
            Input::Disconnected { plug, connection } if self.is_current(plug, connection) => {
                self.disconnected();
            }
            Input::Chunk {
                plug,
                connection,
                bytes,
            } if self.is_current(plug, connection) => self.receive(&bytes),
            // Of a link that was pulled, or of one whose place another took.
            Input::Connected { .. } | Input::Disconnected { .. } | Input::Chunk { .. } => {}
            Input::Act { act, reply } => {
                let done = self.act(*act);
                self.settle();
                // One who does not wait for the answer any more does not miss it.
                let _gone = reply.try_send(done.map(|()| self.state()));
            }
            Input::Watch { after, until, reply } => {
                if self.waiters.len() < MAX_WAITERS {
                    self.waiters.push(Waiter { after, until, reply });
                } else {
                    let _gone = reply.try_send(Err(Refused::TooMany));
                }
            }
            Input::CardPulled => {}
            Input::Stop => return ControlFlow::Break(()),
        }
        ControlFlow::Continue(())
    }

    fn is_current(&self, plug: u64, connection: u64) -> bool {
        plug == self.plug
            && self
                .line
                .as_ref()
                .is_some_and(|(current, _)| *current == connection)
    }

    fn connected(&mut self, connection: u64, line: Box<dyn Line>) {
        self.disconnected();
        self.line = Some((connection, line));
        self.body.change();
        if self.link.notices() {
            self.tell(BodyEvent::Connected);
        }
    }

    fn disconnected(&mut self) {
        if let Some((_, mut line)) = self.line.take() {
            line.close();
            self.outbox.clear();
            self.body.change();
            if self.link.notices() {
                self.tell(BodyEvent::Disconnected);
            }
        }
    }

    fn receive(&mut self, bytes: &Zeroizing<Vec<u8>>) {
        self.received += 1;
        let mut treated = self.plan.received(bytes);
        if let Some(by) = treated.clock_jump {
            self.body.jump_clock(by);
        }
        if let Some(action) = treated.action {
            self.happen(action);
            return;
        }
        if treated.spoil {
            self.front.spoil(&mut treated.bytes);
        }
        for _ in 0..treated.copies {
            if !self.power.is_on() {
                return;
            }
            let (plan, outbox) = (&mut self.plan, &mut self.outbox);
            self.front.receive(&treated.bytes, &mut self.body, &mut |frame| {
                outbox.push(frame, plan)
            });
            self.after_front();
        }
    }

    pub(super) fn tell(&mut self, event: BodyEvent) {
        if !self.power.is_on() {
            return;
        }
        let (plan, outbox) = (&mut self.plan, &mut self.outbox);
        self.front
            .happened(event, &mut self.body, &mut |frame| outbox.push(frame, plan));
        self.after_front();
    }

    fn after_front(&mut self) {
        let delay = self.body.slot().take_delay();
        self.outbox.delay_fresh(delay);
        if let Some(by) = self.outbox.take_clock_jump() {
            self.body.jump_clock(by);
        }
        self.flush();
        if let Some(action) = self.outbox.take_action() {
            self.happen(action);
        }
    }

    fn happen(&mut self, action: Action) {
        match action {
            Action::Unplug { back_after } => self.unplug(back_after),
            Action::Reboot { takes } => self.unplug(Some(takes)),
            Action::Freeze { lasts } => self.freeze(lasts),
        }
    }

    /// Sends what is due.
    fn flush(&mut self) {
        while self.power.is_on()
            && let Some((mut frame, spoil)) = self.outbox.pop_due(Instant::now())
        {
            if spoil {
                self.front.spoil(&mut frame);
            }
            let sent = self.line.as_mut().map(|(_, line)| line.send(&frame));
            if let Some(Err(error)) = sent {
                tracing::debug!(%error, "the line broke");
                self.disconnected();
            }
        }
    }

    /// Everything that follows from what happened, and what is due.
    fn settle(&mut self) {
        self.switch_on_when_due();
        if self.power.is_on() {
            for _ in 0..MAX_EVENTS {
                let Some(event) = self.body.take_event() else {
                    break;
                };
                self.tell(event);
                if !self.power.is_on() {
                    break;
                }
            }
            self.flush();
        }
        self.answer_waiters();
    }

    fn answer_waiters(&mut self) {
        let (now, sequence) = (Instant::now(), self.body.sequence());
        if !self
            .waiters
            .iter()
            .any(|waiter| waiter.after < sequence || waiter.until <= now)
        {
            return;
        }
        let state = self.state();
        self.waiters.retain(|waiter| {
            let done = waiter.after < sequence || waiter.until <= now;
            if done {
                let _gone = waiter.reply.try_send(Ok(state.clone()));
            }
            !done
        });
    }

    pub(super) fn state(&self) -> State {
        let mut state = self.body.state();
        state.place = self.plugged.as_ref().map(|plugged| plugged.place());
        state.connected = self.line.is_some();
        state.frozen = self.power.is_frozen();
        state.frames_in = self.received;
        state.frames_out = self.outbox.sent();
        state.faults_met = self.plan.met();
        state
    }
}
