//! What the touch screen shows: a page, its texts and its buttons.

use madoguchi_core::check_in::Guidance;
use madoguchi_core::consent::Item;
use madoguchi_core::screen::{Answer, PinHolder};
use madoguchi_core::{Medium, Method};
use serde::{Deserialize, Serialize};

/// Which page it is, as far as a person needs to know to act on it.
///
/// These are the pages of the contract and the two screens that a device has of its own. A front says which one its
/// maker's page number stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageKind {
    /// Welcome.
    Idle,
    /// Which medium?
    ChooseMedium,
    /// How to be verified?
    ChooseMethod,
    /// Put the card on, or hold the phone.
    Present,
    /// Something to do, or to do again.
    Guide,
    /// Shall the card be registered as insurance card?
    Register,
    /// One item of consent.
    Consent,
    /// Staff: is it the same person?
    StaffCheck,
    /// Reception is complete.
    Completed,
    /// It came to nothing.
    Failed,
    /// Take the card along.
    TakeCard,
    /// The PIN pad.
    Pin,
    /// The camera's picture.
    Face,
}

impl PageKind {
    /// The stable name, as in a panel history.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::ChooseMedium => "choose_medium",
            Self::ChooseMethod => "choose_method",
            Self::Present => "present",
            Self::Guide => "guide",
            Self::Register => "register",
            Self::Consent => "consent",
            Self::StaffCheck => "staff_check",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::TakeCard => "take_card",
            Self::Pin => "pin",
            Self::Face => "face",
        }
    }
}

/// What a page is about, where the page alone does not say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// [`PageKind::Present`]: what to hold up.
    Medium(Medium),
    /// [`PageKind::Guide`]: what to do.
    Guidance(Guidance),
    /// [`PageKind::Consent`]: which item.
    Item(Item),
}

/// A button and what pressing it answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// The answer.
    pub answer: Answer,
    /// What is written on it.
    pub label: String,
}

/// What the touch screen shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panel {
    /// The page.
    pub page: PageKind,
    /// What it is about.
    pub about: Option<Field>,
    /// BCP 47 language, where the device knows it; else empty.
    pub language: String,
    /// The title.
    pub title: String,
    /// The lines below.
    pub lines: Vec<String>,
    /// The buttons, in order.
    pub buttons: Vec<Button>,
}

impl Panel {
    /// A page without texts and buttons.
    #[must_use]
    pub const fn new(page: PageKind) -> Self {
        Self {
            page,
            about: None,
            language: String::new(),
            title: String::new(),
            lines: Vec::new(),
            buttons: Vec::new(),
        }
    }

    /// Says what it is about.
    #[must_use]
    pub const fn about(mut self, about: Field) -> Self {
        self.about = Some(about);
        self
    }

    /// Says its language.
    #[must_use]
    pub fn language(mut self, language: impl Into<String>) -> Self {
        self.language = language.into();
        self
    }

    /// Sets the title.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Adds a line.
    #[must_use]
    pub fn line(mut self, line: impl Into<String>) -> Self {
        self.lines.push(line.into());
        self
    }

    /// Adds a button.
    #[must_use]
    pub fn button(mut self, answer: Answer, label: impl Into<String>) -> Self {
        let label = label.into();
        self.buttons.push(Button { answer, label });
        self
    }

    /// Whether a button gives that answer.
    #[must_use]
    pub fn offers(&self, answer: &Answer) -> bool {
        self.buttons.iter().any(|button| button.answer == *answer)
    }

    /// The media that buttons stand for.
    pub fn media(&self) -> impl Iterator<Item = Medium> {
        self.buttons.iter().filter_map(|button| match button.answer {
            Answer::Medium(medium) => Some(medium),
            _ => None,
        })
    }

    /// The methods that buttons stand for.
    pub fn methods(&self) -> impl Iterator<Item = Method> {
        self.buttons.iter().filter_map(|button| match button.answer {
            Answer::Method(method) => Some(method),
            _ => None,
        })
    }
}

/// A PIN pad to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinPad {
    /// How many digits: the pad is done when the last one is typed. At most [`PinPad::MAX_DIGITS`].
    pub digits: u8,
    /// Who is to type, where the device was told.
    pub holder: PinHolder,
    /// The title.
    pub title: String,
    /// The lines below.
    pub lines: Vec<String>,
}

impl PinPad {
    /// What fits into a pad's buffer.
    pub const MAX_DIGITS: u8 = 16;

    /// A pad for so many digits.
    #[must_use]
    pub const fn new(digits: u8) -> Self {
        Self {
            digits,
            holder: PinHolder::Patient,
            title: String::new(),
            lines: Vec::new(),
        }
    }
}
