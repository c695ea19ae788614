//! What the clients were told, written down as they were told it: the books that are held against the gateway's.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;

use madoguchi_proto::checkin::v1::CheckIn;
use madoguchi_proto::consent::v1::ConsentDecision;
use madoguchi_tests::ending;
use tokio::sync::Notify;

/// What a gateway acknowledges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Acknowledged {
    Start,
    Pin,
    Consents,
    End,
}

impl Acknowledged {
    pub(crate) const ALL: [Self; 4] = [Self::Start, Self::Pin, Self::Consents, Self::End];
}

/// A visit as its client knows it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    /// What was answered, where that was sent; it may have been recorded though nobody was told.
    pub(crate) submitted: Option<Vec<ConsentDecision>>,
    /// Whether the client was told that it was recorded.
    pub(crate) acknowledged: bool,
    /// The terminal state that was seen.
    pub(crate) end: Option<CheckIn>,
    /// How many PINs the card was sent.
    pub(crate) pins: usize,
}

/// The books of all clients.
pub(crate) struct Ledger {
    /// By their ids.
    pub(crate) visits: RefCell<BTreeMap<String, Known>>,
    /// What each counter's client was at, last.
    at: RefCell<Vec<&'static str>>,
    news: [Notify; Acknowledged::ALL.len()],
    closed: Cell<bool>,
}

impl Ledger {
    pub(crate) fn new(counters: u8) -> Self {
        Self {
            visits: RefCell::default(),
            at: RefCell::new(vec!["between visits"; counters.into()]),
            news: Default::default(),
            closed: Cell::new(false),
        }
    }

    /// The visits are over.
    pub(crate) fn close(&self) {
        self.closed.set(true);
        self.news.iter().for_each(Notify::notify_waiters);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.get()
    }

    /// Writes something down of a visit.
    pub(crate) fn write(&self, check_in_id: &str, change: impl FnOnce(&mut Known)) {
        change(
            self.visits
                .borrow_mut()
                .entry(check_in_id.to_owned())
                .or_default(),
        );
    }

    /// A client was just told that.
    pub(crate) fn told(&self, what: Acknowledged) {
        self.news[what as usize].notify_waiters();
    }

    /// Waits until some client is told that.
    pub(crate) async fn heard(&self, what: Acknowledged) {
        self.news[what as usize].notified().await;
    }

    /// The client of that counter is at this now.
    pub(crate) fn is_at(&self, counter: usize, what: &'static str) {
        self.at.borrow_mut()[counter - 1] = what;
    }

    pub(crate) fn at(&self) -> Vec<&'static str> {
        self.at.borrow().clone()
    }

    /// How the visits ended.
    fn endings(&self) -> BTreeMap<String, u32> {
        let mut endings = BTreeMap::new();
        for known in self.visits.borrow().values() {
            let words = known.end.as_ref().map_or("not ended".to_owned(), ending);
            *endings.entry(words).or_default() += 1;
        }
        endings
    }

    pub(crate) fn count(&self, words: &str) -> u32 {
        self.endings().get(words).copied().unwrap_or_default()
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (words, count) in self.endings() {
            writeln!(f, "{count} {words}")?;
        }
        let visits = self.visits.borrow();
        let receipts = visits.values().filter(|known| known.acknowledged).count();
        let pins: usize = visits.values().map(|known| known.pins).sum();
        write!(f, "{receipts} consents acknowledged, {pins} PINs sent to cards")
    }
}
