//! A virtual card beside a reader of a PC/SC service.

use madoguchi_twin::Faults;
use madoguchi_twin::vpcd::{Stopped, VpcdCard};

use super::{Deed, Hands, Refusal, Seen, Skill};

pub(crate) struct SlotHands(pub(crate) VpcdCard);

impl SlotHands {
    fn insert(&self, faults: Faults) -> Result<(), Refusal> {
        self.0.set_faults(faults).map_err(gone)?;
        self.0.insert().map_err(gone).map(drop)
    }
}

impl Hands for SlotHands {
    fn name(&self) -> &'static str {
        "virtual card"
    }

    fn skills(&self) -> Vec<Skill> {
        vec![Skill::Card, Skill::Faults, Skill::Power]
    }

    fn act(&mut self, deed: &Deed) -> Result<Seen, Refusal> {
        match deed {
            Deed::Reset | Deed::Remove => {
                if self.0.is_inserted() {
                    self.0.remove().map_err(gone)?;
                }
            }
            Deed::Insert => self.insert(Faults::default())?,
            Deed::InsertPulledAt(apdu) => self.insert(Faults::pull_at(*apdu))?,
            Deed::InsertSlow(delay_ms) => self.insert(Faults {
                delay_ms: *delay_ms,
                ..Faults::default()
            })?,
            Deed::Look => {}
            _ => return Err(Refusal::CannotDo),
        }
        Ok(Seen {
            powered: Some(self.0.is_powered()),
            ..Seen::default()
        })
    }
}

fn gone(stopped: Stopped) -> Refusal {
    Refusal::Gone(stopped.to_string())
}
