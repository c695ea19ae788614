//! A face reader and a reader for phones, in memory, and who stands in front of them.

use std::time::Duration;

use madoguchi_auth::Options;
use madoguchi_core::check_in::{CheckIn, Guidance, Outcome};
use madoguchi_core::reader::{Capability, Readers as _, State};
use madoguchi_core::screen::{Answer, Page};
use madoguchi_core::{Medium, Method, Pin, ReaderId, Reason};
use madoguchi_session::Updates;
use madoguchi_twin::{Shown, TwinScreen};

use crate::house::{House, request, session};

/// A face reader on which staff confirm by eye.
pub(crate) const FACE: &[Capability] = &[
    Capability::NfcCard,
    Capability::Screen,
    Capability::PinPad,
    Capability::Face,
    Capability::StaffVisual,
];
/// A reader for phones.
pub(crate) const PHONES: &[Capability] = &[Capability::NfcPhone];

pub(crate) struct FaceDesk {
    pub(crate) house: House,
    pub(crate) screen: TwinScreen,
    /// The face reader.
    pub(crate) panel: ReaderId,
    /// The reader for phones.
    pub(crate) phones: ReaderId,
}

impl FaceDesk {
    pub(crate) async fn new() -> Self {
        Self::with(FACE, PHONES, Options::default()).await
    }

    pub(crate) async fn with(panel: &[Capability], phones: &[Capability], options: Options) -> Self {
        let house = House::standing(&[panel, phones], options).await;
        let (panel, phones) = (house.readers.id(1).unwrap(), house.readers.id(2).unwrap());
        Self {
            screen: house.readers.screen(&panel).unwrap(),
            house,
            panel,
            phones,
        }
    }

    pub(crate) async fn start(&self) -> CheckIn {
        self.house.check_ins.start(request("r1", None)).await.unwrap()
    }

    pub(crate) fn put(&self, reader: &ReaderId, persona: &str) {
        self.house.readers.put(reader, session(persona));
    }

    /// The buttons of the page on which the medium is chosen, and what stands above them.
    pub(crate) async fn media(&self) -> (Vec<Medium>, Option<Guidance>) {
        let page = self.page(|page| matches!(page, Page::ChooseMedium { .. })).await;
        match page {
            Page::ChooseMedium { options, notice } => (options, notice),
            other => panic!("{other:?}"),
        }
    }

    /// The next page like that.
    pub(crate) async fn page(&self, wished: impl Fn(&Page) -> bool) -> Page {
        let shown = self
            .shown(|shown| matches!(shown, Shown::Page(screen) if wished(&screen.page)))
            .await;
        match shown {
            Shown::Page(screen) => screen.page,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn guided(&self, guidance: Guidance) {
        self.page(|page| *page == Page::Guide { guidance }).await;
    }

    pub(crate) async fn shown(&self, wished: impl Fn(&Shown) -> bool) -> Shown {
        let shown = tokio::time::timeout(Duration::from_secs(20), self.screen.until(wished)).await;
        shown.unwrap_or_else(|_| panic!("not shown after {:?}", self.screen.history()))
    }

    pub(crate) async fn choose(&self, medium: Medium) {
        self.media().await;
        assert!(self.screen.press(Answer::Medium(medium)));
    }

    pub(crate) async fn type_pin(&self, digits: &str) {
        self.shown(|shown| matches!(shown, Shown::PinPad(_))).await;
        let pin = Pin::new(digits.as_bytes().to_vec()).unwrap();
        assert!(self.screen.type_pin(Some(pin)));
    }

    /// Is verified by the PIN on the screen, which is right.
    pub(crate) async fn by_pin(&self) {
        self.page(|page| matches!(page, Page::ChooseMethod { .. })).await;
        assert!(self.screen.press(Answer::Method(Method::Pin)));
        self.type_pin("1234").await;
    }

    /// Agrees to all four items on the screen.
    pub(crate) async fn agree(&self) {
        for item in madoguchi_core::consent::Item::ALL {
            self.page(|page| matches!(page, Page::Consent { item: asked, .. } if *asked == item))
                .await;
            assert!(self.screen.press(Answer::Yes));
        }
    }

    pub(crate) fn state(&self, reader: &ReaderId) -> State {
        let snapshot = self.house.readers.snapshot();
        let mut readers = snapshot.readers.iter();
        readers.find(|one| one.id == *reader).unwrap().state
    }

    /// Waits until nobody holds a reader any more, once the phone was lifted.
    pub(crate) async fn all_free(&self) {
        let _phone = self.house.readers.take(&self.phones);
        for reader in [&self.panel, &self.phones] {
            let lease = self.house.readers.lease(reader, Duration::from_secs(5)).await;
            assert!(!matches!(lease, Err(Reason::ReaderBusy)), "{reader} is stuck");
        }
    }

    pub(crate) fn shown_pin_pad(&self) -> bool {
        let history = self.screen.history();
        history.iter().any(|shown| matches!(shown, Shown::PinPad(_)))
    }
}

/// The end of a visit.
pub(crate) async fn end(updates: &mut Updates<CheckIn>) -> CheckIn {
    use futures_util::StreamExt as _;
    let mut last = None;
    while let Some(now) = tokio::time::timeout(Duration::from_secs(30), updates.next())
        .await
        .unwrap()
    {
        last = Some(now);
    }
    last.unwrap()
}

pub(crate) fn failure(ended: &CheckIn) -> Reason {
    match &ended.outcome {
        Some(Outcome::Failed(failure)) => failure.reason,
        other => panic!("not failed: {other:?}"),
    }
}
