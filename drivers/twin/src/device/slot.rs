//! The card slot of a device: its own, or one that stands on a PC/SC service beside it.

mod place;
mod thing;

use std::net::SocketAddr;
use std::time::Duration;

use madoguchi_core::Medium;
use place::Place;
use thing::Thing;

use super::stage::CardState;
use crate::Faults;

pub use thing::CardKind;

/// So many cards that were here before are remembered.
const MAX_KNOWN: usize = 32;

/// What an APDU came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardReply {
    /// The card's answer, status word included.
    Answer(Vec<u8>),
    /// Nothing lies there, or it was pulled over this APDU.
    Removed,
    /// It lies there and lost its power: it has to be powered up again.
    Lost,
    /// It lies there, and has no power or no chip, or the slot is not the device's own to talk through.
    Unpowered,
    /// The card will never answer. A device says so after a time of its own.
    Silent,
}

/// The card slot: a contactless plate, a tray or an opening, all the same here.
///
/// A card keeps its counters while it is away: the same person's card that is put on again is the same card.
pub struct Slot {
    place: Place,
    held: Option<Held>,
    /// A second thing in the field of a contactless reader.
    beside: Option<Held>,
    /// Cards that were here before, the latest last.
    known: Vec<(String, Thing)>,
    /// How much longer the card took than computing does, since somebody asked.
    delay: Duration,
    /// Whether a fault pulled the card and nobody was told yet.
    pulled: bool,
}

struct Held {
    name: String,
    thing: Thing,
}

impl Slot {
    pub(super) const fn own() -> Self {
        Self::at(Place::Own)
    }

    pub(super) const fn on_vpcd(addr: SocketAddr, pulled: place::Notify) -> Self {
        Self::at(Place::Vpcd { addr, pulled })
    }

    const fn at(place: Place) -> Self {
        Self {
            place,
            held: None,
            beside: None,
            known: Vec::new(),
            delay: Duration::ZERO,
            pulled: false,
        }
    }

    /// Whether something lies there, with a chip or without.
    #[must_use]
    pub fn card_present(&self) -> bool {
        self.held.as_ref().is_some_and(|held| held.thing.is_there())
    }

    /// What carries the chip that lies there; none where nothing or something without a chip does.
    #[must_use]
    pub fn medium(&self) -> Option<Medium> {
        self.held.as_ref().and_then(|held| held.thing.medium())
    }

    /// Whether a second thing is in the field, which only a contactless reader notices.
    #[must_use]
    pub const fn is_crowded(&self) -> bool {
        self.beside.is_some()
    }

    /// Whether the card has power. On a slot of the PC/SC kind that is the service's doing.
    #[must_use]
    pub fn is_powered(&self) -> bool {
        self.held.as_ref().is_some_and(|held| held.thing.is_powered())
    }

    /// Powers the card up, or resets it, and gives its answer to reset; none where there is no chip that answers.
    pub fn power_on(&mut self) -> Option<Vec<u8>> {
        self.held.as_mut()?.thing.power_on()
    }

    /// Takes the power: selection and verification are lost.
    pub fn power_off(&mut self) {
        if let Some(held) = &mut self.held {
            held.thing.power_off();
        }
    }

    /// Lets the card answer.
    pub fn transmit(&mut self, command: &[u8]) -> CardReply {
        let Some(held) = &mut self.held else {
            return CardReply::Removed;
        };
        let (delay, reply) = held.thing.transmit(command);
        self.delay += delay;
        if reply == CardReply::Removed {
            self.pulled = true;
            self.take();
        }
        reply
    }

    /// What a maker's reader does by the operation that only makers have: see
    /// [`VirtualCard::authorize`](crate::VirtualCard::authorize). Fronts call [`Body::accept_visual`](super::Body) or
    /// let the camera do it.
    pub(super) fn authorize(&mut self) -> bool {
        self.held.as_mut().is_some_and(|held| held.thing.authorize())
    }

    /// Puts a card there; false where something lies there already, or no thread can be started for it. A card that was
    /// here before under that name is put on again, unless it is to be a fresh one.
    pub(super) fn insert(&mut self, name: &str, kind: CardKind, faults: Faults, fresh: bool) -> bool {
        if self.held.is_some() {
            if self.card_present() {
                return false;
            }
            self.take();
        }
        let before = self.known.iter().position(|(known, _)| known == name);
        let before = before.map(|at| self.known.remove(at).1).filter(|_| !fresh);
        let thing = match before {
            Some(thing) => Some(thing),
            None => self.place.make(kind),
        };
        let Some(mut thing) = thing else { return false };
        thing.put(faults);
        self.held = Some(Held {
            name: name.to_owned(),
            thing,
        });
        true
    }

    /// Holds a second thing to a slot of its own; false where none lies there, or two do.
    pub(super) fn insert_beside(&mut self, name: &str, kind: CardKind, faults: Faults) -> bool {
        if !self.card_present() || self.is_crowded() || !matches!(self.place, Place::Own) {
            return false;
        }
        let Some(mut thing) = self.place.make(kind) else {
            return false;
        };
        thing.put(faults);
        self.beside = Some(Held {
            name: name.to_owned(),
            thing,
        });
        true
    }

    /// Takes the second thing away; false where there is none.
    pub(super) fn take_beside(&mut self) -> bool {
        self.beside.take().map(|held| self.remember(held)).is_some()
    }

    /// Takes away what lies there; false where nothing does. A second thing is then what lies there.
    pub(super) fn take(&mut self) -> bool {
        let Some(held) = self.held.take() else {
            return false;
        };
        self.remember(held);
        self.held = self.beside.take();
        true
    }

    fn remember(&mut self, Held { name, mut thing }: Held) {
        thing.take();
        if self.known.len() >= MAX_KNOWN {
            self.known.remove(0);
        }
        self.known.push((name, thing));
    }

    /// The owner of the phone that lies there confirms anew, and one's that was here before and comes again.
    pub(super) fn arm(&mut self) {
        let held = self.held.iter_mut().map(|held| &mut held.thing);
        held.chain(self.known.iter_mut().map(|(_, thing)| thing))
            .for_each(Thing::arm);
    }

    /// The device lost its power, and with it the card, where the slot is its own.
    pub(super) fn lose_power(&mut self) {
        if matches!(self.place, Place::Own) {
            self.power_off();
        }
        self.delay = Duration::ZERO;
    }

    /// What lies there, or lay there last; none where that has no chip.
    pub(super) fn state(&self) -> Option<CardState> {
        let last = || self.known.last().map(|(name, thing)| (name, thing));
        let held = self.held.as_ref().map(|held| (&held.name, &held.thing));
        let (name, thing) = held.or_else(last)?;
        let sum = thing.sum()?;
        Some(CardState {
            persona: name.clone(),
            inserted: thing.is_there(),
            powered: thing.is_powered(),
            apdu_count: sum.apdu_count,
            pins_sent: sum.pins_sent,
            tries_left: sum.tries_left,
        })
    }

    pub(super) fn take_delay(&mut self) -> Duration {
        std::mem::take(&mut self.delay)
    }

    /// Whether a fault pulled the card since somebody asked.
    pub(super) fn take_pulled(&mut self) -> bool {
        if self.held.is_some() && !self.card_present() {
            self.take();
            self.pulled = true;
        }
        std::mem::take(&mut self.pulled)
    }
}

#[cfg(test)]
mod tests;
