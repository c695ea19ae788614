//! What screens say, in every language, as data (`texts/*.toml`): for devices that are sent their texts.
//!
//! A language that is not there is shown in Japanese.

mod language;

use language::{Buttons, Language, Said};
use madoguchi_core::check_in::Guidance;
use madoguchi_driver_api::screen::{Answer, FaceOutcome, FaceRequest, Page, PinHolder, PinRequest, Screen};
use madoguchi_driver_api::{Item, Medium, Method, Reason};

/// A page in words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Panel {
    /// The heading.
    pub title: String,
    /// What it says below, one paragraph a line; may be empty.
    pub lines: Vec<String>,
    /// The buttons with what each answers, in this order; empty where the page asks nothing.
    pub buttons: Vec<(Answer, String)>,
}

/// The tags of the languages, in the order in which they are offered.
pub fn languages() -> impl Iterator<Item = &'static str> {
    language::all().iter().map(|language| language.tag.as_str())
}

/// The page in words; `None` for a page that has none here: it is not supported.
#[must_use]
pub fn panel(screen: &Screen) -> Option<Panel> {
    let language = language::nearest(&screen.language)?;
    let buttons = &language.buttons;
    let quit = || (Answer::Quit, buttons.quit.clone());
    let choice = |yes: &str, no: &str| vec![(Answer::Yes, yes.to_owned()), (Answer::No, no.to_owned())];
    let panel = match &screen.page {
        Page::Idle => asked(&language.idle, vec![]),
        Page::ChooseMedium { options, notice } => {
            let mut choices: Vec<_> = options.iter().map(|option| medium(buttons, *option)).collect();
            choices.push(quit());
            choices.extend(others(language));
            let mut panel = asked(&language.choose_medium, choices);
            // What was done too early, or not as chosen, is said above the buttons.
            let said = notice.and_then(|notice| language.guide.get(guidance_name(notice)));
            if let Some(said) = said {
                panel.lines.splice(0..0, said.lines.iter().cloned());
            }
            panel
        }
        Page::ChooseMethod { options } => {
            let mut choices: Vec<_> = options.iter().map(|option| method(buttons, *option)).collect();
            choices.push(quit());
            asked(&language.choose_method, choices)
        }
        Page::Present { medium } => {
            let said = match medium {
                Medium::Card => &language.present.card,
                Medium::IPhone => &language.present.iphone,
                Medium::Android => &language.present.android,
            };
            asked(said, vec![])
        }
        Page::Guide { guidance } => asked(language.guide.get(guidance_name(*guidance))?, vec![]),
        Page::Register => {
            let mut choices = choice(&buttons.register, &buttons.do_not_register);
            choices.push(quit());
            asked(&language.register, choices)
        }
        Page::Consent { item, text } => consent(language, *item, text),
        Page::StaffCheck => asked(
            &language.staff_check,
            choice(&buttons.same_person, &buttons.not_same_person),
        ),
        Page::Completed => asked(&language.completed, vec![]),
        Page::Failed => asked(&language.failed, vec![]),
        Page::TakeCard => asked(&language.take_card, vec![]),
        _ => return None,
    };
    Some(panel)
}

/// What is said beside the PIN pad. Its one button stands for not typing it: [`Answer::Quit`].
#[must_use]
pub fn pin(request: &PinRequest) -> Panel {
    let Some(language) = language::nearest(&request.language) else {
        return Panel::default();
    };
    let said = &language.pin;
    let first = match (request.holder, request.medium) {
        (PinHolder::Guardian, _) => &said.guardian,
        (PinHolder::Patient, Medium::Card) => &said.card,
        (PinHolder::Patient, _) => &said.phone,
    };
    let mut lines = Vec::new();
    if let Some(reason) = request.again_because {
        lines.push(match reason {
            Reason::PinWrong => said.wrong.clone(),
            Reason::CardRemoved => said.removed.clone(),
            _ => said.again.clone(),
        });
    }
    match request.tries_left {
        Some(1) => lines.push(said.last_try.clone()),
        Some(tries) if request.again_because.is_some() => {
            lines.push(said.tries_left.replace("{tries}", &tries.to_string()));
        }
        _ => {}
    }
    let digits = request.digits.to_string();
    lines.extend(first.lines.iter().map(|line| line.replace("{digits}", &digits)));
    Panel {
        title: first.title.clone(),
        lines,
        buttons: vec![(Answer::Quit, language.buttons.no_pin.clone())],
    }
}

