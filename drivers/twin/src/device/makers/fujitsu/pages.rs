//! What page numbers, subjects and button ids stand for.

use madoguchi_core::check_in::Guidance;
use madoguchi_core::consent::Item;
use madoguchi_core::screen::Answer;
use madoguchi_core::{Medium, Method};

use super::fields::Fields;
use crate::device::{Colour, Field, PageKind, Panel, Signal};

/// The panel that SHOW describes, or nnn of E-nnn.
pub(super) fn panel(fields: &Fields, staff: bool, languages: &[&str]) -> Result<Panel, u16> {
    let number = fields.get_byte(0x20).ok_or(4_u16)?;
    let page = match number {
        1 => PageKind::Idle,
        2 => PageKind::ChooseMedium,
        3 => PageKind::ChooseMethod,
        4 => PageKind::Present,
        5 => PageKind::Guide,
        6 => PageKind::Register,
        7 => PageKind::Consent,
        8 if staff => PageKind::StaffCheck,
        9 => PageKind::Completed,
        10 => PageKind::Failed,
        11 => PageKind::TakeCard,
        _ => return Err(401),
    };
    let language = fields.get_text(0x21).ok_or(4_u16)?;
    if !languages.contains(&language) {
        return Err(4);
    }
    let mut panel = Panel::new(page)
        .language(language)
        .title(fields.get_text(0x22).ok_or(4_u16)?);
    panel.lines = fields.get_texts(0x23).ok_or(4_u16)?;
    panel.about = subject(page, fields.get_byte(0x27))?;
    for button in fields.get_all(0x24) {
        let (id, label) = button.split_first().ok_or(4_u16)?;
        let label = std::str::from_utf8(label).map_err(|_| 4_u16)?;
        panel = panel.button(answer(*id).ok_or(4_u16)?, label);
    }
    Ok(panel)
}

/// What LED numbers stand for.
pub(super) fn light(number: u8) -> Result<Signal, u16> {
    Ok(match number {
        0 => Signal::LightOff,
        1 => Signal::Light(Colour::Green),
        2 => Signal::Light(Colour::Yellow),
        3 => Signal::Light(Colour::Red),
        4 => Signal::Light(Colour::Blue),
        _ => return Err(4),
    })
}

fn subject(page: PageKind, subject: Option<u8>) -> Result<Option<Field>, u16> {
    let field = match page {
        PageKind::Present => match answer(subject.ok_or(4_u16)?) {
            Some(Answer::Medium(medium)) => Field::Medium(medium),
            _ => return Err(4),
        },
        PageKind::Guide => Field::Guidance(guidance(subject.ok_or(4_u16)?).ok_or(4_u16)?),
        PageKind::Consent => Field::Item(match subject {
            Some(1) => Item::Diagnosis,
            Some(2) => Item::Medication,
            Some(3) => Item::Surgery,
            Some(4) => Item::HealthCheckup,
            _ => return Err(4),
        }),
        _ => return Ok(None),
    };
    Ok(Some(field))
}

fn guidance(number: u8) -> Option<Guidance> {
    const IN_ORDER: [Guidance; 15] = [
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
    let at = usize::from(number).checked_sub(1)?;
    IN_ORDER.get(at).copied()
}

/// What pressing a button answers.
fn answer(id: u8) -> Option<Answer> {
    let language = |tag: &str| Answer::Language(tag.to_owned());
    Some(match id {
        0x01 => Answer::Yes,
        0x02 => Answer::No,
        0x03 => Answer::Quit,
        0x11 => Answer::Medium(Medium::Card),
        0x12 => Answer::Medium(Medium::Android),
        0x13 => Answer::Medium(Medium::IPhone),
        0x21 => Answer::Method(Method::Face),
        0x22 => Answer::Method(Method::Pin),
        0x23 => Answer::Method(Method::GuardianPin),
        0x24 => Answer::Method(Method::StaffVisual),
        0x25 => Answer::Method(Method::Device),
        0x31 => language("ja"),
        0x32 => language("en"),
        0x33 => language("zh-Hans"),
        0x34 => language("ko"),
        0x35 => language("vi"),
        _ => return None,
    })
}

/// The id of the button that answers so; only such were shown.
pub(super) fn id(pressed: &Answer) -> u8 {
    (0..=u8::MAX)
        .find(|id| answer(*id).as_ref() == Some(pressed))
        .unwrap_or(0)
}
