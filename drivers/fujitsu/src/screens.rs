//! The contract's pages as the device knows them: a number, a subject, a lamp, and buttons by their ids.

use madoguchi_driver_api::screen::{Answer, FaceRequest, Page, PinRequest, Screen};
use madoguchi_driver_api::{Capability, Error, Item, Medium, Method};
use madoguchi_driver_kit::texts::{self, Panel};

use crate::commands::face::VerifyFace;
use crate::commands::pin::EnterPin;
use crate::commands::show::Show;
use crate::commands::{Led, Texts};
use crate::error::protocol;
use crate::quirks::Quirks;

mod guidance;

/// The page as it is sent.
///
/// # Errors
/// [`Error::Unsupported`] for a page that this device or this driver does not have.
pub(crate) fn show(screen: &Screen, quirks: &Quirks) -> Result<Show, Error> {
    quirks.needs(Capability::Screen)?;
    if screen.page == Page::StaffCheck {
        quirks.needs(Capability::StaffVisual)?;
    }
    let (page, subject, led) = number(&screen.page)?;
    let screen = Screen {
        page: screen.page.clone(),
        language: quirks.language(&screen.language).to_owned(),
    };
    let panel = texts::panel(&screen).ok_or(Error::Unsupported)?;
    Ok(Show {
        page,
        subject,
        asks: screen.page.asks(),
        buttons: buttons(&panel, quirks)?,
        texts: words(screen.language, panel, led),
    })
}

/// The PIN pad as it is sent.
///
/// # Errors
/// [`Error::Unsupported`] where the device has none.
pub(crate) fn pin(request: &PinRequest, quirks: &Quirks) -> Result<EnterPin, Error> {
    quirks.needs(Capability::PinPad)?;
    let language = quirks.language(&request.language).to_owned();
    let request = PinRequest {
        language: language.clone(),
        ..request.clone()
    };
    let panel = texts::pin(&request);
    Ok(EnterPin {
        digits: request.digits,
        holder: request.holder,
        buttons: buttons(&panel, quirks)?,
        texts: words(language, panel, Led::Yellow),
    })
}

/// The face verification as it is sent.
///
/// # Errors
/// [`Error::Unsupported`] where the device has no camera.
pub(crate) fn face(request: &FaceRequest, quirks: &Quirks) -> Result<VerifyFace, Error> {
    quirks.needs(Capability::Face)?;
    let language = quirks.language(&request.language).to_owned();
    let request = FaceRequest {
        language: language.clone(),
        ..request.clone()
    };
    let panel = texts::face(&request);
    Ok(VerifyFace {
        buttons: buttons(&panel, quirks)?,
        texts: words(language, panel, Led::Blue),
    })
}

/// The answer that a button stands for, among those that were shown.
///
/// # Errors
/// [`Error::Protocol`] where there was no such button.
pub(crate) fn answer(pressed: u8, shown: &Show) -> Result<Answer, Error> {
    // The device has a key of its own to stop.
    let known = pressed == QUIT || shown.buttons.iter().any(|(id, _)| *id == pressed);
    let answer = BUTTONS.iter().find(|(id, _)| *id == pressed && known);
    answer
        .map(|(_, button)| button.answer())
        .ok_or_else(|| protocol(&format_args!("a button {pressed:02X} that is not shown")))
}

fn words(language: String, panel: Panel, led: Led) -> Texts {
    Texts {
        language,
        title: panel.title,
        lines: panel.lines,
        led,
    }
}

/// The buttons with their ids. A language that the device does not have is not offered.
fn buttons(panel: &Panel, quirks: &Quirks) -> Result<Vec<(u8, String)>, Error> {
    let speaks = |answer: &Answer| match answer {
        Answer::Language(language) => quirks.language(language) == language,
        _ => true,
    };
    let shown = panel.buttons.iter().filter(|(answer, _)| speaks(answer));
    let button = |(answer, label): &(Answer, String)| {
        let found = BUTTONS.iter().find(|(_, button)| button.answer() == *answer);
        let (id, _) = found.ok_or(Error::Unsupported)?;
        Ok((*id, label.clone()))
    };
    shown.map(button).collect()
}

/// What a button stands for.
#[derive(Clone, Copy)]
enum Button {
    Yes,
    No,
    Quit,
    Medium(Medium),
    Method(Method),
    Language(&'static str),
}

impl Button {
    fn answer(self) -> Answer {
        match self {
            Self::Yes => Answer::Yes,
            Self::No => Answer::No,
            Self::Quit => Answer::Quit,
            Self::Medium(medium) => Answer::Medium(medium),
            Self::Method(method) => Answer::Method(method),
            Self::Language(language) => Answer::Language(language.to_owned()),
        }
    }
}

const QUIT: u8 = 0x03;

/// The ids of buttons.
const BUTTONS: [(u8, Button); 16] = [
    (0x01, Button::Yes),
    (0x02, Button::No),
    (QUIT, Button::Quit),
    (0x11, Button::Medium(Medium::Card)),
    (0x12, Button::Medium(Medium::Android)),
    (0x13, Button::Medium(Medium::IPhone)),
    (0x21, Button::Method(Method::Face)),
    (0x22, Button::Method(Method::Pin)),
    (0x23, Button::Method(Method::GuardianPin)),
    (0x24, Button::Method(Method::StaffVisual)),
    (0x25, Button::Method(Method::Device)),
    (0x31, Button::Language("ja")),
    (0x32, Button::Language("en")),
    (0x33, Button::Language("zh-Hans")),
    (0x34, Button::Language("ko")),
    (0x35, Button::Language("vi")),
];

/// The page's number, its subject and its lamp.
fn number(page: &Page) -> Result<(u8, Option<u8>, Led), Error> {
    Ok(match page {
        Page::Idle => (1, None, Led::Off),
        Page::ChooseMedium { .. } => (2, None, Led::Yellow),
        Page::ChooseMethod { .. } => (3, None, Led::Yellow),
        Page::Present { medium } => (4, Some(subject_of(*medium)), Led::Blue),
        Page::Guide { guidance } => (5, Some(guidance::subject(*guidance)), Led::Yellow),
        Page::Register => (6, None, Led::Yellow),
        Page::Consent { item, .. } => (7, Some(subject_of_item(*item)), Led::Yellow),
        Page::StaffCheck => (8, None, Led::Yellow),
        Page::Completed => (9, None, Led::Green),
        Page::Failed => (10, None, Led::Red),
        Page::TakeCard => (11, None, Led::Yellow),
        _ => return Err(Error::Unsupported),
    })
}

const fn subject_of(medium: Medium) -> u8 {
    match medium {
        Medium::Card => 0x11,
        Medium::Android => 0x12,
        Medium::IPhone => 0x13,
    }
}

const fn subject_of_item(item: Item) -> u8 {
    match item {
        Item::Diagnosis => 1,
        Item::Medication => 2,
        Item::Surgery => 3,
        Item::HealthCheckup => 4,
    }
}

#[cfg(test)]
mod tests;
