//! A card with its faults and a count of what was asked of it: what both the vpcd and the memory adaptor drive.

use std::time::Duration;

use madoguchi_apdu::Command;

use crate::{Faults, VirtualCard};

/// So many APDUs are remembered; a test never asks for more, and a demo must not grow for ever.
const MAX_SEEN: usize = 4_096;

/// One APDU that the card was sent: never its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// CLA, INS, P1 and P2.
    pub header: [u8; 4],
    /// How long the body was: a VERIFY with a body spends a try, one without only asks.
    pub body_len: usize,
}

impl Seen {
    /// Whether it was a VERIFY with a PIN in it.
    #[must_use]
    pub const fn is_verify_with_pin(&self) -> bool {
        self.header[1] == 0x20 && self.body_len > 0
    }
}

/// What a card was asked, for tests and demos.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// APDUs since the card was made, lost and faulty ones included.
    pub apdu_count: u32,
    /// The APDUs, oldest first; the first 4,096 of them.
    pub seen: Vec<Seen>,
    /// Whether the card lies on the reader.
    pub inserted: bool,
    /// Whether the reader is connected.
    pub connected: bool,
    /// How many tries the PIN has left; none where the card has no PIN.
    pub tries_left: Option<u8>,
}

impl Report {
    /// How many PINs were sent to the card.
    #[must_use]
    pub fn verify_count(&self) -> usize {
        self.seen.iter().filter(|seen| seen.is_verify_with_pin()).count()
    }
}

/// What a card was asked, in numbers that never end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) apdu_count: u32,
    pub(crate) pins_sent: u32,
    pub(crate) tries_left: Option<u8>,
}

/// What becomes of an APDU.
pub(crate) enum Reply {
    /// This goes back.
    Answer(Vec<u8>),
    /// The card is gone.
    Pulled,
    /// The reader lost the card, which lies where it was.
    Lost,
    /// Nothing comes.
    Hangs,
}

#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) card: VirtualCard,
    pub(crate) faults: Faults,
    since_insertion: u32,
    apdu_count: u32,
    pins_sent: u32,
    seen: Vec<Seen>,
}

impl Line {
    pub(crate) const fn new(card: VirtualCard, faults: Faults) -> Self {
        Self {
            card,
            faults,
            since_insertion: 0,
            apdu_count: 0,
            pins_sent: 0,
            seen: Vec::new(),
        }
    }

    /// The card is put on: faults count from here.
    pub(crate) const fn inserted(&mut self) {
        self.since_insertion = 0;
    }

    /// Lets the card answer, and says how long it takes beyond the computing.
    pub(crate) fn exchange(&mut self, command: &[u8]) -> (Duration, Reply) {
        self.since_insertion = self.since_insertion.saturating_add(1);
        self.apdu_count = self.apdu_count.saturating_add(1);
        if let Some(seen) = seen(command) {
            self.pins_sent = self
                .pins_sent
                .saturating_add(u32::from(seen.is_verify_with_pin()));
            if self.seen.len() < MAX_SEEN {
                self.seen.push(seen);
            }
        }
        let apdu = self.since_insertion;
        let delay = self.faults.delay(apdu);
        if self.faults.hang_at_apdu.is_some_and(|at| apdu >= at) {
            return (delay, Reply::Hangs);
        }
        if self.faults.loses_card(command) {
            return (delay, Reply::Lost);
        }
        let answer = match self.faults.instead(apdu, command) {
            Some(answer) => answer,
            None => self.faults.afterwards(apdu, self.card.transmit(command)),
        };
        if self.faults.pull_at_apdu == Some(apdu) {
            return (delay, Reply::Pulled);
        }
        (delay, Reply::Answer(answer))
    }

    pub(crate) const fn sum(&self) -> Sum {
        Sum {
            apdu_count: self.apdu_count,
            pins_sent: self.pins_sent,
            tries_left: self.card.tries_left(),
        }
    }

    pub(crate) fn report(&self, inserted: bool, connected: bool) -> Report {
        Report {
            apdu_count: self.apdu_count,
            seen: self.seen.clone(),
            inserted,
            connected,
            tries_left: self.card.tries_left(),
        }
    }
}

fn seen(command: &[u8]) -> Option<Seen> {
    let header = command.first_chunk::<4>().copied()?;
    // What cannot be decoded still counts as having a body: it may hold a PIN.
    let body_len = Command::decode(command).map_or(command.len() - 4, |command| command.body().len());
    Some(Seen { header, body_len })
}
