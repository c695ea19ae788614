//! The card application over a card in memory, on a thread of its own as beside a real reader.

use std::cell::RefCell;
use std::sync::Arc;

use madoguchi_card::{CardSession, Error, ExtendedLength, Jpki, TransmitError};
use madoguchi_core::certificate::CertificateDer;
use madoguchi_core::reader::{PinStatus, PinVerdict};
use madoguchi_core::{Medium, Pin, ReaderId, Reason};
use tokio::sync::{mpsc, oneshot};

use super::Shared;
use crate::MemorySession;

/// One thing that is asked of the card, with the way back.
pub(crate) enum Ask {
    Certificate(oneshot::Sender<Result<CertificateDer, Reason>>),
    PinStatus(oneshot::Sender<Result<PinStatus, Reason>>),
    VerifyPin {
        pin: Pin,
        last_try_confirmed: bool,
        reply: oneshot::Sender<Result<PinVerdict, Reason>>,
    },
    Sign {
        message: Vec<u8>,
        reply: oneshot::Sender<Result<Vec<u8>, Reason>>,
    },
    /// The maker's own operation, after the face matched or staff said yes.
    Authorize(oneshot::Sender<Result<(), Reason>>),
    Close(oneshot::Sender<u32>),
}

/// The card while it is powered: gone as soon as somebody took it off the reader.
struct Powered<'a> {
    card: &'a RefCell<MemorySession>,
    shared: &'a Shared,
    id: &'a ReaderId,
}

impl CardSession for Powered<'_> {
    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>) -> Result<(), TransmitError> {
        if !self.shared.card_present(self.id) {
            response.clear();
            return Err(TransmitError::Removed);
        }
        self.card.borrow_mut().transmit(command, response)?;
        if response.len() < 2 {
            // A fault pulled the card: everybody sees the empty reader.
            self.shared.change(self.id, |reader| reader.card_present = false);
        }
        Ok(())
    }
}

/// Serves a conversation until it is closed or its lease is dropped; then the card is powered off and back on the
/// reader.
pub(crate) fn serve(
    shared: &Arc<Shared>,
    id: &ReaderId,
    opened: oneshot::Sender<Result<Medium, Reason>>,
    mut asked: mpsc::Receiver<Ask>,
) {
    let Some(mut card) = shared.borrow_card(id) else {
        let _ = opened.send(Err(Reason::CardRemoved));
        return;
    };
    card.power_cycle();
    let card = RefCell::new(card);
    let mut powered = Powered {
        card: &card,
        shared,
        id,
    };
    let mut jpki = Jpki::new(&mut powered, ExtendedLength::Yes);
    let found = jpki
        .select()
        .and_then(|()| jpki.label())
        .map_err(|error| error.reason());
    let _ = opened.send(found);
    let mut closed = None;
    while let Some(ask) = asked.blocking_recv() {
        let reason = |error: Error| error.reason();
        match ask {
            Ask::Certificate(reply) => answer(reply, jpki.certificate().map_err(reason)),
            Ask::PinStatus(reply) => answer(reply, jpki.pin_status().map_err(reason)),
            Ask::VerifyPin {
                pin,
                last_try_confirmed,
                reply,
            } => {
                answer(reply, jpki.verify_pin(&pin, last_try_confirmed).map_err(reason));
            }
            Ask::Sign { message, reply } => answer(reply, jpki.sign(&message).map_err(reason)),
            Ask::Authorize(reply) => {
                let done = shared.card_present(id) && card.borrow_mut().authorize();
                answer(reply, done.then_some(()).ok_or(Reason::CardRemoved));
            }
            Ask::Close(reply) => {
                closed = Some((reply, jpki.apdu_count()));
                break;
            }
        }
    }
    let mut card = card.into_inner();
    card.power_cycle();
    shared.give_back(id, Some(card));
    if let Some((reply, apdu_count)) = closed {
        answer(reply, apdu_count);
    }
}

fn answer<T>(reply: oneshot::Sender<T>, answer: T) {
    // Whoever asked may have gone: then nobody wants the answer.
    let _ = reply.send(answer);
}
