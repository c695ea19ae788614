//! Pages as the device knows them: a template's number, a language and parameters. The device holds the texts.
//!
//! What it lacks, a page or a language, is sent as the free template with the texts of the kit.

use madoguchi_driver_api::Item;
use madoguchi_driver_api::screen::{Answer, Page, Screen};
use madoguchi_driver_kit::texts::{self, Panel};
use minicbor::Encode;

use crate::commands::{AnswerCode, number};
use crate::error::Error;
use crate::quirks::Quirks;

mod guidance;
mod template {
    pub(super) const WELCOME: u16 = 10;
    pub(super) const MEDIUM: u16 = 11;
    pub(super) const METHOD: u16 = 12;
    pub(super) const PRESENT: u16 = 13;
    pub(super) const GUIDE: u16 = 14;
    pub(super) const REGISTER: u16 = 15;
    pub(super) const CONSENT: u16 = 16;
    pub(super) const COMPLETED: u16 = 17;
    pub(super) const FAILED: u16 = 18;
    pub(super) const TAKE_CARD: u16 = 19;
    pub(super) const FREE: u16 = 99;
}

/// The language that every device holds.
const JAPANESE: &str = "ja";

/// A page in the device's terms.
#[derive(Debug, Clone, PartialEq, Eq, Encode)]
#[cbor(map)]
pub(crate) struct Shown {
    #[n(1)]
    template: u16,
    #[n(2)]
    language: String,
    #[n(3)]
    parameters: Parameters,
}

/// What a template is filled with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode)]
#[cbor(map)]
struct Parameters {
    #[n(1)]
    options: Option<Vec<u8>>,
    #[n(2)]
    medium: Option<u8>,
    #[n(3)]
    guidance: Option<u8>,
    #[n(4)]
    item: Option<u8>,
    #[n(5)]
    text: Option<String>,
    #[n(6)]
    title: Option<String>,
    #[n(7)]
    lines: Option<Vec<String>>,
    #[n(8)]
    buttons: Option<Vec<Button>>,
    #[n(9)]
    stands_for: Option<u16>,
}

/// A button of the free template.
#[derive(Debug, Clone, PartialEq, Eq, Encode)]
#[cbor(map)]
struct Button {
    #[n(1)]
    answer: AnswerCode,
    #[n(2)]
    value: Option<u8>,
    #[n(3)]
    language: Option<String>,
    #[n(4)]
    label: String,
}

/// The page in the terms of this device.
///
/// # Errors
/// [`Error::Lacking`] for a page that it cannot show in any form; staff's check by eye is one, on every generation.
pub(crate) fn shown(screen: &Screen, quirks: &Quirks) -> Result<Shown, Error> {
    let (template, parameters) = template_of(&screen.page).ok_or(Error::Lacking)?;
    match quirks.language(&screen.language) {
        Some(language) if quirks.holds(template) => Ok(Shown {
            template,
            language: language.to_owned(),
            parameters,
        }),
        _ if quirks.holds(template::FREE) => {
            let panel = texts::panel(screen).ok_or(Error::Lacking)?;
            free(template, parameters, panel, &screen.language)
        }
        // A device without the free template shows Japanese.
        _ if quirks.holds(template) => Ok(Shown {
            template,
            language: language(&screen.language, quirks),
            parameters,
        }),
        _ => Err(Error::Lacking),
    }
}

/// The language of the pad and the camera's guidance, whose texts are the device's own.
pub(crate) fn language(wanted: &str, quirks: &Quirks) -> String {
    quirks.language(wanted).unwrap_or(JAPANESE).to_owned()
}

/// Whether the page offered this answer.
pub(crate) fn offers(page: &Page, answer: &Answer) -> bool {
    match (page, answer) {
        (_, Answer::Quit | Answer::Language(_)) => page.asks(),
        (Page::ChooseMedium { options, .. }, Answer::Medium(medium)) => options.contains(medium),
        (Page::ChooseMethod { options }, Answer::Method(method)) => options.contains(method),
        (Page::Register | Page::Consent { .. }, Answer::Yes | Answer::No) => true,
        _ => false,
    }
}

fn template_of(page: &Page) -> Option<(u16, Parameters)> {
    let none = Parameters::default();
    Some(match page {
        Page::Idle => (template::WELCOME, none),
        Page::ChooseMedium { options, notice } => (
            template::MEDIUM,
            Parameters {
                options: Some(options.iter().map(|medium| number::medium(*medium)).collect()),
                guidance: notice.map(guidance::number),
                ..none
            },
        ),
        Page::ChooseMethod { options } => (
            template::METHOD,
            Parameters {
                options: Some(options.iter().map(|method| number::method(*method)).collect()),
                ..none
            },
        ),
        Page::Present { medium } => (
            template::PRESENT,
            Parameters {
                medium: Some(number::medium(*medium)),
                ..none
            },
        ),
        Page::Guide { guidance } => (
            template::GUIDE,
            Parameters {
                guidance: Some(guidance::number(*guidance)),
                ..none
            },
        ),
        Page::Register => (template::REGISTER, none),
        Page::Consent { item, text } => (
            template::CONSENT,
            Parameters {
                item: Some(item_number(*item)),
                text: Some(text.clone()),
                ..none
            },
        ),
        Page::Completed => (template::COMPLETED, none),
        Page::Failed => (template::FAILED, none),
        Page::TakeCard => (template::TAKE_CARD, none),
        // There is no 目視 on this device: staff confirm at the console or in the EMR.
        Page::StaffCheck => return None,
        _ => return None,
    })
}

/// The free template in place of the one that is lacking. That one's parameters go along: the device then knows what the
/// page is about.
fn free(template: u16, parameters: Parameters, panel: Panel, language: &str) -> Result<Shown, Error> {
    let button = |(answer, label): (Answer, String)| {
        let (answer, value, language) = match answer {
            Answer::Medium(medium) => (AnswerCode::Medium, Some(number::medium(medium)), None),
            Answer::Method(method) => (AnswerCode::Method, Some(number::method(method)), None),
            Answer::Yes => (AnswerCode::Yes, None, None),
            Answer::No => (AnswerCode::No, None, None),
            Answer::Language(language) => (AnswerCode::Language, None, Some(language)),
            Answer::Quit => (AnswerCode::Quit, None, None),
            _ => return Err(Error::Lacking),
        };
        Ok(Button {
            answer,
            value,
            language,
            label,
        })
    };
    let buttons = panel
        .buttons
        .into_iter()
        .map(button)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Shown {
        template: template::FREE,
        language: language.to_owned(),
        parameters: Parameters {
            title: Some(panel.title),
            lines: Some(panel.lines),
            buttons: Some(buttons),
            stands_for: Some(template),
            // It is among the lines.
            text: None,
            ..parameters
        },
    })
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
