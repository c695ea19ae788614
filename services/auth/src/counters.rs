//! The counters of this gateway: which readers stand there, and who is being served.

use std::collections::BTreeMap;
use std::sync::Arc;

use madoguchi_core::reader::{Capability, Reader, Snapshot};
use madoguchi_core::{CounterId, Medium, Reason, Refusal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// A counter as it is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counter {
    /// Its name.
    pub id: CounterId,
    /// The readers that stand there: a reader id, `driver:*` for all of a driver, or `*` for all.
    pub readers: Vec<String>,
}

impl Counter {
    /// Whether the reader stands at this counter.
    #[must_use]
    pub fn has(&self, reader: &Reader) -> bool {
        self.readers
            .iter()
            .any(|pattern| match pattern.strip_suffix('*') {
                Some(prefix) => reader.id.as_str().starts_with(prefix),
                None => reader.id.as_str() == pattern,
            })
    }

    /// The media that the readers of this counter can read now.
    #[must_use]
    pub fn media(&self, snapshot: &Snapshot) -> Vec<Medium> {
        let can = |capability, also_unavailable| {
            let mut readers = snapshot.readers.iter().filter(|reader| self.has(reader));
            readers.any(|reader| {
                reader.capabilities.contains(&capability) && (also_unavailable || reader.obstacle().is_none())
            })
        };
        // The card is every counter's medium, and its reader may come back during the visit. A phone is offered only
        // where it can be read now: not shown is not possible.
        let phone = can(Capability::NfcPhone, false);
        // A maker's program that leads visits reads cards, though its reader may do nothing else for the gateway.
        let card = can(Capability::NfcCard, true) || can(Capability::Delegated, true);
        Medium::ALL
            .into_iter()
            .filter(|medium| if medium.is_phone() { phone } else { card })
            .collect()
    }
}

#[derive(Debug)]
struct Place {
    counter: Counter,
    seat: Arc<Semaphore>,
    occupant: watch::Sender<Option<String>>,
}

/// All counters. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Counters(Arc<BTreeMap<CounterId, Place>>);

impl Counters {
    /// The counters of a configuration.
    #[must_use]
    pub fn new(counters: impl IntoIterator<Item = Counter>) -> Self {
        let places = counters.into_iter().map(|counter| {
            let place = Place {
                counter: counter.clone(),
                seat: Arc::new(Semaphore::new(1)),
                occupant: watch::Sender::new(None),
            };
            (counter.id, place)
        });
        Self(Arc::new(places.collect()))
    }

    /// A counter by its name.
    ///
    /// # Errors
    /// [`Reason::CounterNotFound`].
    pub fn get(&self, id: &CounterId) -> Result<&Counter, Refusal> {
        Ok(&self.place(id)?.counter)
    }

    /// Takes the counter for one visit.
    ///
    /// # Errors
    /// [`Reason::CounterNotFound`]; [`Reason::CounterBusy`] with the visit that holds it.
    pub fn claim(&self, id: &CounterId, visit: &str) -> Result<Claim, Refusal> {
        let place = self.place(id)?;
        let Ok(seat) = place.seat.clone().try_acquire_owned() else {
            let refusal = Refusal::from(Reason::CounterBusy);
            return Err(match place.occupant.borrow().as_ref() {
                Some(occupant) => refusal.with("visit_id", occupant),
                None => refusal,
            });
        };
        place.occupant.send_replace(Some(visit.to_owned()));
        Ok(Claim {
            counter: place.counter.clone(),
            occupant: place.occupant.clone(),
            _seat: seat,
        })
    }

    fn place(&self, id: &CounterId) -> Result<&Place, Refusal> {
        self.0.get(id).ok_or_else(|| Reason::CounterNotFound.into())
    }
}

/// The right to serve one visit at a counter; dropping it gives the counter free.
#[derive(Debug)]
#[must_use = "dropping it gives the counter free"]
pub struct Claim {
    counter: Counter,
    occupant: watch::Sender<Option<String>>,
    _seat: OwnedSemaphorePermit,
}

impl Claim {
    /// The counter that is claimed.
    #[must_use]
    pub fn counter(&self) -> &Counter {
        &self.counter
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Before the seat is given back: the next visit's name must not be overwritten.
        self.occupant.send_replace(None);
    }
}

#[cfg(test)]
mod tests {
    use madoguchi_core::reader::State;
    use madoguchi_core::{DriverId, ReaderId};

    use super::*;

    fn reader(id: &str, capabilities: &[Capability]) -> Reader {
        Reader {
            id: ReaderId::new(id).unwrap(),
            driver_id: DriverId::new("pcsc").unwrap(),
            display_name: id.to_owned(),
            model: String::new(),
            firmware: String::new(),
            capabilities: capabilities.to_vec(),
            state: State::Ready,
            card_present: false,
            touch_count: 0,
            reason: None,
            out_of_service: None,
        }
    }

    fn counter(patterns: &[&str]) -> Counter {
        let readers = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        Counter {
            id: CounterId::new("1").unwrap(),
            readers,
        }
    }

    #[test]
    fn readers_stand_where_the_configuration_says() {
        let one = reader("pcsc:serial-1", &[]);
        assert!(counter(&["*"]).has(&one));
        assert!(counter(&["pcsc:*"]).has(&one));
        assert!(counter(&["canon:*", "pcsc:serial-1"]).has(&one));
        assert!(!counter(&["pcsc:serial-2"]).has(&one));
        assert!(!counter(&["canon:*"]).has(&one));
    }

    #[test]
    fn a_phone_is_offered_only_where_it_can_be_read() {
        let card_only = Snapshot {
            sequence: 1,
            readers: vec![reader("pcsc:a", &[Capability::NfcCard])],
        };
        assert_eq!(counter(&["*"]).media(&card_only), [Medium::Card]);
        assert_eq!(counter(&["canon:*"]).media(&card_only), []);
    }

    #[test]
    fn a_reader_whose_program_leads_visits_is_there_for_cards() {
        let delegated = Snapshot {
            sequence: 1,
            readers: vec![reader("atlas:a", &[Capability::Delegated])],
        };
        assert_eq!(counter(&["*"]).media(&delegated), [Medium::Card]);
    }

    #[test]
    fn a_counter_serves_one_visit_at_a_time() {
        let id = CounterId::new("1").unwrap();
        let counters = Counters::new([counter(&["*"])]);
        let claim = counters.claim(&id, "first").unwrap();
        let busy = counters.claim(&id, "second").unwrap_err();
        assert_eq!(busy.reason, Reason::CounterBusy);
        assert_eq!(busy.metadata, [("visit_id", "first".to_owned())]);
        drop(claim);
        assert!(counters.claim(&id, "second").is_ok());
        let unknown = counters.claim(&CounterId::new("9").unwrap(), "x").unwrap_err();
        assert_eq!(unknown.reason, Reason::CounterNotFound);
    }
}
