//! What can be seen of a device.

use serde::{Deserialize, Serialize};

use crate::device::{Colour, Identity, PageKind, Panel, PinPad};

/// What can be seen of a device, and what a test has to know of its inside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Rises with each change that can be seen; frames alone change nothing.
    pub sequence: u64,
    /// Who it says it is.
    pub identity: Identity,
    /// Where it is plugged in; none while it is not, or starts.
    pub place: Option<String>,
    /// Whether a driver has its line open.
    pub connected: bool,
    /// Whether it does not react any more.
    pub frozen: bool,
    /// Counts what was shown: the same number, the same thing on the screen.
    pub shown: u64,
    /// The page on the screen, where it is one.
    pub panel: Option<Panel>,
    /// The PIN pad on the screen, where it is one.
    pub pin: Option<PinState>,
    /// Whether the screen shows the camera's picture.
    pub face: bool,
    /// The pages that were shown, oldest first, the latest 512 of them.
    pub pages: Vec<PageKind>,
    /// The light.
    pub light: Option<Colour>,
    /// Beeps since it was plugged in first.
    pub beeps: u32,
    /// Whether something lies in the slot.
    pub card_present: bool,
    /// What lies in the slot, or lay there last.
    pub card: Option<CardState>,
    /// PIN buffers that live, on the pad and in the front: none once a call has returned.
    pub pins_held: usize,
    /// Frames or chunks that came in.
    pub frames_in: u64,
    /// Frames that went out.
    pub frames_out: u64,
    /// Faults that happened since it was told last what goes wrong.
    pub faults_met: u32,
}

impl State {
    /// The page on the screen, PIN pad and camera among them.
    #[must_use]
    pub fn page(&self) -> Option<PageKind> {
        if self.pin.is_some() {
            return Some(PageKind::Pin);
        }
        if self.face {
            return Some(PageKind::Face);
        }
        self.panel.as_ref().map(|panel| panel.page)
    }
}

/// A PIN pad as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinState {
    /// The pad.
    pub pad: PinPad,
    /// How many digits are typed.
    pub typed: usize,
}

/// A card as a test has to know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardState {
    /// Whose: the name it was put on under.
    pub persona: String,
    /// Whether it lies there.
    pub inserted: bool,
    /// Whether it has power.
    pub powered: bool,
    /// APDUs since it was made.
    pub apdu_count: u32,
    /// PINs that it was sent since it was made.
    pub pins_sent: u32,
    /// How many tries its PIN has left; none where it has no PIN.
    pub tries_left: Option<u8>,
}
