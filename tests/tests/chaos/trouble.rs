//! What goes wrong in a visit, by chance that can be replayed.

use madoguchi_twin::Faults;
use madoguchi_twin::device::{At, DeviceFaults, Fault, Random, What};

/// A device's fault comes within so many frames: most visits have more.
const FRAMES: u32 = 30;
/// A card's fault comes within so many APDUs.
const APDUS: u32 = 15;
/// A process is struck when so many pages were shown, or fewer.
const PAGES: u32 = 8;
/// Longer than any call to a driver may take here.
const LONG_FREEZE_MS: u32 = 3_500;

/// What kinds of trouble there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Nothing goes wrong, or the visit was over before it did.
    Nothing,
    Garbage,
    Half,
    Lost,
    WrongChecksum,
    Duplicate,
    Slow,
    Unplug,
    Reboot,
    ClockJump,
    /// The device does not react for less than a second.
    Freeze,
    /// The device does not react for longer than a call to its driver may take.
    LongFreeze,
    /// The card or phone is taken away in the middle of an APDU.
    CardPulled,
    /// The driver's process is killed.
    Killed,
    /// The driver's process stands still until the gateway condemns it.
    Stopped,
}

impl Kind {
    const OF_DEVICES: [Self; 13] = [
        Self::Nothing,
        Self::Garbage,
        Self::Half,
        Self::Lost,
        Self::WrongChecksum,
        Self::Duplicate,
        Self::Slow,
        Self::Unplug,
        Self::Reboot,
        Self::ClockJump,
        Self::Freeze,
        Self::LongFreeze,
        Self::CardPulled,
    ];
    const OF_PROCESSES: [Self; 2] = [Self::Killed, Self::Stopped];

    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Self::OF_DEVICES.into_iter().chain(Self::OF_PROCESSES)
    }

    /// Whether it meets the driver's process and with it every reader of that maker.
    pub(crate) fn meets_the_process(self) -> bool {
        Self::OF_PROCESSES.contains(&self)
    }
}

/// When a driver's process is struck: after so many pages, and so much later.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Strike {
    pub(crate) pages: u64,
    pub(crate) after_ms: u32,
}

/// What goes wrong in one visit.
#[derive(Debug, Clone)]
pub(crate) struct Trouble {
    pub(crate) kind: Kind,
    pub(crate) device: DeviceFaults,
    pub(crate) card: Faults,
    pub(crate) strike: Option<Strike>,
}

impl Trouble {
    /// None.
    pub(crate) fn nothing() -> Self {
        Self {
            kind: Kind::Nothing,
            device: DeviceFaults::default(),
            card: Faults::default(),
            strike: None,
        }
    }
}

/// Deals every kind of trouble once before one comes again.
pub(crate) struct Deck {
    kinds: Vec<Kind>,
    left: Vec<Kind>,
}

impl Deck {
    /// `processes`: whether the driver's process may be struck too.
    pub(crate) fn new(processes: bool) -> Self {
        let kinds = Kind::all().filter(|kind| processes || !kind.meets_the_process());
        Self {
            kinds: kinds.collect(),
            left: Vec::new(),
        }
    }

    pub(crate) fn deal(&mut self, random: &mut Random) -> Trouble {
        if self.left.is_empty() {
            self.left.clone_from(&self.kinds);
        }
        let card = random.below(u32::try_from(self.left.len()).unwrap());
        let kind = self.left.swap_remove(card as usize);
        let strike = Strike {
            pages: u64::from(random.below(PAGES)),
            after_ms: random.below(30),
        };
        Trouble {
            kind,
            device: device(kind, random),
            card: match kind {
                Kind::CardPulled => Faults::pull_at(1 + random.below(APDUS)),
                _ => Faults::default(),
            },
            strike: kind.meets_the_process().then_some(strike),
        }
    }
}

/// What goes wrong with the device; it is back after a while whatever it is.
fn device(kind: Kind, random: &mut Random) -> DeviceFaults {
    let millis = 50 + random.below(450);
    let what = match kind {
        Kind::Nothing | Kind::CardPulled | Kind::Killed | Kind::Stopped => return DeviceFaults::default(),
        Kind::Garbage => What::Garbage,
        Kind::Half => What::Half,
        Kind::Lost => What::Lost,
        Kind::WrongChecksum => What::WrongChecksum,
        Kind::Duplicate => What::Duplicate,
        Kind::Slow => What::Slow {
            delay_ms: millis,
            frames: 1 + random.below(5),
        },
        Kind::Unplug => What::Unplug {
            back_after_ms: Some(millis),
        },
        Kind::Reboot => What::Reboot { takes_ms: millis },
        Kind::ClockJump => What::ClockJump {
            by_s: i64::from(random.below(7_200)) - 3_600,
        },
        Kind::Freeze => What::Freeze { for_ms: Some(millis) },
        Kind::LongFreeze => What::Freeze {
            for_ms: Some(LONG_FREEZE_MS + millis),
        },
    };
    let frame = 1 + random.below(FRAMES);
    let at = match random.below(2) {
        0 => At::Sent(frame),
        _ => At::Received(frame),
    };
    DeviceFaults {
        seed: u64::from(random.below(u32::MAX)),
        faults: vec![Fault { at, what }],
    }
}
