//! The readers of a counter that one visit holds: the one with the screen, and the one with the card or phone. They
//! may be one device or two.

mod farewell;
mod held;
mod leave;
mod marks;
mod screen;
mod tries;

use std::sync::Arc;
use std::time::Duration;

use madoguchi_core::reader::{Capability, Lease, Reader, Readers, Snapshot, State as ReaderState};
use madoguchi_core::screen::Page;
use madoguchi_core::{Medium, ReaderId, Reason};

pub use farewell::Farewell;
pub(crate) use farewell::Farewells;
use held::{Held, is_on};
use marks::Mark;
pub(crate) use marks::Marks;
pub(crate) use screen::{PATIENCE, loses_panel};
pub(crate) use tries::Tries;

use crate::counters::Counter;

/// How long to stand in line for a reader that just saw a card: only its own driver may be in the way.
pub(crate) const LEASE_WAIT: Duration = Duration::from_secs(2);

/// Where the card or phone is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Nowhere,
    Panel,
    Beside,
}

/// The readers that one visit holds. Dropping it powers cards off, says farewell on the screen, reminds of a card that
/// was left, and gives the readers back.
pub struct Station {
    readers: Arc<dyn Readers>,
    counter: Counter,
    /// BCP 47 language of the screen; the patient may change it.
    language: String,
    panel: Option<Held>,
    beside: Option<Held>,
    place: Place,
    /// The page that stands on the screen and asks nothing, where one does.
    shown: Option<Page>,
    /// The reader with the screen, given back while the one beside it works: they cannot side by side.
    aside: Option<Mark>,
    /// The reader beside the screen that was given back last after a card on it was read.
    gave_back: Option<ReaderId>,
    /// The same, once this visit reads no card any more.
    left: Option<Mark>,
    /// The reader with the screen, where it was lost: what lay on it may lie there when it is back.
    lost: Option<ReaderId>,
    farewell: Farewell,
    farewells: Farewells,
}

impl std::fmt::Debug for Station {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Station")
            .field("panel", &self.panel.as_ref().map(|held| held.lease.reader_id()))
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

impl Station {
    pub(crate) fn new(
        readers: Arc<dyn Readers>,
        counter: Counter,
        language: String,
        farewells: Farewells,
    ) -> Self {
        Self {
            readers,
            counter,
            language,
            panel: None,
            beside: None,
            place: Place::Nowhere,
            shown: None,
            aside: None,
            gave_back: None,
            left: None,
            lost: None,
            farewell: Farewell::Idle,
            farewells,
        }
    }

    /// The counter.
    pub(crate) fn counter(&self) -> &Counter {
        &self.counter
    }

    /// The language of the screen now.
    #[must_use]
    pub fn language(&self) -> &str {
        &self.language
    }

    /// What the screen says when the visit is over.
    pub fn set_farewell(&mut self, farewell: Farewell) {
        self.farewell = farewell;
    }

    /// Whether the patient can be asked on a reader's screen now.
    #[must_use]
    pub fn has_screen(&self) -> bool {
        self.panel_can(Capability::Screen)
    }

    /// Whether the reader with the screen is held.
    pub(crate) const fn has_panel(&self) -> bool {
        self.panel.is_some()
    }

    /// Whether the card or phone in use is on the reader with the screen.
    pub(crate) fn card_is_on_panel(&self) -> bool {
        self.place == Place::Panel && self.has_panel()
    }

    /// Whether the reader with the screen can do that.
    pub(crate) fn panel_can(&self, capability: Capability) -> bool {
        self.panel.as_ref().is_some_and(|held| held.can(capability))
    }

    /// Whether the reader on which the card or phone is can do that.
    pub(crate) fn card_reader_can(&self, capability: Capability) -> bool {
        self.at_card().is_some_and(|held| held.can(capability))
    }

    /// The lease of the reader with the screen.
    pub(crate) fn panel(&mut self) -> Option<&mut dyn Lease> {
        self.shown = None;
        match &mut self.panel {
            Some(held) => Some(&mut *held.lease),
            None => None,
        }
    }

