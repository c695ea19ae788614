//! Readers in memory behind core's port: whole visits without a reader, a driver process or a smart card service.
//!
//! What the services and the gateway are tested with, and what `bench check-in` measures them with. The card
//! application that runs here is the real one.

mod conversation;
mod lease;
mod screen;

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_core::Stream;
use madoguchi_core::reader::{Capability, Lease, Reader, Readers, Snapshot, State};
use madoguchi_core::{DriverId, InvalidId, ReaderId, Reason};
use tokio::sync::{Semaphore, watch};
use tokio_stream::wrappers::WatchStream;

use crate::MemorySession;
use lease::TwinLease;

pub use screen::{Shown, TwinScreen};

/// Readers in memory. Cheap to clone; all clones are the same readers.
#[derive(Clone)]
pub struct TwinReaders {
    shared: Arc<Shared>,
}

impl std::fmt::Debug for TwinReaders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TwinReaders").finish_non_exhaustive()
    }
}

pub(crate) struct Shared {
    pub(crate) snapshot: watch::Sender<Snapshot>,
    slots: BTreeMap<ReaderId, Slot>,
}

struct Slot {
    queue: Arc<Semaphore>,
    screen: TwinScreen,
    /// Cards that left, so that a quick exchange is not overlooked.
    removals: watch::Sender<u64>,
    #[expect(
        clippy::disallowed_types,
        reason = "a fake; put, taken and returned in one step each, never across an await"
    )]
    card: std::sync::Mutex<Option<MemorySession>>,
}

impl TwinReaders {
    /// So many readers, `twin:1` and on, each for cards and phones, nothing on them.
    ///
    /// # Errors
    /// None that can happen; ids are checked like everybody's.
    pub fn new(count: usize) -> Result<Self, InvalidId> {
        let driver_id = DriverId::new("twin")?;
        let readers = (1..=count)
            .map(|number| {
                Ok(Reader {
                    id: ReaderId::new(format!("twin:{number}"))?,
                    driver_id: driver_id.clone(),
                    display_name: format!("Twin reader {number}"),
                    model: "Twin".to_owned(),
                    firmware: String::new(),
                    capabilities: vec![Capability::NfcCard, Capability::NfcPhone],
                    state: State::Ready,
                    card_present: false,
                    touch_count: 0,
                    reason: None,
                    out_of_service: None,
                })
            })
            .collect::<Result<Vec<_>, InvalidId>>()?;
        let slots = readers.iter().map(|reader| {
            let slot = Slot {
                queue: Arc::new(Semaphore::new(1)),
                screen: TwinScreen::new(),
                removals: watch::Sender::new(0),
                card: Default::default(),
            };
            (reader.id.clone(), slot)
        });
        let slots = slots.collect();
        Ok(Self {
            shared: Arc::new(Shared {
                snapshot: watch::Sender::new(Snapshot { sequence: 1, readers }),
                slots,
            }),
        })
    }

    /// The reader of that number, from one.
    #[must_use]
    pub fn id(&self, number: usize) -> Option<ReaderId> {
        self.shared
            .snapshot
            .borrow()
            .readers
            .get(number.checked_sub(1)?)
            .map(|reader| reader.id.clone())
    }

    /// Puts a card on a reader, or holds a phone to it.
    pub fn put(&self, id: &ReaderId, card: MemorySession) {
        self.shared.give_back(id, Some(card));
        self.shared.change(id, |reader| reader.card_present = true);
    }

    /// Takes away what lies on a reader. A card in the middle of a conversation is lost to it from the next APDU on,
    /// and is returned once the conversation noticed.
    #[must_use]
    pub fn take(&self, id: &ReaderId) -> Option<MemorySession> {
        self.shared.change(id, |reader| reader.card_present = false);
        self.shared.borrow_card(id)
    }

    /// What stands in front of a patient there; what of it works is what the reader's capabilities say.
    #[must_use]
    pub fn screen(&self, id: &ReaderId) -> Option<TwinScreen> {
        self.shared.slots.get(id).map(|slot| slot.screen.clone())
    }

    /// Changes how a reader is: unplugged, broken, another name.
    pub fn change(&self, id: &ReaderId, change: impl FnOnce(&mut Reader)) {
        self.shared.change(id, change);
    }

    /// Unplugs every reader, or puts back a list of them.
    pub fn set(&self, readers: Vec<Reader>) {
        self.shared.snapshot.send_modify(|snapshot| {
            snapshot.readers = readers;
            snapshot.sequence += 1;
        });
    }
}

impl Shared {
    pub(crate) fn change(&self, id: &ReaderId, change: impl FnOnce(&mut Reader)) {
        let mut removed = false;
        self.snapshot.send_modify(|snapshot| {
            if let Some(reader) = snapshot.readers.iter_mut().find(|reader| reader.id == *id) {
                let before = reader.card_present;
                change(reader);
                removed = before && !reader.card_present;
                snapshot.sequence += 1;
            }
        });
        if removed && let Some(slot) = self.slots.get(id) {
            slot.removals.send_modify(|count| *count += 1);
        }
    }

    /// Counts the cards that left a reader.
    pub(crate) fn removals(&self, id: &ReaderId) -> Option<watch::Receiver<u64>> {
        self.slots.get(id).map(|slot| slot.removals.subscribe())
    }

    pub(crate) fn borrow_card(&self, id: &ReaderId) -> Option<MemorySession> {
        let slot = self.slots.get(id)?;
        slot.card.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(crate) fn give_back(&self, id: &ReaderId, card: Option<MemorySession>) {
        if let Some(slot) = self.slots.get(id) {
            *slot.card.lock().unwrap_or_else(PoisonError::into_inner) = card;
        }
    }

    /// Whether the reader is there and works.
    pub(crate) fn usable(&self, id: &ReaderId) -> Result<(), Reason> {
        let snapshot = self.snapshot.borrow();
        let reader = snapshot.readers.iter().find(|reader| reader.id == *id);
        match reader.ok_or(Reason::ReaderNotFound)? {
            reader if reader.state == State::Unavailable => {
                Err(reader.reason.unwrap_or(Reason::ReaderUnavailable))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn can(&self, id: &ReaderId, capability: Capability) -> bool {
        let snapshot = self.snapshot.borrow();
        let mut readers = snapshot.readers.iter();
        readers.any(|reader| reader.id == *id && reader.capabilities.contains(&capability))
    }

    pub(crate) fn card_present(&self, id: &ReaderId) -> bool {
        self.snapshot
            .borrow()
            .readers
            .iter()
            .any(|reader| reader.id == *id && reader.card_present)
    }
}

#[async_trait]
impl Readers for TwinReaders {
    fn snapshot(&self) -> Snapshot {
        self.shared.snapshot.borrow().clone()
    }

    fn watch(&self) -> Pin<Box<dyn Stream<Item = Snapshot> + Send>> {
        Box::pin(WatchStream::new(self.shared.snapshot.subscribe()))
    }

    async fn lease(&self, id: &ReaderId, wait: Duration) -> Result<Box<dyn Lease>, Reason> {
        let slot = self.shared.slots.get(id).ok_or(Reason::ReaderNotFound)?;
        self.shared.usable(id)?;
        let seat = tokio::time::timeout(wait, Arc::clone(&slot.queue).acquire_owned()).await;
        let seat = seat
            .map_err(|_elapsed| Reason::ReaderBusy)?
            .map_err(|_closed| Reason::ReaderRemoved)?;
        self.shared.usable(id)?;
        Ok(Box::new(TwinLease::new(
            Arc::clone(&self.shared),
            id.clone(),
            slot.screen.clone(),
            seat,
        )))
    }
}
