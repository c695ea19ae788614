//! Where the slot is.

use std::net::SocketAddr;
use std::sync::Arc;

use super::thing::{CardKind, Chip, Thing};
use crate::Faults;
use crate::line::Line;
use crate::vpcd::VpcdCard;

/// Told when a fault pulled a card that lies on a vpcd. It must not wait.
pub(in crate::device) type Notify = Arc<dyn Fn() + Send + Sync>;

pub(super) enum Place {
    /// In the device, which talks to the card itself.
    Own,
    /// Beside it, on a vpcd: the driver talks to the card through PC/SC.
    Vpcd { addr: SocketAddr, pulled: Notify },
}

impl Place {
    /// The thing as it is in this place, not put there yet.
    pub(super) fn make(&self, kind: CardKind) -> Option<Thing> {
        let card = match kind {
            CardKind::Paper => return Some(Thing::Paper { there: false }),
            CardKind::Chip(card) => *card,
        };
        match self {
            Self::Own => Some(Thing::Chip(Box::new(Chip::new(Line::new(
                card,
                Faults::default(),
            ))))),
            Self::Vpcd { addr, pulled } => {
                let pulled = Arc::clone(pulled);
                VpcdCard::watched(*addr, card, Faults::default(), Box::new(move || pulled()))
                    .map(Thing::Vpcd)
                    .inspect_err(|error| tracing::error!(%error, "no thread for a card"))
                    .ok()
            }
        }
    }
}
