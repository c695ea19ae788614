//! Buttons by their codes, subjects by their numbers, faces by their values.

use madoguchi_core::check_in::Guidance;
use madoguchi_core::consent::Item;
use madoguchi_core::screen::{Answer, FaceOutcome};
use madoguchi_core::{Medium, Method};

use super::super::super::{Field, PageKind};

/// The codes of buttons.
const CODES: [(&str, Answer); 11] = [
    ("CRD", Answer::Medium(Medium::Card)),
    ("IPH", Answer::Medium(Medium::IPhone)),
    ("AND", Answer::Medium(Medium::Android)),
    ("FAC", Answer::Method(Method::Face)),
    ("PIN", Answer::Method(Method::Pin)),
    ("GPN", Answer::Method(Method::GuardianPin)),
    ("VIS", Answer::Method(Method::StaffVisual)),
    ("DEV", Answer::Method(Method::Device)),
    ("YES", Answer::Yes),
    ("NO", Answer::No),
    ("QUT", Answer::Quit),
];

/// What a button of that code answers.
pub(super) fn answer(code: &str) -> Option<Answer> {
    if let Some(language) = code.strip_prefix("L:") {
        return Some(Answer::Language(language.to_owned()));
    }
    let (_, answer) = CODES.iter().find(|(known, _)| *known == code)?;
    Some(answer.clone())
}

/// The code of a button that answers this.
pub(super) fn code(answer: &Answer) -> Option<String> {
    if let Answer::Language(language) = answer {
        return Some(format!("L:{language}"));
    }
    let (code, _) = CODES.iter().find(|(_, known)| known == answer)?;
    Some((*code).to_owned())
}

/// What a page is about.
pub(super) fn subject(page: PageKind, number: usize) -> Option<Field> {
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
    let at = number.checked_sub(1)?;
    match page {
        PageKind::Present => [Medium::Card, Medium::IPhone, Medium::Android]
            .get(at)
            .copied()
            .map(Field::Medium),
        PageKind::Guide | PageKind::ChooseMedium => GUIDANCE.get(at).copied().map(Field::Guidance),
        PageKind::Consent => [
            Item::Diagnosis,
            Item::Medication,
            Item::Surgery,
            Item::HealthCheckup,
        ]
        .get(at)
        .copied()
        .map(Field::Item),
        _ => None,
    }
}

/// How a face verification ended.
pub(super) const fn face(outcome: FaceOutcome) -> u16 {
    match outcome {
        FaceOutcome::Match => 0,
        FaceOutcome::NoMatch => 301,
        FaceOutcome::NoFace => 302,
        FaceOutcome::SeveralFaces => 303,
        FaceOutcome::CameraCovered => 304,
        FaceOutcome::Declined => 305,
        _ => 501,
    }
}
