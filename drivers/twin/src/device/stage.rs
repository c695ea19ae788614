//! The way to act on a device and to see it, for tests, scripts and people.

mod act;
mod cards;
mod client;
mod server;
mod state;
pub(super) mod wire;

use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use super::twin::{Input, Reply};
use super::{CardKind, Refused};
use crate::Faults;
use cards::Cards;

pub use act::{Act, Insert, Typed};
pub use client::{ClientError, StageClient};
pub(super) use server::Server;
pub use server::ServerError;
pub use state::{CardState, PinState, State};

/// How long a device may take for an act. It does each at once; a card on a vpcd asks its thread.
const ACT_TIMEOUT: Duration = Duration::from_secs(30);
/// What a waiter is answered later than it wished, at most.
const GRACE: Duration = Duration::from_secs(5);

/// One who acts on a device: a [`Stage`] in the same process, or a [`StageClient`] elsewhere.
pub trait Acts: Send {
    /// What went wrong.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Does something to the device; the state is the one after it, and after the front reacted.
    ///
    /// # Errors
    /// Where it came to nothing.
    fn act(&mut self, act: Act) -> Result<State, Self::Error>;

    /// The state as soon as its [`State::sequence`] is beyond that, at the latest after the time.
    ///
    /// # Errors
    /// Where the device is gone.
    fn watch(&mut self, after: u64, timeout: Duration) -> Result<State, Self::Error>;

    /// Whether the act came to nothing because the device shows something else by now, has no power, or the like; else
    /// the device is gone for good.
    fn is_refusal(error: &Self::Error) -> bool;
}

/// Acts on a device of this process. Cheap to clone.
#[derive(Clone)]
pub struct Stage {
    inputs: SyncSender<Input>,
    cards: Cards,
}

impl Stage {
    pub(super) fn new(inputs: SyncSender<Input>) -> Result<Self, crate::Error> {
        Ok(Self {
            inputs,
            cards: Cards::new()?,
        })
    }

    /// Does something to the device; the state is the one after it, and after the front reacted.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn act(&self, mut act: Act) -> Result<State, Refused> {
        if let Act::Insert(insert) | Act::InsertBeside(insert) = &mut act
            && insert.kind.is_none()
        {
            // Here and not on the device's thread: a certificate takes its time.
            insert.kind = Some(self.cards.of(&insert.persona, insert.armed_ms)?);
        }
        let act = Box::new(act);
        self.ask(ACT_TIMEOUT, |reply| Input::Act { act, reply })
    }

    /// The state now.
    ///
    /// # Errors
    /// [`Refused::Ended`].
    pub fn state(&self) -> Result<State, Refused> {
        self.act(Act::Look)
    }

    /// The state as soon as its [`State::sequence`] is beyond that, at the latest after the time.
    ///
    /// # Errors
    /// [`Refused::Ended`], [`Refused::TooMany`].
    pub fn watch(&self, after: u64, timeout: Duration) -> Result<State, Refused> {
        let until = Instant::now() + timeout;
        self.ask(timeout + GRACE, |reply| Input::Watch { after, until, reply })
    }

    /// Waits until the state is as wished; none where it was not within the time.
    ///
    /// # Errors
    /// [`Refused::Ended`], [`Refused::TooMany`].
    pub fn wait_for(
        &self,
        timeout: Duration,
        wished: impl Fn(&State) -> bool,
    ) -> Result<Option<State>, Refused> {
        let until = Instant::now() + timeout;
        let mut state = self.state()?;
        loop {
            if wished(&state) {
                return Ok(Some(state));
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            state = self.watch(state.sequence, left)?;
        }
    }

    /// Puts a persona's card on, or holds its phone to the device. The card remembers its tries while it is away.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn insert(&self, persona: &str) -> Result<State, Refused> {
        self.act(Act::insert(persona))
    }

    /// Puts that card on, under that name.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn insert_card(&self, name: &str, kind: CardKind, faults: Faults) -> Result<State, Refused> {
        self.act(Act::Insert(Insert {
            persona: name.to_owned(),
            faults,
            fresh: true,
            armed_ms: None,
            kind: Some(kind),
        }))
    }

    fn ask(&self, timeout: Duration, input: impl FnOnce(Reply) -> Input) -> Result<State, Refused> {
        let (reply, answer) = sync_channel(1);
        self.inputs.send(input(reply)).map_err(|_| Refused::Ended)?;
        match answer.recv_timeout(timeout) {
            Ok(done) => done,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(Refused::Ended),
        }
    }
}

impl Acts for Stage {
    type Error = Refused;

    fn act(&mut self, act: Act) -> Result<State, Refused> {
        Self::act(self, act)
    }

    fn watch(&mut self, after: u64, timeout: Duration) -> Result<State, Refused> {
        Self::watch(self, after, timeout)
    }

    fn is_refusal(error: &Refused) -> bool {
        *error != Refused::Ended
    }
}
