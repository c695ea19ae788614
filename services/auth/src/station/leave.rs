//! The card is done, or the visit: what becomes of what lies on the readers.

use std::sync::Arc;

use madoguchi_core::reader::Capability;

use super::farewell::{Card, Leaving, Panel, may_lie_on};
use super::held::Held;
use super::{Place, Station};

impl Station {
    /// The card was read and signed: what is not needed for a reminder is given back.
    pub(crate) async fn card_is_done(&mut self, is_phone: bool) {
        let shared = self.panel.is_some();
        if is_phone || !shared {
            self.keep_until_lifted();
            self.let_card_go();
            self.come_back().await;
        }
    }

    /// What a visit has read is nobody else's: its reader is held until it is lifted, so that the next patient's visit
    /// does not find it. Not where the screen waits for that reader, and not where the screen reminds of it.
    fn keep_until_lifted(&mut self) {
        if self.aside.is_some() || self.lost.is_some() {
            return;
        }
        let shared = self.panel.is_some();
        let kept = self
            .beside
            .take_if(|held| if shared { held.had_phone } else { held.opened });
        if let Some(held) = kept {
            self.farewells.until_lifted(held.lease);
        }
    }

    /// Has nothing to do with the card or phone any more, and gives back the reader beside the screen.
    pub(crate) fn let_card_go(&mut self) {
        self.place = Place::Nowhere;
        self.give_beside_back();
    }

    /// Gives back the reader beside the screen, and remembers where a card that was read may lie.
    pub(super) fn give_beside_back(&mut self) {
        if let Some(Held { lease, .. }) = self.beside.take().filter(|held| held.opened && !held.had_phone) {
            self.gave_back = Some(lease.reader_id().clone());
        }
    }

    /// This visit reads no card any more: one that was read and lies there still is not the next patient's.
    pub(crate) fn reads_no_more(&mut self) {
        if let Some(id) = self.gave_back.take().filter(|id| may_lie_on(&*self.readers, id)) {
            self.left = Some(self.farewells.left.mark(&id));
        }
    }
}

impl Drop for Station {
    fn drop(&mut self) {
        self.keep_until_lifted();
        self.reads_no_more();
        let left = self.left.take();
        let left = left.filter(|mark| may_lie_on(&*self.readers, mark.reader_id()));
        let card = match (self.beside.take().filter(|held| !held.had_phone), &self.panel) {
            (Some(held), _) if self.place == Place::Beside => Some(Card::Beside(held.lease)),
            _ if left.is_some() => left.map(Card::Left),
            // A maker's program that led the visit to nothing reminds by itself.
            (_, Some(panel)) if panel.can(Capability::Delegated) && self.place == Place::Nowhere => None,
            (_, Some(panel)) if panel.had_phone => Some(Card::PhoneOnPanel),
            // Also one that was never opened, or that was not what the patient had chosen.
            (_, Some(_)) => Some(Card::OnPanel),
            // A reminder only if it is still there when the reader is back.
            (_, None) => self.lost.clone().map(Card::Lost),
        };
        let panel = match (self.panel.take(), self.aside.take(), self.lost.take()) {
            (Some(panel), ..) => Panel::Held(panel.lease),
            (None, Some(aside), _) => Panel::Aside(aside),
            (None, None, Some(id)) => Panel::Aside(self.farewells.aside.mark(&id)),
            (None, None, None) => {
                if let Some(Card::Left(mark)) = card {
                    self.farewells.until_gone(Arc::clone(&self.readers), mark);
                }
                return;
            }
        };
        self.farewells.begin(Leaving {
            readers: Arc::clone(&self.readers),
            panel,
            card,
            farewell: self.farewell,
            language: std::mem::take(&mut self.language),
            left: self.farewells.left.clone(),
        });
    }
}
