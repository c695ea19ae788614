//! What a reader's thread is asked, in order.

use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

use madoguchi_core::certificate::CertificateDer;
use madoguchi_core::reader::{PinStatus, PinVerdict};
use madoguchi_core::screen::{Answer, FaceOutcome, FaceRequest, PinRequest, Screen};
use madoguchi_core::visit::{Outcome, Plan, Progress};
use madoguchi_core::{Medium, Pin, Reason};
use madoguchi_driver_api::Call;
use tokio::sync::{mpsc, oneshot};

/// How long the thread looks for the next command with open eyes before it sleeps, only right after it did
/// something: commands of one visit come close together, and to wake a sleeping thread takes longer than an echo. It
/// yields between two looks, for whoever has work for it may need the same core.
const SPIN: Duration = Duration::from_micros(150);

/// Where an answer goes. Nobody there means that the call was called off.
pub(super) type Reply<T> = oneshot::Sender<Result<T, Reason>>;

/// Answers. That nobody hears it is fine: the call was called off.
pub(super) fn tell<T>(reply: Reply<T>, answer: Result<T, Reason>) {
    if reply.send(answer).is_err() {
        tracing::trace!("an answer that nobody waits for any more");
    }
}

/// One thing that a reader's thread is asked.
pub(super) enum Command {
    Open(Open),
    Ask(Ask),
    Control {
        code: u32,
        input: Vec<u8>,
        call: Call,
        reply: Reply<Vec<u8>>,
    },
    /// Something that the reader does with a person: with or without a card open.
    Person(Person),
    /// Answered with the APDUs sent since it was asked last.
    Close {
        reply: Reply<u32>,
    },
}

/// Something that the reader does with a person, as long as the call lasts.
pub(super) struct Person {
    pub(super) call: Call,
    pub(super) task: Task,
}

/// What the reader does with a person.
pub(super) enum Task {
    Present {
        screen: Screen,
        reply: Reply<Answer>,
    },
    EnterPin {
        request: PinRequest,
        reply: Reply<Option<Pin>>,
    },
    VerifyFace {
        request: FaceRequest,
        reply: Reply<FaceOutcome>,
    },
    AcceptVisual {
        reply: Reply<()>,
    },
    RunVisit {
        plan: Plan,
        news: mpsc::Sender<Progress>,
        reply: Reply<Outcome>,
    },
}

/// Opens the card.
pub(super) struct Open {
    pub(super) session_id: u64,
    pub(super) idle_timeout: Duration,
    pub(super) call: Call,
    pub(super) reply: Reply<Medium>,
}

/// Something that is asked of an open card.
pub(super) struct Ask {
    pub(super) session_id: u64,
    pub(super) call: Call,
    pub(super) question: Question,
}

pub(super) enum Question {
    Certificate(Reply<CertificateDer>),
    PinStatus(Reply<PinStatus>),
    Verify {
        pin: Pin,
        last_try_confirmed: bool,
        reply: Reply<PinVerdict>,
    },
    Sign {
        message: Vec<u8>,
        reply: Reply<Vec<u8>>,
    },
}

impl Question {
    /// Answers that it cannot be asked now.
    pub(super) fn refuse(self, reason: Reason) {
        match self {
            Self::Certificate(reply) => tell(reply, Err(reason)),
            Self::PinStatus(reply) => tell(reply, Err(reason)),
            Self::Verify { reply, .. } => tell(reply, Err(reason)),
            Self::Sign { reply, .. } => tell(reply, Err(reason)),
        }
    }
}

/// The receiving end.
pub(super) struct Inbox(Receiver<Command>);

/// Why no command came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Nothing {
    /// In time.
    Idle,
    /// Ever again.
    Closed,
}

impl Inbox {
    pub(super) const fn new(receiver: Receiver<Command>) -> Self {
        Self(receiver)
    }

    /// The next command; `None` when there will be no more.
    pub(super) fn wait(&self) -> Option<Command> {
        match self.spin() {
            Ok(Some(command)) => Some(command),
            Ok(None) => self.0.recv().ok(),
            Err(_) => None,
        }
    }

    /// The next command, unless none comes in time.
    pub(super) fn wait_for(&self, timeout: Duration) -> Result<Command, Nothing> {
        match self.spin()? {
            Some(command) => Ok(command),
            None => self.0.recv_timeout(timeout).map_err(|error| match error {
                RecvTimeoutError::Timeout => Nothing::Idle,
                RecvTimeoutError::Disconnected => Nothing::Closed,
            }),
        }
    }

    fn spin(&self) -> Result<Option<Command>, Nothing> {
        let begun = Instant::now();
        loop {
            match self.0.try_recv() {
                Ok(command) => return Ok(Some(command)),
                Err(TryRecvError::Disconnected) => return Err(Nothing::Closed),
                Err(TryRecvError::Empty) if begun.elapsed() >= SPIN => return Ok(None),
                Err(TryRecvError::Empty) => std::thread::yield_now(),
            }
        }
    }
}
