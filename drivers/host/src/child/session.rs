//! A conversation with one powered card, on its reader's own thread.

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::time::Duration;

use madoguchi_card::{CardSession, ExtendedLength, Jpki, TransmitError};
use madoguchi_core::Reason;
use madoguchi_driver_api::{Call, Error, PoweredCard, Reader};

use super::inbox::{Ask, Command, Inbox, Nothing, Open, Question, Task, tell};
use super::person;

/// What a reader's thread keeps between conversations.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) extended: ExtendedLength,
    pub(super) apdu_count: u32,
}

/// How a conversation ended.
#[derive(Default)]
pub(super) struct After {
    /// The command that ended it and still has to be served.
    pub(super) next: Option<Command>,
    /// Whether the reader has to be opened anew.
    pub(super) reader_lost: bool,
}

/// Powers the card up and serves the conversation until it ends. The card is off when this returns.
pub(super) fn serve(reader: &mut dyn Reader, inbox: &Inbox, memory: &mut Memory, open: Open) -> After {
    let card = match PoweredCard::power_on(reader, &open.call) {
        Ok(card) => card,
        Err(error) => {
            let after = After {
                next: None,
                reader_lost: loses_reader(&error),
            };
            tell(open.reply, Err(of_card(&error)));
            return after;
        }
    };
    let line = Line {
        card: RefCell::new(card),
        call: RefCell::new(open.call.clone()),
        error: Cell::new(None),
        over: Cell::new(false),
    };
    let mut transport = Transport(&line);
    let mut jpki = Jpki::new(&mut transport, memory.extended);
    let next = converse(&mut jpki, &line, inbox, open);
    memory.apdu_count = memory.apdu_count.saturating_add(jpki.apdu_count());
    memory.extended = jpki.extended_length();
    After {
        next,
        reader_lost: line.error.take().is_some_and(|error| loses_reader(&error)),
    }
}

type Application<'a, 'r> = Jpki<'a, Transport<'a, 'r>>;

fn converse(jpki: &mut Application<'_, '_>, line: &Line<'_>, inbox: &Inbox, open: Open) -> Option<Command> {
    let opened = jpki.select().and_then(|()| jpki.label());
    let opened = line.settle(opened);
    // Where nobody waits for it any more, nobody will close it either.
    let goes_on = opened.is_ok();
    if open.reply.send(opened).is_err() || !goes_on {
        return None;
    }
    loop {
        match wait(inbox, open.idle_timeout)? {
            Command::Ask(ask) if ask.session_id == open.session_id => {
                line.call.replace(ask.call);
                if answer(jpki, line, ask.question).is_break() {
                    return None;
                }
            }
            Command::Ask(Ask { question, .. }) => question.refuse(Reason::CardRemoved),
            Command::Control {
                code,
                input,
                call,
                reply,
            } => {
                let result = line.card.borrow_mut().control(code, &input, &call);
                let lost = result.as_ref().err().filter(|error| loses_reader(error)).cloned();
                tell(reply, result.map_err(|error| error.reason()));
                if lost.is_some() {
                    line.error.set(lost);
                    return None;
                }
            }
            Command::Person(person) => {
                let touches_card = matches!(person.task, Task::VerifyFace { .. } | Task::AcceptVisual { .. });
                let served = person::serve(line.card.borrow_mut().reader(), person);
                if touches_card {
                    jpki.was_interrupted();
                }
                if let Err(error) = served
                    && (loses_reader(&error) || loses_card(&error))
                {
                    line.error.set(Some(error));
                    return None;
                }
            }
            command @ (Command::Open(_) | Command::Close { .. }) => return Some(command),
        }
    }
}

fn wait(inbox: &Inbox, idle_timeout: Duration) -> Option<Command> {
    match inbox.wait_for(idle_timeout) {
        Ok(command) => Some(command),
        Err(nothing) => {
            if nothing == Nothing::Idle {
                tracing::info!("nobody used the card for long: it is powered off");
            }
            None
        }
    }
}

/// Answers one question; breaks where the conversation is over with it.
fn answer(jpki: &mut Application<'_, '_>, line: &Line<'_>, question: Question) -> ControlFlow<()> {
    line.over.set(false);
    match question {
        Question::Certificate(reply) => tell(reply, line.settle(jpki.certificate())),
        Question::PinStatus(reply) => tell(reply, line.settle(jpki.pin_status())),
        Question::Verify {
            pin,
            last_try_confirmed,
            reply,
        } => {
            tell(reply, line.settle(jpki.verify_pin(&pin, last_try_confirmed)));
        }
        Question::Sign { message, reply } => tell(reply, line.settle(jpki.sign(&message))),
    }
    if line.over.get() {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}

/// The powered card and the bounds of the call that uses it now.
struct Line<'r> {
    card: RefCell<PoweredCard<'r>>,
    call: RefCell<Call>,
    /// What the driver said last when it did not transmit.
    error: Cell<Option<Error>>,
    /// Whether the card is lost.
    over: Cell<bool>,
}

impl Line<'_> {
    /// The reason for the counter. The driver's own word goes before the card application's, which knows less of it.
    fn settle<T>(&self, result: Result<T, madoguchi_card::Error>) -> Result<T, Reason> {
        result.map_err(|error| {
            let (lost, outcome_unknown) = match error {
                madoguchi_card::Error::Transmit(_) => (true, false),
                madoguchi_card::Error::PinOutcomeUnknown(_) => (true, true),
                _ => (false, false),
            };
            self.over.set(lost);
            let driver_error = self.error.take();
            let reason = match &driver_error {
                Some(said) if lost && !outcome_unknown => of_card(said),
                _ => error.reason(),
            };
            tracing::debug!(%error, code = reason.code(), "the card did not do what it was asked");
            self.error.set(driver_error);
            reason
        })
    }
}

/// The reason for what a driver says of a card. Where it is late the driver did answer in time; it is the card that did not.
fn of_card(error: &Error) -> Reason {
    match error {
        Error::Timeout => Reason::CardUnresponsive,
        other => other.reason(),
    }
}

struct Transport<'a, 'r>(&'a Line<'r>);

impl CardSession for Transport<'_, '_> {
    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>) -> Result<(), TransmitError> {
        let sent = self
            .0
            .card
            .borrow_mut()
            .transmit(command, response, &self.0.call.borrow());
        sent.map_err(|error| {
            let said = transmit_error(&error);
            self.0.error.set(Some(error));
            said
        })
    }
}

const fn transmit_error(error: &Error) -> TransmitError {
    match error {
        Error::CardRemoved | Error::NoCard => TransmitError::Removed,
        Error::CardReset => TransmitError::Reset,
        Error::CardUnresponsive | Error::Timeout | Error::Cancelled => TransmitError::Timeout,
        Error::ReaderRemoved => TransmitError::ReaderGone,
        Error::ServiceUnavailable => TransmitError::ServiceGone,
        Error::Protocol { .. } => TransmitError::Protocol,
        _ => TransmitError::Unavailable,
    }
}

/// Whether the card has to be opened anew after it.
const fn loses_card(error: &Error) -> bool {
    matches!(error, Error::CardRemoved | Error::CardReset | Error::NoCard)
}

/// Whether the reader has to be opened anew after it.
pub(super) const fn loses_reader(error: &Error) -> bool {
    matches!(
        error,
        Error::ReaderRemoved
            | Error::ReaderUnavailable { .. }
            | Error::ServiceUnavailable
            | Error::DriverPanicked { .. }
    )
}
