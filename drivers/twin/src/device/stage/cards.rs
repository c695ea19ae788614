//! Cards of the personas, made once a day: issuing a certificate takes milliseconds.

use std::collections::BTreeMap;
#[expect(
    clippy::disallowed_types,
    reason = "a cache that the handles of one stage share; held while one card is made, never while waiting"
)]
use std::sync::Mutex;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use madoguchi_core::Clock as _;
use madoguchi_core::clock::{JST, SystemClock};
use time::Date;

use crate::device::{CardKind, Refused};
use crate::{Error, Persona, TestCa};

#[derive(Clone)]
pub(super) struct Cards(Arc<Inner>);

struct Inner {
    ca: TestCa,
    #[expect(clippy::disallowed_types, reason = "as above")]
    made: Mutex<BTreeMap<String, (Date, CardKind)>>,
}

impl Cards {
    pub(super) fn new() -> Result<Self, Error> {
        Ok(Self(Arc::new(Inner {
            ca: TestCa::new()?,
            made: Default::default(),
        })))
    }

    /// That persona's card as of today, with all its tries.
    pub(super) fn of(&self, persona: &str, armed_ms: Option<u32>) -> Result<CardKind, Refused> {
        let now = SystemClock.now();
        let today = now.to_offset(JST).date();
        let mut made = self.0.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((day, kind)) = made.get(persona)
            && *day == today
        {
            return Ok(rearmed(kind.clone(), armed_ms));
        }
        let made_now = Persona::by_name(persona).and_then(|found| {
            found
                .map(|found| CardKind::of(&found, &self.0.ca, now))
                .transpose()
        });
        let kind = match made_now {
            Ok(Some(kind)) => kind,
            Ok(None) => return Err(Refused::UnknownPersona),
            Err(error) => {
                tracing::error!(%error, "a persona's card cannot be made");
                return Err(Refused::UnknownPersona);
            }
        };
        made.insert(persona.to_owned(), (today, kind.clone()));
        Ok(rearmed(kind, armed_ms))
    }
}

/// A copy's armed window does not begin when the original was made.
fn rearmed(mut kind: CardKind, armed_ms: Option<u32>) -> CardKind {
    if let CardKind::Chip(card) = &mut kind {
        match armed_ms {
            Some(millis) => card.set_armed(Some(Duration::from_millis(u64::from(millis)))),
            None => card.arm(),
        }
    }
    kind
}
