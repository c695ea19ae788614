//! What the service shows in a visit that it leads.

use madoguchi_core::reader::PinStatus;
use madoguchi_core::screen::Answer;
use madoguchi_core::{Medium, Method};

use super::{Step, Visit};
use crate::device::makers::atlas::words::{self, Words};
use crate::device::{Body, Field, PageKind, Panel, PinPad};

/// So many digits has the PIN.
const DIGITS: u8 = 4;

/// What is left when the face came to nothing.
const METHODS: [Method; 3] = [Method::Pin, Method::GuardianPin, Method::StaffVisual];

impl Visit {
    fn words(&self) -> Option<&'static Words> {
        words::of(&self.plan.language)
    }

    fn page(&self, page: PageKind, title: &str) -> Panel {
        Panel::new(page)
            .language(self.plan.language.as_str())
            .title(title)
    }

    pub(super) fn show_media(&self, body: &mut Body) {
        let Some(words) = self.words() else { return };
        let mut panel = self.page(PageKind::ChooseMedium, &words.choose_medium);
        for medium in &self.plan.media {
            panel = panel.button(Answer::Medium(*medium), words.medium(*medium));
        }
        panel = panel.button(Answer::Quit, words.quit.as_str());
        for other in words::all().iter().filter(|other| other.tag != words.tag) {
            panel = panel.button(Answer::Language(other.tag.clone()), other.name.as_str());
        }
        body.show(panel);
    }

    /// Shows what belongs to where the visit stands.
    pub(super) fn show_again(&self, body: &mut Body) {
        let Some(words) = self.words() else { return };
        let panel = match self.step {
            Step::Medium => return self.show_media(body),
            Step::Card => self
                .page(PageKind::Present, &words.present)
                .about(Field::Medium(Medium::Card)),
            Step::Method => {
                let panel = self.page(PageKind::ChooseMethod, &words.choose_method);
                let offered = |method: &Method| self.staff || *method != Method::StaffVisual;
                let panel = METHODS.into_iter().filter(offered).fold(panel, |panel, method| {
                    panel.button(Answer::Method(method), words.method(method))
                });
                match self.tries(words) {
                    Some(line) => panel.line(line),
                    None => panel,
                }
            }
            Step::Pin(holder) => {
                return body.ask_pin(PinPad {
                    digits: DIGITS,
                    holder,
                    title: words.type_pin.clone(),
                    lines: self.tries(words).into_iter().collect(),
                });
            }
            Step::Staff => self
                .page(PageKind::StaffCheck, &words.staff_check)
                .button(Answer::Yes, words.same.as_str())
                .button(Answer::No, words.other.as_str()),
            Step::Consent(at) => {
                let Some(question) = self.plan.consents.get(at) else {
                    return;
                };
                self.page(PageKind::Consent, &words.consent)
                    .about(Field::Item(question.item))
                    .line(question.text.as_str())
                    .button(Answer::Yes, words.yes.as_str())
                    .button(Answer::No, words.no.as_str())
            }
            // The camera shows its own picture.
            Step::Face => return,
        };
        body.show(panel.button(Answer::Quit, words.quit.as_str()));
    }

    fn tries(&self, words: &Words) -> Option<String> {
        match self.pin {
            PinStatus::TriesLeft(left) => words.tries(left, self.wrong),
            PinStatus::Locked | PinStatus::NotSet => None,
        }
    }

    /// What stays until the client shows something.
    pub(super) fn show_end(&self, outcome: Option<&str>, body: &mut Body) {
        let Some(words) = self.words() else { return };
        match outcome {
            Some("verified") => body.show(self.page(PageKind::Guide, &words.wait)),
            Some("failed") => body.show(self.page(PageKind::Failed, &words.failed)),
            _ => body.clear(),
        }
    }
}
