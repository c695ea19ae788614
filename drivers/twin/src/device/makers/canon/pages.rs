//! Templates: what the device shows for a number, in words of its own.

use ciborium::Value;
use madoguchi_core::check_in::Guidance;
use madoguchi_core::consent::Item;
use madoguchi_core::screen::Answer;
use madoguchi_core::{Medium, Method};

use super::message::{Params, Status, number};
use super::texts::{self, Texts};
use crate::device::{Field, Generation, PageKind, Panel};

const OLD: [u16; 10] = [10, 11, 12, 13, 14, 16, 17, 18, 19, 99];
const NEW: [u16; 11] = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 99];

/// The templates that a generation holds.
pub(super) const fn templates(generation: Generation) -> &'static [u16] {
    match generation {
        Generation::Old => &OLD,
        Generation::New => &NEW,
    }
}

/// The page of a *show* or *ask*.
pub(super) fn panel(params: &Params, generation: Generation) -> Result<Panel, Status> {
    let template = params.number(1).and_then(|number| u16::try_from(number).ok());
    let template = template
        .filter(|template| templates(generation).contains(template))
        .ok_or(Status::UnknownTemplate)?;
    let language = params.text(2).ok_or(Status::Malformed)?;
    let parameters = params.map(3).ok_or(Status::Malformed)?;
    if template == 99 {
        return free(&parameters, language).ok_or(Status::Malformed);
    }
    if template == 14
        && parameters
            .number(3)
            .is_some_and(|number| guidance(number).is_none())
    {
        return Err(Status::UnknownTemplate);
    }
    let texts = texts::held(language, generation);
    let panel = filled(template, &parameters, texts).ok_or(Status::Malformed)?;
    let panel = panel.language(&texts.tag);
    if panel.buttons.is_empty() {
        return Ok(panel);
    }
    let panel = panel.button(Answer::Quit, &texts.buttons.quit);
    let others = texts::all(generation).filter(|other| other.tag != texts.tag);
    Ok(others.fold(panel, |panel, other| {
        panel.button(Answer::Language(other.tag.clone()), &other.name)
    }))
}

fn filled(template: u16, parameters: &Params, texts: &Texts) -> Option<Panel> {
    let page = |kind, title: &String| Panel::new(kind).title(title);
    Some(match template {
        10 => page(PageKind::Idle, &texts.pages.welcome),
        11 => {
            let mut panel = page(PageKind::ChooseMedium, &texts.pages.medium);
            if let Some(notice) = parameters.number(3) {
                panel = panel.line(said(texts, notice)?);
            }
            let options: Option<Vec<_>> = options(parameters)?.map(medium).collect();
            options?.into_iter().fold(panel, |panel, medium| {
                panel.button(Answer::Medium(medium), texts.buttons.medium(medium))
            })
        }
        12 => {
            let panel = page(PageKind::ChooseMethod, &texts.pages.method);
            let options: Option<Vec<_>> = options(parameters)?.map(method).collect();
            options?.into_iter().fold(panel, |panel, method| {
                panel.button(Answer::Method(method), texts.buttons.method(method))
            })
        }
        13 => {
            let medium = parameters.number(2).and_then(medium)?;
            let title = match medium {
                Medium::Card => &texts.pages.present_card,
                Medium::Android | Medium::IPhone => &texts.pages.present_phone,
            };
            page(PageKind::Present, title).about(Field::Medium(medium))
        }
        14 => {
            let number = parameters.number(3)?;
            page(PageKind::Guide, said(texts, number)?).about(Field::Guidance(guidance(number)?))
        }
        15 => page(PageKind::Register, &texts.pages.register)
            .button(Answer::Yes, &texts.buttons.register)
            .button(Answer::No, &texts.buttons.not_now),
        16 => {
            let item = parameters.number(4).and_then(item)?;
            let no = match item {
                Item::HealthCheckup => &texts.buttons.disagree_or_under_40,
                _ => &texts.buttons.disagree,
            };
            page(PageKind::Consent, &texts.pages.consent)
                .about(Field::Item(item))
                .line(parameters.text(5)?)
                .button(Answer::Yes, &texts.buttons.agree)
                .button(Answer::No, no)
        }
        17 => page(PageKind::Completed, &texts.pages.completed),
        18 => page(PageKind::Failed, &texts.pages.failed),
        19 => page(PageKind::TakeCard, &texts.pages.take_card),
        _ => return None,
    })
}