/// What is said before and while the camera looks. Its one button stands for not wanting to: [`Answer::Quit`].
#[must_use]
pub fn face(request: &FaceRequest) -> Panel {
    let Some(language) = language::nearest(&request.language) else {
        return Panel::default();
    };
    let said = &language.face;
    let again = match request.again_because {
        Some(FaceOutcome::NoMatch) => Some(&said.no_match),
        Some(FaceOutcome::NoFace) => Some(&said.no_face),
        Some(FaceOutcome::SeveralFaces) => Some(&said.several_faces),
        Some(FaceOutcome::CameraCovered) => Some(&said.camera_covered),
        _ => None,
    };
    Panel {
        title: said.first.title.clone(),
        lines: again.into_iter().chain(&said.first.lines).cloned().collect(),
        buttons: vec![(Answer::Quit, language.buttons.no_face.clone())],
    }
}

fn asked(said: &Said, buttons: Vec<(Answer, String)>) -> Panel {
    Panel {
        title: said.title.clone(),
        lines: said.lines.clone(),
        buttons,
    }
}

fn consent(language: &Language, item: Item, text: &str) -> Panel {
    let (said, buttons) = (&language.consent, &language.buttons);
    let (title, no) = match item {
        Item::Diagnosis => (&said.diagnosis, &buttons.do_not_agree),
        Item::Medication => (&said.medication, &buttons.do_not_agree),
        Item::Surgery => (&said.surgery, &buttons.do_not_agree),
        // A "no" of somebody younger is no refusal: the button says so.
        Item::HealthCheckup => (&said.health_checkup, &buttons.do_not_agree_or_under_40),
    };
    Panel {
        title: title.clone(),
        lines: vec![text.to_owned()],
        buttons: vec![
            (Answer::Yes, buttons.agree.clone()),
            (Answer::No, no.clone()),
            (Answer::Quit, buttons.quit.clone()),
        ],
    }
}

/// The other languages, each under its own name.
fn others(current: &Language) -> impl Iterator<Item = (Answer, String)> {
    language::all()
        .iter()
        .filter(|language| language.tag != current.tag)
        .map(|language| (Answer::Language(language.tag.clone()), language.name.clone()))
}

fn medium(buttons: &Buttons, medium: Medium) -> (Answer, String) {
    let label = match medium {
        Medium::Card => &buttons.card,
        Medium::IPhone => &buttons.iphone,
        Medium::Android => &buttons.android,
    };
    (Answer::Medium(medium), label.clone())
}

fn method(buttons: &Buttons, method: Method) -> (Answer, String) {
    let label = match method {
        Method::Face => &buttons.face,
        Method::Pin => &buttons.pin,
        Method::GuardianPin => &buttons.guardian_pin,
        Method::StaffVisual => &buttons.staff_visual,
        Method::Device => &buttons.device,
    };
    (Answer::Method(method), label.clone())
}

/// The key of a guidance's words.
const fn guidance_name(guidance: Guidance) -> &'static str {
    match guidance {
        Guidance::PresentCard => "present_card",
        Guidance::HoldPhone => "hold_phone",
        Guidance::OtherMedium => "other_medium",
        Guidance::KeepStill => "keep_still",
        Guidance::TryAgain => "try_again",
        Guidance::TypePin => "type_pin",
        Guidance::TakeCard => "take_card",
        Guidance::TouchScreenFirst => "touch_screen_first",
        Guidance::UseReaderScreen => "use_reader_screen",
        Guidance::LookAtCamera => "look_at_camera",
        Guidance::FaceAgain => "face_again",
        Guidance::OnePersonOnly => "one_person_only",
        Guidance::UncoverCamera => "uncover_camera",
        Guidance::ArmWallet => "arm_wallet",
        Guidance::WaitForStaff => "wait_for_staff",
    }
}

#[cfg(test)]
mod tests;
