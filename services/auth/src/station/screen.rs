//! The reader's screen: shown to, asked, and lost now and then.

use std::time::Duration;

use futures_util::StreamExt as _;
use madoguchi_core::Reason;
use madoguchi_core::reader::{Capability, State};
use madoguchi_core::screen::{Answer, Page, Screen};

use super::{Station, Tries, is_on};

/// No visit is longer: its own time ends every wait for a person before.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// How long showing a page that asks nothing may take.
const SHOWING: Duration = Duration::from_secs(2);

impl Station {
    /// Shows a page that asks nothing. A screen that cannot show it is no reason to end a visit: the caller is told the
    /// same.
    pub async fn show(&mut self, page: Page) {
        self.come_back().await;
        if !self.panel_can(Capability::Screen) {
            return;
        }
        let screen = Screen {
            page,
            language: self.language.clone(),
        };
        let Some(panel) = self.panel() else { return };
        match panel.present(&screen, SHOWING).await {
            Ok(_) => self.shown = Some(screen.page),
            Err(reason) => {
                tracing::debug!(code = reason.code(), "a page was not shown");
                if loses_panel(reason) {
                    self.panel = None;
                }
            }
        }
    }

    /// The same, unless the page stands there already: shown again it would look like something new to do.
    pub(crate) async fn keep_showing(&mut self, page: Page) {
        self.come_back().await;
        if self.shown.as_ref() != Some(&page) {
            self.show(page).await;
        }
    }

    /// Asks on the screen, in the patient's language, until there is an answer. Waits for ever where no reader of the
    /// counter can show the page: the caller is asked beside it. A reader that comes back, or was not ready, is asked
    /// again. Cancel by dropping the future.
    ///
    /// # Errors
    /// [`Reason::PatientQuit`], [`Reason::PatientTimeout`].
    pub async fn answer(&mut self, page: impl Fn(&str) -> Page + Send + Sync) -> Result<Answer, Reason> {
        loop {
            match self.answer_once(&page).await? {
                // The same page in the other language.
                Answer::Language(_) => {}
                answer => return Ok(answer),
            }
        }
    }

    /// As [`Station::answer`], and a change of the language is an answer too: the page's own words may depend on it.
    ///
    /// # Errors
    /// As [`Station::answer`].
    pub async fn answer_once(&mut self, page: impl Fn(&str) -> Page + Send + Sync) -> Result<Answer, Reason> {
        let mut tries = Tries::default();
        loop {
            if self.panel.is_none() {
                self.panel_comes().await;
            }
            if !self.panel_can(Capability::Screen) {
                return std::future::pending().await;
            }
            let screen = Screen {
                page: page(&self.language),
                language: self.language.clone(),
            };
            let Some(panel) = self.panel() else { continue };
            match panel.present(&screen, PATIENCE).await {
                Ok(Answer::Language(language)) => {
                    self.language.clone_from(&language);
                    return Ok(Answer::Language(language));
                }
                Ok(Answer::Quit) => return Err(Reason::PatientQuit),
                Ok(answer) => return Ok(answer),
                Err(Reason::PatientTimeout) => return Err(Reason::PatientTimeout),
                Err(reason) => self.ask_again_after(reason, &mut tries).await,
            }
        }
    }

    /// The screen did not ask: it may after a pause. Waits for ever where it was tried often enough: it does not know
    /// the page, or does not come to itself, and the caller is asked beside it.
    pub(crate) async fn ask_again_after(&mut self, reason: Reason, tries: &mut Tries) {
        tracing::info!(code = reason.code(), "the reader's screen did not ask");
        if loses_panel(reason) {
            self.lose_panel();
        }
        if !tries.again().await {
            std::future::pending::<()>().await;
        }
        // One that is not ready is kept, with the card that lies on it; one that is away is awaited.
        if self.panel.is_some() && self.panel_is_away() {
            self.lose_panel();
        }
    }

    fn panel_is_away(&self) -> bool {
        let snapshot = self.readers.snapshot();
        let mut readers = snapshot.readers.iter();
        !readers.any(|reader| is_on(self.panel.as_ref(), &reader.id) && reader.state != State::Unavailable)
    }

    /// The reader with the screen is gone, and with it the card that lay on it.
    pub(crate) fn lose_panel(&mut self) {
        self.shown = None;
        self.panel = None;
    }

    /// Waits until the counter's reader with the screen can be had.
    pub(crate) async fn panel_comes(&mut self) {
        let mut snapshots = self.readers.watch();
        loop {
            // An error is told by the next snapshot.
            let _ = self.take_panel(super::LEASE_WAIT).await;
            if self.panel.is_some() || snapshots.next().await.is_none() {
                break;
            }
        }
        if self.panel.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

/// Whether the reader, not the page, was the trouble.
pub(crate) fn loses_panel(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::ReaderRemoved
            | Reason::ReaderServiceUnavailable
            | Reason::ReaderOutOfService
            | Reason::DriverFailed
            | Reason::DriverTimeout
            | Reason::DriverProtocolError
    )
}