    fn at_card(&self) -> Option<&Held> {
        match self.place {
            Place::Nowhere => None,
            Place::Panel => self.panel.as_ref(),
            Place::Beside => self.beside.as_ref(),
        }
    }

    const fn at_card_mut(&mut self) -> Option<&mut Held> {
        match self.place {
            Place::Nowhere => None,
            Place::Panel => self.panel.as_mut(),
            Place::Beside => self.beside.as_mut(),
        }
    }

    /// The lease of the reader on which the card or phone is.
    ///
    /// # Errors
    /// [`Reason::CardRemoved`] where there is none.
    pub(crate) fn card(&mut self) -> Result<&mut dyn Lease, Reason> {
        match self.at_card_mut() {
            Some(held) => Ok(&mut *held.lease),
            None => Err(Reason::CardRemoved),
        }
    }

    /// Whether a card or phone is being worked with.
    pub(crate) fn has_card(&self) -> bool {
        self.at_card().is_some()
    }

    /// The readers that this visit holds: leased to everybody else, its own to use.
    pub(crate) fn held(&self) -> Vec<ReaderId> {
        [&self.panel, &self.beside]
            .into_iter()
            .flatten()
            .map(|held| held.lease.reader_id().clone())
            .collect()
    }

    /// The reader with the screen, whoever holds it now; one that is free first.
    fn panel_reader(&self, snapshot: &Snapshot) -> Option<Reader> {
        let shows =
            |reader: &&Reader| self.counter.has(reader) && reader.obstacle().is_none() && is_panel(reader);
        let mut found: Vec<_> = snapshot.readers.iter().filter(shows).collect();
        found.sort_by_key(|reader| reader.state != ReaderState::Ready);
        found.first().map(|reader| (*reader).clone())
    }

    /// Takes the reader with the screen, waiting in line for it; does nothing where it is held already, where the
    /// counter has none, or where it may not be used beside the reader that holds the card.
    ///
    /// # Errors
    /// Why it cannot be had, [`Reason::ReaderBusy`] after the wait.
    pub(crate) async fn take_panel(&mut self, wait: Duration) -> Result<(), Reason> {
        if self.panel.is_some() {
            return Ok(());
        }
        let Some(reader) = self.panel_reader(&self.readers.snapshot()) else {
            return Ok(());
        };
        if is_on(self.beside.as_ref(), &reader.id) {
            // It is held for the card that lies on it: nobody else has to give it back.
            self.panel = self.beside.take();
            self.lost = None;
            if self.place == Place::Beside {
                self.place = Place::Panel;
            }
            return Ok(());
        }
        let solitary = reader.capabilities.contains(&Capability::Solitary);
        if self
            .beside
            .as_ref()
            .is_some_and(|held| solitary || held.can(Capability::Solitary))
        {
            return Ok(());
        }
        self.hold_panel(reader, wait).await
    }

    async fn hold_panel(&mut self, reader: Reader, wait: Duration) -> Result<(), Reason> {
        let lease = self.readers.lease(&reader.id, wait).await.map_err(of_listed)?;
        self.aside = None;
        self.lost = None;
        self.shown = None;
        self.panel = Some(Held::new(lease, reader.capabilities));
        Ok(())
    }

    /// Works with the card or phone that is on this reader from now on.
    ///
    /// # Errors
    /// Why the reader cannot be had.
    pub(crate) async fn use_card_on(&mut self, id: &ReaderId) -> Result<(), Reason> {
        if !is_on(self.panel.as_ref(), id) {
            self.hold(id).await?;
        }
        if is_on(self.panel.as_ref(), id) {
            self.give_beside_back();
            self.place = Place::Panel;
        } else {
            self.place = Place::Beside;
        }
        self.gave_back.take_if(|given_back| given_back == id);
        Ok(())
    }

    /// Whether the screen is given back for as long as the reader beside it works.
    pub(crate) const fn stands_aside(&self) -> bool {
        self.aside.is_some()
    }

