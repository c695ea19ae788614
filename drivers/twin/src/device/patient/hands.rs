//! What a patient has in his hands: things to put on a reader and to take away again.

use std::time::Duration;

use madoguchi_core::clock::SystemClock;
use madoguchi_core::{Clock as _, Medium};

use super::{Patient, PhoneReader, Quirk};
use crate::device::stage::Insert;
use crate::device::{Act, Acts, CardKind, State};
use crate::{Error, Faults, Persona, TestCa, VirtualCard};

/// How long a card has to be away for a device's own slot to notice.
const SLOT_GAP: Duration = Duration::from_millis(30);

/// Where something of his lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Device,
    PhoneReader,
}

pub(super) struct Hands {
    /// What he carries, the main one first, and what he holds up by mistake, last.
    personas: Vec<Persona>,
    cards: Vec<CardKind>,
    held: Option<(usize, Place)>,
    /// What the phone reader was brought last.
    brought: Option<usize>,
    phone: Option<Box<dyn PhoneReader>>,
    /// What goes wrong, the next time.
    faults: Faults,
    fresh: Vec<bool>,
    /// Holds up this one by mistake, the next time.
    mistake: Option<usize>,
    window_ms: Option<u32>,
    pub(super) taps: u32,
}

impl Hands {
    pub(super) fn new(patient: &Patient, phone: Option<Box<dyn PhoneReader>>) -> Result<Self, Error> {
        let other = patient.quirks.iter().find_map(|quirk| match quirk {
            Quirk::HoldsOther { persona } => Some(persona),
            _ => None,
        });
        let window_ms = patient.quirks.iter().find_map(|quirk| match quirk {
            Quirk::ArmsTooEarly { window_ms } => Some(*window_ms),
            _ => None,
        });
        let (ca, now) = (TestCa::new()?, SystemClock.now());
        let names = [&patient.persona].into_iter().chain(&patient.others).chain(other);
        let mut personas = Vec::new();
        let mut cards = Vec::new();
        for name in names {
            let persona = Persona::named(name)?;
            let mut kind = CardKind::of(&persona, &ca, now)?;
            if let CardKind::Chip(card) = &mut kind
                && let Some(window) = window_ms
            {
                card.set_armed(Some(Duration::from_millis(u64::from(window))));
            }
            cards.push(kind);
            personas.push(persona);
        }
        Ok(Self {
            fresh: vec![patient.fresh; personas.len()],
            mistake: other.map(|_| personas.len() - 1),
            personas,
            cards,
            held: None,
            brought: None,
            phone,
            faults: patient.card_faults,
            window_ms,
            taps: 0,
        })
    }

    pub(super) fn personas(&self) -> &[Persona] {
        &self.personas
    }

    pub(super) const fn hold_anything(&self) -> bool {
        self.held.is_some()
    }

    pub(super) fn hold_phone(&self) -> bool {
        self.held.is_some_and(|(which, _)| self.is_phone(which))
    }

    fn is_phone(&self, which: usize) -> bool {
        self.personas
            .get(which)
            .is_some_and(|persona| persona.medium() != Medium::Card)
    }

    /// Puts it on, or holds it up, where he does not yet.
    pub(super) fn put<A: Acts>(&mut self, which: usize, stage: &mut A) -> Result<(), A::Error> {
        if self.held.is_some() {
            return Ok(());
        }
        let which = self.mistake.unwrap_or(which);
        let faults = self.faults;
        let place = match (&mut self.phone, self.cards.get(which)) {
            (Some(reader), Some(CardKind::Chip(card))) if card.medium() != Medium::Card => {
                if self.brought != Some(which) {
                    reader.bring(VirtualCard::clone(card));
                    self.brought = Some(which);
                }
                reader.hold(faults);
                Place::PhoneReader
            }
            (_, kind) => {
                let Some(persona) = self.personas.get(which) else {
                    return Ok(());
                };
                stage.act(Act::Insert(Insert {
                    persona: persona.name().to_owned(),
                    faults,
                    fresh: self.fresh.get(which).copied().unwrap_or(false),
                    armed_ms: self.window_ms,
                    kind: kind.cloned(),
                }))?;
                Place::Device
            }
        };
        if let Some(fresh) = self.fresh.get_mut(which) {
            // The same card from now on, with the tries it has left.
            *fresh = false;
        }
        self.mistake = None;
        self.faults = Faults::default();
        self.held = Some((which, place));
        self.taps += 1;
        Ok(())
    }

    /// How many PINs reached what he holds or held up last, where that is known.
    pub(super) fn pins_sent(&self, state: &State) -> u32 {
        match (&self.phone, self.brought) {
            (Some(reader), Some(_)) => reader.pins_sent(),
            _ if self.taps == 0 => 0,
            // What lies on the device, or lay there last.
            _ => state.card.as_ref().map_or(0, |card| card.pins_sent),
        }
    }

    /// Takes away what he holds up.
    pub(super) fn take<A: Acts>(&mut self, stage: &mut A) -> Result<(), A::Error> {
        match self.held.take() {
            None => {}
            Some((_, Place::PhoneReader)) => {
                if let Some(reader) = &mut self.phone {
                    reader.take_away();
                }
            }
            Some((_, Place::Device)) => match stage.act(Act::Remove) {
                // A fault pulled it before him.
                Err(error) if A::is_refusal(&error) => {}
                done => drop(done?),
            },
        }
        Ok(())
    }

    /// The device's slot is empty though he put something there: it fell off.
    pub(super) fn notice_empty_slot(&mut self) {
        self.held = self.held.filter(|(_, place)| *place != Place::Device);
    }

    /// Takes it away for as long as its reader needs to notice.
    pub(super) fn lift<A: Acts>(&mut self, stage: &mut A) -> Result<(), A::Error> {
        let gap = match (self.held, &self.phone) {
            (Some((_, Place::PhoneReader)), Some(reader)) => reader.gap(),
            (Some(_), _) => SLOT_GAP,
            (None, _) => return Ok(()),
        };
        self.take(stage)?;
        std::thread::sleep(gap);
        Ok(())
    }

    /// Confirms in Wallet, and means it: it stays armed now.
    pub(super) fn arm(&mut self) {
        self.window_ms = None;
        self.brought = None;
        for (kind, fresh) in self.cards.iter_mut().zip(&mut self.fresh) {
            if let CardKind::Chip(card) = kind
                && card.medium() == Medium::IPhone
            {
                card.set_armed(None);
                *fresh = true;
            }
        }
    }
}
