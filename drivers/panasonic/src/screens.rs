//! Pages as the device takes them: a page number, a picture, a set of buttons, a lamp, a sound, and the texts.

use madoguchi_driver_api::screen::{Answer, Page, Screen};
use madoguchi_driver_api::{Item, Medium, Method};
use madoguchi_driver_kit::texts::{self, Panel};

use crate::quirks::{Language, Quirks};

mod picture;

/// A page, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) page: u8,
    pub(crate) subject: u8,
    pub(crate) language: Language,
    pub(crate) buttons: u16,
    pub(crate) lamp: u8,
    pub(crate) sound: u8,
    pub(crate) texts: Vec<(u8, String)>,
}

mod lamp {
    pub(super) const WHITE: u8 = 0x01;
    pub(super) const GREEN: u8 = 0x02;
    pub(super) const RED: u8 = 0x03;
}

mod sound {
    pub(super) const NONE: u8 = 0x00;
    pub(super) const SHORT: u8 = 0x01;
    pub(super) const LONG: u8 = 0x02;
}

const TITLE: u8 = 0x00;
const LINE: u8 = 0x01;
const FIRST_LABEL: u8 = 0x10;

/// What the buttons answer, by bit.
const BUTTONS: [Button; 15] = [
    Button::Medium(Medium::Card),
    Button::Medium(Medium::IPhone),
    Button::Medium(Medium::Android),
    Button::Method(Method::Face),
    Button::Method(Method::Pin),
    Button::Method(Method::GuardianPin),
    Button::Method(Method::StaffVisual),
    Button::Yes,
    Button::No,
    Button::Quit,
    Button::Language(Language::Japanese),
    Button::Language(Language::English),
    Button::Language(Language::Chinese),
    Button::Language(Language::Korean),
    Button::Language(Language::Vietnamese),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Button {
    Medium(Medium),
    Method(Method),
    Yes,
    No,
    Quit,
    Language(Language),
}

impl Button {
    fn answer(self) -> Answer {
        match self {
            Self::Medium(medium) => Answer::Medium(medium),
            Self::Method(method) => Answer::Method(method),
            Self::Yes => Answer::Yes,
            Self::No => Answer::No,
            Self::Quit => Answer::Quit,
            Self::Language(language) => Answer::Language(language.tag().to_owned()),
        }
    }
}

/// What the button of that bit answers.
pub(crate) fn answer(bit: u8) -> Option<Answer> {
    BUTTONS.get(usize::from(bit)).map(|button| button.answer())
}

/// The bit of the button that gives that answer.
fn bit(answer: &Answer) -> Option<u8> {
    (0..)
        .zip(BUTTONS)
        .find_map(|(bit, button)| (button.answer() == *answer).then_some(bit))
}

/// The page for this device; none where the device cannot show it.
pub(crate) fn form(screen: &Screen, quirks: &Quirks) -> Option<Form> {
    let language = match screen.page {
        // The sentence is in the screen's language: Japanese buttons below it are no consent.
        Page::Consent { .. } => quirks.speaks(&screen.language)?,
        _ => quirks.language(&screen.language),
    };
    let (page, subject) = number(&screen.page)?;
    let (lamp, sound) = signal(&screen.page);
    let panel = texts::panel(&Screen {
        page: screen.page.clone(),
        language: language.tag().to_owned(),
    })?;
    let (buttons, texts) = spell(&panel, quirks);
    Some(Form {
        page,
        subject,
        language,
        buttons,
        lamp,
        sound,
        texts,
    })
}

/// A panel as buttons and texts. A language that the device's fonts do not have is not offered.
pub(crate) fn spell(panel: &Panel, quirks: &Quirks) -> (u16, Vec<(u8, String)>) {
    let mut texts = vec![(TITLE, panel.title.clone())];
    texts.extend(panel.lines.iter().map(|line| (LINE, line.clone())));
    let mut buttons = 0;
    for (answer, label) in &panel.buttons {
        let shown = match answer {
            Answer::Language(tag) => quirks.speaks(tag).is_some(),
            _ => true,
        };
        if let Some(bit) = bit(answer).filter(|_| shown) {
            buttons |= 1 << bit;
            texts.push((FIRST_LABEL + bit, label.clone()));
        }
    }
    (buttons, texts)
}

/// The page's number and what it is about.
fn number(page: &Page) -> Option<(u8, u8)> {
    Some(match page {
        Page::Idle => (0x00, 0x00),
        Page::ChooseMedium { .. } => (0x01, 0x00),
        Page::ChooseMethod { .. } => (0x02, 0x00),
        Page::Present { medium } => (0x03, picture::medium(*medium)),
        Page::Guide { guidance } => (0x04, picture::guidance(*guidance)),
        Page::Register => (0x05, 0x00),
        Page::Consent { item, .. } => (0x06, picture::item(*item)),
        Page::StaffCheck => (0x07, 0x00),
        Page::Completed => (0x08, 0x00),
        Page::Failed => (0x09, 0x00),
        Page::TakeCard => (0x0A, 0x00),
        _ => return None,
    })
}

/// The lamp and the sound of a page. A card that is left behind is called after.
fn signal(page: &Page) -> (u8, u8) {
    match page {
        Page::Completed => (lamp::GREEN, sound::SHORT),
        Page::Failed => (lamp::RED, sound::LONG),
        Page::TakeCard => (lamp::WHITE, sound::LONG),
        Page::Idle => (0x00, sound::NONE),
        _ => (lamp::WHITE, sound::NONE),
    }
}

#[cfg(test)]
mod tests;