    /// Takes the screen again, where it was given back for the reader beside it and that one is done.
    pub(crate) async fn come_back(&mut self) {
        if self.stands_aside() && self.beside.is_none() {
            // A screen that cannot be had now is taken where something is asked on it.
            let _ = self.take_panel(LEASE_WAIT).await;
        }
    }

    /// Holds the reader that is to read the phone while its owner still reaches for it. Where it cannot work beside the
    /// screen it is taken with the tap: until then the screen is needed.
    ///
    /// # Errors
    /// Why the reader cannot be had.
    pub(crate) async fn hold_phone_reader(&mut self) -> Result<(), Reason> {
        if self.panel_can(Capability::NfcPhone) || self.beside.is_some() {
            return Ok(());
        }
        let snapshot = self.readers.snapshot();
        let reads_phones = |reader: &&Reader| {
            self.counter.has(reader)
                && reader.state == ReaderState::Ready
                && reader.obstacle().is_none()
                && reader.capabilities.contains(&Capability::NfcPhone)
        };
        match snapshot.readers.iter().find(reads_phones) {
            Some(reader) if !self.excludes(&reader.capabilities) => self.hold(&reader.id).await,
            _ => Ok(()),
        }
    }

    /// Whether the reader with the screen cannot work beside one that can do that.
    fn excludes(&self, capabilities: &[Capability]) -> bool {
        self.panel_can(Capability::Solitary)
            || (self.panel.is_some() && capabilities.contains(&Capability::Solitary))
    }

    /// Holds that reader: as the one with the screen where it has one and none is held, else beside that one.
    async fn hold(&mut self, id: &ReaderId) -> Result<(), Reason> {
        if is_on(self.beside.as_ref(), id) {
            return Ok(());
        }
        let snapshot = self.readers.snapshot();
        let found = snapshot.readers.into_iter().find(|reader| reader.id == *id);
        let reader = found.ok_or(Reason::ReaderRemoved)?;
        self.give_beside_back();
        if self.panel.is_none() && is_panel(&reader) {
            return self.hold_panel(reader, LEASE_WAIT).await;
        }
        if self.excludes(&reader.capabilities) {
            // They cannot work side by side: what the screen shows stays there while the other one reads.
            let panel = self.panel.take();
            self.aside = panel.map(|panel| self.farewells.aside.mark(panel.lease.reader_id()));
        }
        let lease = self.readers.lease(id, LEASE_WAIT).await.map_err(of_listed)?;
        self.beside = Some(Held::new(lease, reader.capabilities));
        Ok(())
    }

    /// Says what is expected on the reader in use.
    pub(crate) fn holds(&mut self, medium: Medium) {
        if let Some(held) = self.at_card_mut() {
            held.had_phone = medium.is_phone();
        }
    }

    /// Says what was opened on the reader in use.
    pub(crate) fn opened(&mut self, medium: Medium) {
        if let Some(held) = self.at_card_mut() {
            held.had_phone = medium.is_phone();
            held.opened = true;
        }
    }

    /// Powers the card off and says how many APDUs it was sent since this was asked last.
    pub(crate) async fn close_card(&mut self) -> u32 {
        match self.at_card_mut() {
            Some(held) => held.close_card().await,
            None => 0,
        }
    }

    /// The maker's program worked with a card on the reader with the screen: it may still lie there.
    pub(crate) fn card_may_lie_on_panel(&mut self) {
        self.place = Place::Panel;
    }
}

/// Why a reader that was listed just now is not had: one that is not found any more was pulled in between.
const fn of_listed(reason: Reason) -> Reason {
    match reason {
        Reason::ReaderNotFound => Reason::ReaderRemoved,
        reason => reason,
    }
}

/// Whether it shows to the patient, page by page or by the maker's own program.
fn is_panel(reader: &Reader) -> bool {
    [Capability::Screen, Capability::Delegated]
        .iter()
        .any(|wanted| reader.capabilities.contains(wanted))
}
