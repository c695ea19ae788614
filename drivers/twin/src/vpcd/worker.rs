//! The thread that owns the card and its connection.

use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError};
use std::time::{Duration, Instant};

use super::Pulled;
use super::connection::{Connection, Received};
use super::signs::Signs;
use crate::line::{Line, Reply};
use crate::{Faults, Report, VirtualCard};

/// A vpcd that is not there is tried again after this, then after twice as long, and so on.
const FIRST_RETRY: Duration = Duration::from_millis(10);
const LAST_RETRY: Duration = Duration::from_millis(250);

const OFF: u8 = 0;
const ON: u8 = 1;
const RESET: u8 = 2;
const ATR: u8 = 4;

pub(super) enum Request {
    Insert,
    Remove,
    Replace(Box<VirtualCard>),
    SetFaults(Faults),
    Authorize(SyncSender<bool>),
    Arm,
    Report,
    Stop,
}

pub(super) struct Control {
    pub(super) request: Request,
    pub(super) answer: SyncSender<Report>,
}

pub(super) struct Worker {
    addr: SocketAddr,
    line: Line,
    inserted: bool,
    /// Set by a fault: the card lies there and says nothing.
    hangs: bool,
    connection: Option<Connection>,
    retry: Duration,
    requests: Receiver<Control>,
    signs: Signs,
    pulled: Option<Pulled>,
}

impl Worker {
    pub(super) const fn new(
        addr: SocketAddr,
        line: Line,
        inserted: bool,
        requests: Receiver<Control>,
        signs: Signs,
        pulled: Option<Pulled>,
    ) -> Self {
        Self {
            addr,
            line,
            inserted,
            hangs: false,
            connection: None,
            retry: FIRST_RETRY,
            requests,
            signs,
            pulled,
        }
    }

    pub(super) fn run(mut self) {
        while self.step().is_continue() {}
        self.inserted = false;
        self.line.card.power_off();
        self.show();
        tracing::debug!("virtual card stopped");
    }

    fn step(&mut self) -> ControlFlow<()> {
        match self.requests.try_recv() {
            Ok(control) => return self.obey(control),
            Err(TryRecvError::Disconnected) => return ControlFlow::Break(()),
            Err(TryRecvError::Empty) => {}
        }
        if !self.inserted {
            return match self.requests.recv() {
                Ok(control) => self.obey(control),
                Err(_) => ControlFlow::Break(()),
            };
        }
        let Some(connection) = &mut self.connection else {
            return self.connect();
        };
        match connection.receive() {
            Received::Frame(frame) => return self.frame(&frame),
            Received::Nothing => {}
            Received::Closed => {
                tracing::debug!("vpcd closed the connection");
                self.disconnect();
            }
        }
        ControlFlow::Continue(())
    }

    fn connect(&mut self) -> ControlFlow<()> {
        match Connection::open(self.addr) {
            Ok(connection) => {
                tracing::debug!(addr = %self.addr, "card put on");
                self.connection = Some(connection);
                self.retry = FIRST_RETRY;
                ControlFlow::Continue(())
            }
            Err(error) => {
                tracing::debug!(addr = %self.addr, %error, "vpcd is not there");
                let pause = self.retry;
                self.retry = (self.retry * 2).min(LAST_RETRY);
                self.wait(pause)
            }
        }
    }

    /// A control changes the power; an ATR request and an APDU are answered.
    fn frame(&mut self, frame: &[u8]) -> ControlFlow<()> {
        let card = &mut self.line.card;
        match *frame {
            _ if self.hangs => {}
            [] => {}
            [OFF] => {
                card.power_off();
                self.show();
            }
            [RESET] => card.reset(),
            [ON] => {
                card.power_on();
                self.show();
            }
            [ATR] => self.send(&crate::card::ATR),
            [_] => {}
            ref command => return self.command(command),
        }
        ControlFlow::Continue(())
    }

    fn command(&mut self, command: &[u8]) -> ControlFlow<()> {
        let (delay, reply) = self.line.exchange(command);
        self.show();
        if !delay.is_zero() {
            self.wait(delay)?;
        }
        match reply {
            Reply::Answer(answer) => self.send(&answer),
            Reply::Pulled => {
                self.take_off();
                if let Some(pulled) = &self.pulled {
                    pulled();
                }
            }
            // Half a status word: pcscd calls that a success, the card stays where it is.
            Reply::Lost => {
                self.line.card.power_off();
                self.show();
                self.send(&[0x00]);
            }
            Reply::Hangs => self.hangs = true,
        }
        ControlFlow::Continue(())
    }

    /// Sends, unless the card was taken off while the answer was delayed.
    fn send(&mut self, answer: &[u8]) {
        if let Some(connection) = &mut self.connection
            && connection.send(answer).is_err()
        {
            self.disconnect();
        }
    }

    /// Lets time pass and obeys meanwhile; taking the card off ends it.
    fn wait(&mut self, pause: Duration) -> ControlFlow<()> {
        let until = Instant::now() + pause;
        while self.inserted {
            match self
                .requests
                .recv_timeout(until.saturating_duration_since(Instant::now()))
            {
                Ok(control) => self.obey(control)?,
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return ControlFlow::Break(()),
            }
        }
        ControlFlow::Continue(())
    }

    fn obey(&mut self, Control { request, answer }: Control) -> ControlFlow<()> {
        match request {
            Request::Insert if self.inserted => {}
            Request::Insert => {
                self.inserted = true;
                self.retry = FIRST_RETRY;
                self.line.inserted();
                self.show();
            }
            Request::Remove => self.take_off(),
            Request::Replace(card) => {
                self.take_off();
                self.line = Line::new(*card, self.line.faults);
            }
            Request::SetFaults(faults) => self.line.faults = faults,
            Request::Authorize(done) => {
                let _gone = done.try_send(self.line.card.authorize());
            }
            Request::Arm => self.line.card.arm(),
            Request::Report => {}
            Request::Stop => return ControlFlow::Break(()),
        }
        // One who does not wait for the answer any more does not miss it.
        let _gone = answer.try_send(self.line.report(self.inserted, self.connection.is_some()));
        ControlFlow::Continue(())
    }

    fn take_off(&mut self) {
        self.inserted = false;
        self.disconnect();
    }

    fn disconnect(&mut self) {
        self.connection = None;
        self.hangs = false;
        self.line.card.power_off();
        self.show();
    }

    fn show(&self) {
        let powered = self.line.card.is_powered();
        self.signs.set(self.inserted, powered, self.line.sum());
    }
}