/// A page in the driver's words, about the same as the template that it stands for.
fn free(parameters: &Params, language: &str) -> Option<Panel> {
    let buttons: Option<Vec<_>> = parameters.list(8)?.iter().map(button).collect();
    let buttons = buttons?;
    let (kind, about) = match parameters.number(9)? {
        10 => (PageKind::Idle, None),
        11 => (PageKind::ChooseMedium, None),
        12 => (PageKind::ChooseMethod, None),
        13 => (
            PageKind::Present,
            parameters.number(2).and_then(medium).map(Field::Medium),
        ),
        14 => (
            PageKind::Guide,
            parameters.number(3).and_then(guidance).map(Field::Guidance),
        ),
        15 => (PageKind::Register, None),
        16 => (
            PageKind::Consent,
            parameters.number(4).and_then(item).map(Field::Item),
        ),
        17 => (PageKind::Completed, None),
        18 => (PageKind::Failed, None),
        19 => (PageKind::TakeCard, None),
        _ => return None,
    };
    let mut panel = Panel::new(kind).language(language).title(parameters.text(6)?);
    panel.about = about;
    let panel = parameters
        .list(7)?
        .iter()
        .try_fold(panel, |panel, line| Some(panel.line(line.as_text()?)))?;
    Some(
        buttons
            .into_iter()
            .fold(panel, |panel, (answer, label)| panel.button(answer, label)),
    )
}

fn button(value: &Value) -> Option<(Answer, String)> {
    let button = Params::of(value)?;
    let answer = match button.number(1)? {
        1 => Answer::Medium(medium(button.number(2)?)?),
        2 => Answer::Method(method(button.number(2)?)?),
        3 => Answer::Yes,
        4 => Answer::No,
        5 => Answer::Language(button.text(3)?.to_owned()),
        6 => Answer::Quit,
        _ => return None,
    };
    Some((answer, button.text(4)?.to_owned()))
}

fn options(parameters: &Params) -> Option<impl Iterator<Item = u64>> {
    let options: Option<Vec<_>> = parameters.list(1)?.iter().map(number).collect();
    options.map(Vec::into_iter)
}

pub(super) const fn medium(number: u64) -> Option<Medium> {
    Some(match number {
        1 => Medium::Card,
        2 => Medium::Android,
        3 => Medium::IPhone,
        _ => return None,
    })
}

pub(super) const fn medium_number(medium: Medium) -> u8 {
    match medium {
        Medium::Card => 1,
        Medium::Android => 2,
        Medium::IPhone => 3,
    }
}

const fn method(number: u64) -> Option<Method> {
    Some(match number {
        1 => Method::Face,
        2 => Method::Pin,
        3 => Method::GuardianPin,
        4 => Method::StaffVisual,
        5 => Method::Device,
        _ => return None,
    })
}

const fn item(number: u64) -> Option<Item> {
    Some(match number {
        1 => Item::Diagnosis,
        2 => Item::Medication,
        3 => Item::Surgery,
        4 => Item::HealthCheckup,
        _ => return None,
    })
}

fn said(texts: &Texts, number: u64) -> Option<&String> {
    let at = usize::try_from(number).ok()?.checked_sub(1)?;
    texts.guidance.get(at)
}

fn guidance(number: u64) -> Option<Guidance> {
    let at = usize::try_from(number).ok()?.checked_sub(1)?;
    GUIDANCE.get(at).copied()
}

/// By number, from one.
const GUIDANCE: [Guidance; 15] = [
    Guidance::PresentCard,
    Guidance::HoldPhone,
    Guidance::OtherMedium,
    Guidance::KeepStill,
    Guidance::TryAgain,
    Guidance::TypePin,
    Guidance::TakeCard,
    Guidance::TouchScreenFirst,
    Guidance::UseReaderScreen,
    Guidance::LookAtCamera,
    Guidance::FaceAgain,
    Guidance::OnePersonOnly,
    Guidance::UncoverCamera,
    Guidance::ArmWallet,
    Guidance::WaitForStaff,
];
