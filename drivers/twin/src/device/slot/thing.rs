//! What can lie in a slot.

use std::time::Duration;

use madoguchi_core::Medium;
use time::OffsetDateTime;

use super::CardReply;
use crate::line::{Line, Reply, Sum};
use crate::persona;
use crate::vpcd::VpcdCard;
use crate::{Error, Faults, Persona, TestCa, VirtualCard};

/// What a person puts on a reader.
#[derive(Clone)]
pub enum CardKind {
    /// Something with a chip: a card, a phone, or a card of another kind.
    Chip(Box<VirtualCard>),
    /// Something without.
    Paper,
}

impl CardKind {
    /// What that persona holds up, with the certificate as of that day.
    ///
    /// # Errors
    /// As [`VirtualCard::new`].
    pub fn of(persona: &Persona, ca: &TestCa, now: OffsetDateTime) -> Result<Self, Error> {
        Ok(match persona.chip() {
            persona::Chip::None => Self::Paper,
            persona::Chip::Jpki | persona::Chip::Foreign => {
                Self::Chip(Box::new(VirtualCard::new(persona, ca, now)?))
            }
        })
    }
}

pub(super) enum Thing {
    Paper { there: bool },
    Chip(Box<Chip>),
    Vpcd(VpcdCard),
}

pub(super) struct Chip {
    line: Line,
    there: bool,
    /// Set by a fault: it lies there and says nothing.
    hangs: bool,
}

impl Chip {
    pub(super) const fn new(line: Line) -> Self {
        Self {
            line,
            there: false,
            hangs: false,
        }
    }
}

impl Thing {
    pub(super) fn is_there(&self) -> bool {
        match self {
            Self::Paper { there } => *there,
            Self::Chip(chip) => chip.there,
            Self::Vpcd(card) => card.is_inserted(),
        }
    }

    pub(super) fn medium(&self) -> Option<Medium> {
        match self {
            Self::Chip(chip) => Some(chip.line.card.medium()),
            Self::Paper { .. } | Self::Vpcd(_) => None,
        }
    }

    pub(super) fn is_powered(&self) -> bool {
        match self {
            Self::Paper { .. } => false,
            Self::Chip(chip) => chip.line.card.is_powered(),
            Self::Vpcd(card) => card.is_powered(),
        }
    }

    pub(super) fn put(&mut self, faults: Faults) {
        match self {
            Self::Paper { there } => *there = true,
            Self::Chip(chip) => {
                chip.there = true;
                chip.line.faults = faults;
                chip.line.inserted();
            }
            Self::Vpcd(card) => {
                if card.set_faults(faults).and_then(|_| card.insert()).is_err() {
                    tracing::error!("the card's thread has ended");
                }
            }
        }
    }

    pub(super) fn take(&mut self) {
        match self {
            Self::Paper { there } => *there = false,
            Self::Chip(chip) => {
                chip.there = false;
                chip.hangs = false;
                chip.line.card.power_off();
            }
            // A thread that has ended holds no card either.
            Self::Vpcd(card) => drop(card.remove()),
        }
    }

    pub(super) fn power_on(&mut self) -> Option<Vec<u8>> {
        match self {
            Self::Chip(chip) if !chip.hangs => Some(chip.line.card.power_on().to_vec()),
            _ => None,
        }
    }

    pub(super) fn power_off(&mut self) {
        if let Self::Chip(chip) = self {
            chip.line.card.power_off();
        }
    }

    /// How much longer it took than computing does, and what came of it.
    pub(super) fn transmit(&mut self, command: &[u8]) -> (Duration, CardReply) {
        let Self::Chip(chip) = self else {
            return (Duration::ZERO, CardReply::Unpowered);
        };
        if chip.hangs {
            return (Duration::ZERO, CardReply::Silent);
        }
        if !chip.line.card.is_powered() {
            return (Duration::ZERO, CardReply::Unpowered);
        }
        let (delay, reply) = chip.line.exchange(command);
        let reply = match reply {
            Reply::Answer(answer) => CardReply::Answer(answer),
            Reply::Pulled => CardReply::Removed,
            Reply::Lost => {
                chip.line.card.power_off();
                CardReply::Lost
            }
            Reply::Hangs => {
                chip.hangs = true;
                CardReply::Silent
            }
        };
        (delay, reply)
    }

    pub(super) fn authorize(&mut self) -> bool {
        match self {
            Self::Paper { .. } => false,
            Self::Chip(chip) => !chip.hangs && chip.line.card.authorize(),
            Self::Vpcd(card) => card.authorize().unwrap_or(false),
        }
    }

    pub(super) fn arm(&mut self) {
        match self {
            Self::Paper { .. } => {}
            Self::Chip(chip) => chip.line.card.arm(),
            Self::Vpcd(card) => drop(card.arm()),
        }
    }

    pub(super) fn sum(&self) -> Option<Sum> {
        match self {
            Self::Paper { .. } => None,
            Self::Chip(chip) => Some(chip.line.sum()),
            Self::Vpcd(card) => Some(card.sum()),
        }
    }
}
