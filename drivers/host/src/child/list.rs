//! The readers of this driver, as they are published to the gateway.

use std::collections::{BTreeMap, BTreeSet};

use madoguchi_core::Reason;
use madoguchi_driver_api::{Event, ReaderInfo};
use madoguchi_proto::driverhost::v1::HostReader;

use crate::wire::{MAX_READERS, capability_name};

/// Of so many readers that are gone the counts are kept; those that are there are bounded by themselves.
const MAX_GONE: usize = 64;
/// A name longer than this is cut.
const MAX_NAME_LEN: usize = 128;

/// The readers by selector. One that is gone stays in the books, so that its card count goes on rising; where many are
/// gone, the one that went first is forgotten.
#[derive(Debug, Default)]
pub(super) struct List {
    readers: BTreeMap<String, Entry>,
    departures: u64,
    /// The most cards and touches of any that is forgotten: whoever comes goes on from there, in case it is that one.
    forgotten_cards: u64,
    forgotten_touches: u64,
    /// Whether it was said that there are too many.
    told: bool,
}

#[derive(Debug)]
struct Entry {
    connected: bool,
    /// Which departure was its last.
    left: u64,
    reader: HostReader,
}

impl Entry {
    /// Whether the reader is there, and can tell what lies on it.
    const fn is_in_sight(&self) -> bool {
        self.connected && self.reader.reason.is_empty()
    }
}

impl List {
    /// Takes over what the driver says is connected now.
    pub(super) fn replace(&mut self, infos: Vec<ReaderInfo>) {
        self.departures += 1;
        let mut stay = BTreeSet::new();
        for (selector, entry) in self.readers.iter_mut().filter(|(_, entry)| entry.connected) {
            if entry.is_in_sight() {
                stay.insert(selector.clone());
            }
            entry.connected = false;
            entry.left = self.departures;
        }
        self.told = false;
        for info in infos {
            let stays = stay.contains(&info.selector);
            self.put(info, stays);
        }
        for entry in self.readers.values_mut().filter(|entry| !entry.connected) {
            entry.reader.card_present = false;
        }
        self.forget();
    }

    /// Nobody can tell how the readers are.
    pub(super) fn unavailable(&mut self, reason: Reason) {
        for entry in self.readers.values_mut() {
            entry.reader.card_present = false;
            reason.code().clone_into(&mut entry.reader.reason);
        }
    }

    pub(super) fn apply(&mut self, event: Event) {
        match event {
            Event::ReaderChanged(info) => {
                let before = self.readers.get(&info.selector);
                let stays = before.is_some_and(Entry::is_in_sight);
                self.put(info, stays);
            }
            Event::ReaderGone { selector } => {
                if let Some(entry) = self.readers.get_mut(&selector).filter(|entry| entry.connected) {
                    self.departures += 1;
                    entry.connected = false;
                    entry.left = self.departures;
                    entry.reader.card_present = false;
                }
                self.forget();
            }
            Event::CardInserted { selector } => {
                if let Some(entry) = self.readers.get_mut(&selector) {
                    entry.reader.card_present = true;
                    entry.reader.card_count += 1;
                }
            }
            Event::CardGone { selector } => {
                if let Some(entry) = self.readers.get_mut(&selector) {
                    entry.reader.card_present = false;
                }
            }
            Event::Touched { selector } => {
                if let Some(entry) = self.readers.get_mut(&selector) {
                    entry.reader.touch_count += 1;
                }
            }
            _ => tracing::debug!("an event that nobody waits for"),
        }
    }

    pub(super) fn published(&self) -> Vec<HostReader> {
        self.readers
            .values()
            .filter(|entry| entry.connected)
            .map(|entry| entry.reader.clone())
            .collect()
    }

    /// A card that appears on a reader that `stays` in sight was put on. What lies on one that comes, or comes back, is
    /// not counted: it may have lain there all the time.
    fn put(&mut self, info: ReaderInfo, stays: bool) {
        let is_there = self
            .readers
            .get(&info.selector)
            .is_some_and(|entry| entry.connected);
        let count = self.readers.values().filter(|entry| entry.connected).count();
        if !is_there && count >= MAX_READERS {
            if !std::mem::replace(&mut self.told, true) {
                tracing::warn!(limit = MAX_READERS, "the driver reports too many readers");
            }
            return;
        }
        let entry = self
            .readers
            .entry(info.selector.clone())
            .or_insert_with(|| Entry {
                connected: true,
                left: 0,
                reader: HostReader {
                    selector: info.selector,
                    card_count: self.forgotten_cards,
                    touch_count: self.forgotten_touches,
                    ..HostReader::default()
                },
            });
        entry.connected = true;
        let reader = &mut entry.reader;
        reader.display_name = cut(&info.display_name);
        reader.model = cut(&info.model);
        reader.firmware = cut(&info.firmware);
        reader.capabilities = info
            .capabilities
            .into_iter()
            .map(|known| capability_name(known).to_owned())
            .collect();
        reader.reason = info
            .unavailable
            .map_or_else(String::new, |error| error.reason().code().to_owned());
        if stays && info.card_present && !reader.card_present {
            reader.card_count += 1;
        }
        reader.card_present = info.card_present;
    }

