//! What is odd about a patient.

use serde::{Deserialize, Serialize};

use crate::device::PageKind;

/// What is odd about a patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Quirk {
    /// Goes away when that page is shown, and leaves what lies on the reader.
    WalksAway {
        /// The page.
        at: PageKind,
    },
    /// Stops when that page is shown, by the button or the device's key.
    Quits {
        /// The page.
        at: PageKind,
    },
    /// Holds up the card or phone before anything was asked, the commonest mistake of all.
    EarlyTap,
    /// Leaves the card until he was told for so long to take it.
    LeavesCard {
        /// For so long.
        ms: u32,
    },
    /// Forgets the card.
    NeverTakesCard,
    /// Holds up something else, the first time.
    HoldsOther {
        /// A persona's.
        persona: String,
    },
    /// Confirms in Wallet when he comes, and not again until he is told; by then it has closed after so long.
    ArmsTooEarly {
        /// How long Wallet stays armed.
        window_ms: u32,
    },
    /// Takes it away again so soon after holding it up, the first time.
    PullsEarly {
        /// How soon.
        ms: u32,
    },
}
