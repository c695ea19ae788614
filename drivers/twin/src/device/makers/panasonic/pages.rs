//! Pages: numbers of the protocol to what people see.

use madoguchi_core::check_in::Guidance;
use madoguchi_core::consent::Item;
use madoguchi_core::screen::Answer;
use madoguchi_core::{Medium, Method};

use crate::device::{Button, Colour, Field, PageKind, Panel, Signal};

/// The languages by their numbers. The first generation has the first three.
pub(super) const LANGUAGES: [&str; 5] = ["ja", "en", "zh-Hans", "ko", "vi"];

const PAGES: [PageKind; 11] = [
    PageKind::Idle,
    PageKind::ChooseMedium,
    PageKind::ChooseMethod,
    PageKind::Present,
    PageKind::Guide,
    PageKind::Register,
    PageKind::Consent,
    PageKind::StaffCheck,
    PageKind::Completed,
    PageKind::Failed,
    PageKind::TakeCard,
];

const PICTURES: [Guidance; 15] = [
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

const MEDIA: [Medium; 3] = [Medium::Card, Medium::IPhone, Medium::Android];

const METHODS: [Method; 4] = [
    Method::Face,
    Method::Pin,
    Method::GuardianPin,
    Method::StaffVisual,
];

/// What a button answers.
fn answer(bit: u8) -> Option<Answer> {
    let at = usize::from(bit);
    Some(match bit {
        0..=2 => Answer::Medium(MEDIA[at]),
        3..=6 => Answer::Method(METHODS[at - 3]),
        7 => Answer::Yes,
        8 => Answer::No,
        9 => Answer::Quit,
        10..=14 => Answer::Language(LANGUAGES[at - 10].to_owned()),
        _ => return None,
    })
}

/// Which button answers that.
pub(super) fn bit(wanted: &Answer) -> Option<u8> {
    (0..16).find(|bit| answer(*bit).as_ref() == Some(wanted))
}

/// The page that an order describes; none where it makes no sense.
pub(super) fn panel(
    page: u8,
    subject: u8,
    language: u8,
    buttons: u16,
    texts: Vec<(u8, String)>,
) -> Option<Panel> {
    let kind = *PAGES.get(usize::from(page))?;
    let at = usize::from(subject);
    let about = match kind {
        PageKind::Present => Some(Field::Medium(*MEDIA.get(at)?)),
        PageKind::Guide => Some(Field::Guidance(*PICTURES.get(at)?)),
        PageKind::Consent => Some(Field::Item(*Item::ALL.get(at)?)),
        _ if subject == 0 => None,
        _ => return None,
    };
    let mut panel = Panel {
        about,
        ..Panel::new(kind).language(*LANGUAGES.get(usize::from(language))?)
    };
    let mut labelled = 0_u16;
    for (role, text) in texts {
        match role {
            0x00 => panel.title = text,
            0x01 => panel.lines.push(text),
            0x10..=0x1F => {
                let bit = role - 0x10;
                labelled |= 1 << bit;
                panel.buttons.push(Button {
                    answer: answer(bit)?,
                    label: text,
                });
            }
            _ => return None,
        }
    }
    // Each button has its label, and each label its button.
    (labelled == buttons).then_some(panel)
}

/// The lamp; none where there is no such colour.
pub(super) const fn lamp(number: u8) -> Option<Signal> {
    Some(match number {
        0x00 => Signal::LightOff,
        0x01 => Signal::Light(Colour::White),
        0x02 => Signal::Light(Colour::Green),
        0x03 => Signal::Light(Colour::Red),
        _ => return None,
    })
}

/// How often it beeps; none where there is no such sound.
pub(super) const fn beeps(number: u8) -> Option<u8> {
    match number {
        0x00..=0x02 => Some(number),
        _ => None,
    }
}