    /// Forgets those that went first, where too many are gone.
    fn forget(&mut self) {
        let mut gone: Vec<_> = self
            .readers
            .iter()
            .filter(|(_, entry)| !entry.connected)
            .map(|(selector, entry)| (entry.left, selector.clone()))
            .collect();
        gone.sort_unstable();
        for (_, selector) in gone.iter().take(gone.len().saturating_sub(MAX_GONE)) {
            if let Some(Entry { reader, .. }) = self.readers.remove(selector) {
                self.forgotten_cards = self.forgotten_cards.max(reader.card_count);
                self.forgotten_touches = self.forgotten_touches.max(reader.touch_count);
            }
        }
    }
}

fn cut(name: &str) -> String {
    name.chars().take(MAX_NAME_LEN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(selector: &str, card_present: bool) -> ReaderInfo {
        ReaderInfo {
            selector: selector.into(),
            display_name: "n".repeat(500),
            model: String::new(),
            firmware: String::new(),
            capabilities: vec![madoguchi_driver_api::Capability::NfcCard],
            card_present,
            unavailable: None,
        }
    }

    fn gone(selector: &str) -> Event {
        Event::ReaderGone {
            selector: selector.into(),
        }
    }

    #[test]
    fn cards_that_are_put_on_are_counted_and_not_readers_that_come_back() {
        let mut list = List::default();
        list.replace(vec![info("a", true), info("b", false)]);
        let count = |list: &List| {
            list.published()
                .iter()
                .map(|r| (r.card_present, r.card_count))
                .collect::<Vec<_>>()
        };
        assert_eq!(count(&list), [(true, 0), (false, 0)]);
        list.apply(Event::CardInserted { selector: "a".into() });
        assert_eq!(count(&list)[0], (true, 1), "a quick exchange");
        list.apply(gone("a"));
        assert_eq!(count(&list), [(false, 0)], "only b is left");
        list.apply(Event::ReaderChanged(info("a", true)));
        assert_eq!(count(&list)[0], (true, 1), "the card may have lain there");
        list.apply(Event::ReaderChanged(info("a", false)));
        list.apply(Event::ReaderChanged(info("a", true)));
        assert_eq!(count(&list)[0], (true, 2), "put on before our eyes");
        list.replace(vec![info("b", true)]);
        assert_eq!(count(&list), [(true, 1)], "b stayed");
        list.apply(Event::CardInserted {
            selector: "unheard-of".into(),
        });
        assert_eq!(list.published().len(), 1);
    }

    #[test]
    fn touches_are_counted() {
        let mut list = List::default();
        list.replace(vec![info("a", false), info("b", false)]);
        for selector in ["a", "a", "unheard-of"] {
            list.apply(Event::Touched {
                selector: selector.into(),
            });
        }
        // What else changes leaves the count alone.
        list.apply(Event::ReaderChanged(info("a", true)));
        let counts: Vec<_> = list.published().iter().map(|reader| reader.touch_count).collect();
        assert_eq!(counts, [2, 0]);
    }

    #[test]
    fn a_wild_driver_is_bounded() {
        let mut list = List::default();
        list.replace((0..1000).map(|n| info(&n.to_string(), false)).collect());
        assert_eq!(list.published().len(), MAX_READERS);
        assert_eq!(list.published()[0].display_name.len(), MAX_NAME_LEN);
    }

    #[test]
    fn readers_that_are_gone_crowd_out_none_that_is_there() {
        let mut list = List::default();
        list.replace(vec![info("first", false)]);
        list.apply(Event::CardInserted {
            selector: "first".into(),
        });
        list.apply(Event::Touched {
            selector: "first".into(),
        });
        list.apply(gone("first"));
        for n in 0..3 * MAX_READERS {
            list.apply(Event::ReaderChanged(info(&n.to_string(), false)));
            assert_eq!(list.published().len(), 1, "{n}");
            list.apply(gone(&n.to_string()));
            assert!(list.readers.len() <= MAX_GONE);
        }
        // One life had many, the next has others.
        list.replace((0..MAX_READERS).map(|n| info(&format!("a{n}"), false)).collect());
        list.replace((0..MAX_READERS).map(|n| info(&format!("b{n}"), false)).collect());
        assert_eq!(list.published().len(), MAX_READERS);
        assert!(list.readers.len() <= MAX_READERS + MAX_GONE);
        assert!(!list.readers.contains_key("first"));
        list.apply(gone("b0"));
        list.apply(Event::ReaderChanged(info("first", true)));
        let first = list
            .published()
            .into_iter()
            .find(|reader| reader.selector == "first")
            .unwrap();
        assert_eq!((first.card_count, first.touch_count), (1, 1), "counts only rise");
    }

    #[test]
    fn when_nobody_can_tell_every_reader_says_so() {
        let mut list = List::default();
        list.replace(vec![info("a", true)]);
        list.unavailable(Reason::ReaderServiceUnavailable);
        assert_eq!(list.published()[0].reason, "READER_SERVICE_UNAVAILABLE");
        assert!(!list.published()[0].card_present);
        list.replace(vec![info("a", true)]);
        assert_eq!(
            (
                list.published()[0].reason.as_str(),
                list.published()[0].card_count
            ),
            ("", 0)
        );
    }
}
