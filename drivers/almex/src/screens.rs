//! The contract's pages as this device's forms: a number, a subject, lines that fit, and buttons by their codes.

mod guidance;

use madoguchi_driver_api::screen::{Answer, FaceRequest, Page, PinRequest, Screen};
use madoguchi_driver_api::{Capability, Error, Item, Medium, Method};
use madoguchi_driver_kit::texts::{self, Panel};

use crate::commands::Words;
use crate::commands::page::{Button, Form};
use crate::quirks::Quirks;

/// Shown where a device cannot write the language that was asked for.
const FALLBACK: &str = "ja";

/// The page as it is sent.
///
/// # Errors
/// [`Error::Unsupported`] for a page that this device cannot show whole, or this driver does not know.
pub(crate) fn form(screen: &Screen, quirks: &Quirks) -> Result<Form, Error> {
    needs(quirks, Capability::Screen)?;
    if screen.page == Page::StaffCheck {
        needs(quirks, Capability::StaffVisual)?;
    }
    let (number, subject) = number(&screen.page)?;
    let written = |language: &str| {
        let panel = texts::panel(&Screen {
            page: screen.page.clone(),
            language: language.to_owned(),
        })?;
        let words = words(&panel, quirks)?;
        let buttons = buttons(&panel, quirks)?;
        Some((language.to_owned(), words, buttons))
    };
    let (language, words, buttons) = written(&screen.language)
        .or_else(|| written(FALLBACK))
        .ok_or(Error::Unsupported)?;
    Ok(Form {
        number,
        subject,
        language,
        asks: screen.page.asks(),
        words,
        buttons,
    })
}

/// What is said above the PIN pad.
///
/// # Errors
/// [`Error::Unsupported`] where the device has none.
pub(crate) fn pin(request: &PinRequest, quirks: &Quirks) -> Result<Words, Error> {
    needs(quirks, Capability::PinPad)?;
    let written = |language: &str| {
        let request = PinRequest {
            language: language.to_owned(),
            ..request.clone()
        };
        words(&texts::pin(&request), quirks)
    };
    written(&request.language)
        .or_else(|| written(FALLBACK))
        .ok_or(Error::Unsupported)
}

/// What is said before and while the camera looks.
///
/// # Errors
/// [`Error::Unsupported`] where the device has none.
pub(crate) fn face(request: &FaceRequest, quirks: &Quirks) -> Result<Words, Error> {
    needs(quirks, Capability::Face)?;
    let written = |language: &str| {
        let request = FaceRequest {
            language: language.to_owned(),
            ..request.clone()
        };
        words(&texts::face(&request), quirks)
    };
    written(&request.language)
        .or_else(|| written(FALLBACK))
        .ok_or(Error::Unsupported)
}

/// What the device cannot do it is not asked for.
///
/// # Errors
/// [`Error::Unsupported`].
pub(crate) fn needs(quirks: &Quirks, capability: Capability) -> Result<(), Error> {
    if quirks.can(capability) {
        Ok(())
    } else {
        Err(Error::Unsupported)
    }
}

/// Title and lines; what is more lines than the device has is one that scrolls. None where it cannot be shown whole.
fn words(panel: &Panel, quirks: &Quirks) -> Option<Words> {
    let room = quirks.lines.saturating_sub(1);
    let lines: Vec<String> = if panel.lines.len() <= room {
        panel.lines.clone()
    } else {
        let (own, rest) = panel.lines.split_at(room.checked_sub(1)?);
        own.iter().cloned().chain([rest.join(" ")]).collect()
    };
    Some(Words {
        title: quirks.line(&panel.title)?,
        lines: lines
            .iter()
            .map(|line| quirks.line(line))
            .collect::<Option<_>>()?,
    })
}

/// The buttons; one for a language that the device cannot write is left out.
fn buttons(panel: &Panel, quirks: &Quirks) -> Option<Vec<Button>> {
    let mut buttons = Vec::new();
    for (answer, label) in &panel.buttons {
        match (quirks.line(label), answer) {
            (Some(label), _) => buttons.push(Button {
                code: code(answer)?,
                label,
                answer: answer.clone(),
            }),
            (None, Answer::Language(_)) => {}
            (None, _) => return None,
        }
    }
    Some(buttons)
}

fn code(answer: &Answer) -> Option<String> {
    let code = match answer {
        Answer::Medium(Medium::Card) => "CRD",
        Answer::Medium(Medium::IPhone) => "IPH",
        Answer::Medium(Medium::Android) => "AND",
        Answer::Method(Method::Face) => "FAC",
        Answer::Method(Method::Pin) => "PIN",
        Answer::Method(Method::GuardianPin) => "GPN",
        Answer::Method(Method::StaffVisual) => "VIS",
        Answer::Method(Method::Device) => "DEV",
        Answer::Yes => "YES",
        Answer::No => "NO",
        Answer::Quit => "QUT",
        Answer::Language(language) => return Some(format!("L:{language}")),
        _ => return None,
    };
    Some(code.to_owned())
}

/// The form and its subject.
fn number(page: &Page) -> Result<(u8, u8), Error> {
    Ok(match page {
        Page::Idle => (1, 0),
        Page::ChooseMedium { notice, .. } => (2, notice.map_or(0, guidance::number)),
        Page::ChooseMethod { .. } => (3, 0),
        Page::Present { medium } => (4, medium_number(*medium)),
        Page::Guide { guidance } => (5, guidance::number(*guidance)),
        Page::Register => (6, 0),
        Page::Consent { item, .. } => (7, item_number(*item)),
        Page::StaffCheck => (8, 0),
        Page::Completed => (9, 0),
        Page::Failed => (10, 0),
        Page::TakeCard => (11, 0),
        _ => return Err(Error::Unsupported),
    })
}

const fn medium_number(medium: Medium) -> u8 {
    match medium {
        Medium::Card => 1,
        Medium::IPhone => 2,
        Medium::Android => 3,
    }
}

const fn item_number(item: Item) -> u8 {
    match item {
        Item::Diagnosis => 1,
        Item::Medication => 2,
        Item::Surgery => 3,
        Item::HealthCheckup => 4,
    }
}

#[cfg(test)]
mod tests;
