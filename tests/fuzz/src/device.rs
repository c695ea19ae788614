//! A maker's device to send bytes to, and what a patient does to it meanwhile.

use std::sync::OnceLock;

use madoguchi_core::Clock as _;
use madoguchi_core::clock::SystemClock;
use madoguchi_twin::device::fuzzing::{Bench, Deed};
use madoguchi_twin::device::makers::Maker;
use madoguchi_twin::device::{CardKind, Generation};
use madoguchi_twin::{Persona, TestCa};

use crate::feed::Feed;

/// The device of one maker.
pub(crate) struct Device {
    bench: Bench,
    said: Vec<Vec<u8>>,
}

impl Device {
    /// The device of that maker and of the generation that the byte says.
    pub(crate) fn new(maker: &str, generation: u8) -> Self {
        let generation = match generation & 1 {
            0 => Generation::New,
            _ => Generation::Old,
        };
        let Some(maker) = Maker::by_name(maker) else {
            unreachable!("{maker} is in the table");
        };
        Self {
            bench: Bench::new(maker, generation),
            said: Vec::new(),
        }
    }

    pub(crate) fn receive(&mut self, bytes: &[u8]) {
        let said = &mut self.said;
        self.bench.receive(bytes, &mut |frame| said.push(frame.to_vec()));
    }

    /// Does to it what the next bytes say.
    pub(crate) fn act(&mut self, feed: &mut Feed<'_>) {
        let deed = match feed.byte() % 11 {
            0 => Deed::Card,
            1 => Deed::Touch,
            2 => Deed::Press(feed.byte()),
            3 => Deed::Type(feed.byte()),
            4 => Deed::CancelPin,
            5 => Deed::DeclineFace,
            6 => Deed::Quit,
            7 => Deed::Connect,
            8 => Deed::Disconnect,
            9 => Deed::Wait,
            _ => Deed::Reboot,
        };
        let said = &mut self.said;
        self.bench
            .act(deed, card(), &mut |frame| said.push(frame.to_vec()));
        // One on the pad, one in the front that is about to be sent.
        assert!(
            self.bench.pins_held() <= 2,
            "{} PINs are held",
            self.bench.pins_held()
        );
    }

    /// What it said since, frame by frame.
    pub(crate) fn said(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.said)
    }
}

/// An adult's card, made once: issuing its certificate takes longer than all else.
pub(crate) fn card() -> &'static CardKind {
    static CARD: OnceLock<CardKind> = OnceLock::new();
    CARD.get_or_init(|| {
        let made = TestCa::new().and_then(|ca| {
            let persona = Persona::by_name("adult")?;
            persona
                .map(|persona| CardKind::of(&persona, &ca, SystemClock.now()))
                .transpose()
        });
        match made {
            Ok(Some(card)) => card,
            Ok(None) => CardKind::Paper,
            Err(error) => unreachable!("the adult's card: {error}"),
        }
    })
}
