//! Every page, in every language, and every button.

use std::thread;

use madoguchi_core::check_in::Guidance;
use madoguchi_driver_api::screen::{Answer, Page, Screen};
use madoguchi_driver_api::{Capability, Error, Item, Medium, Method, Reader};
use madoguchi_driver_kit::texts;
use madoguchi_twin::device::{Act, Field, Generation, PageKind, Panel, Stage};

use crate::desk::{Desk, long, one, seen, start};

const LANGUAGES: [&str; 5] = ["ja", "en", "zh-Hans", "ko", "vi"];

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

fn screen(page: Page, language: &str) -> Screen {
    Screen {
        page,
        language: language.to_owned(),
    }
}

fn told() -> Vec<(Page, PageKind, Option<Field>)> {
    let mut pages = vec![
        (Page::Idle, PageKind::Idle, None),
        (Page::Completed, PageKind::Completed, None),
        (Page::Failed, PageKind::Failed, None),
        (Page::TakeCard, PageKind::TakeCard, None),
    ];
    pages.extend(Medium::ALL.map(|medium| {
        let about = Some(Field::Medium(medium));
        (Page::Present { medium }, PageKind::Present, about)
    }));
    pages.extend(GUIDANCE.map(|guidance| {
        let about = Some(Field::Guidance(guidance));
        (Page::Guide { guidance }, PageKind::Guide, about)
    }));
    pages
}

fn asking() -> Vec<(Page, PageKind, Vec<Answer>)> {
    let either = || vec![Answer::Yes, Answer::No, Answer::Quit];
    let options = Method::ALL.to_vec();
    let methods = options.iter().copied().map(Answer::Method);
    let mut pages = vec![
        (
            Page::ChooseMedium {
                options: Medium::ALL.to_vec(),
                notice: Some(Guidance::TouchScreenFirst),
            },
            PageKind::ChooseMedium,
            Medium::ALL
                .map(Answer::Medium)
                .into_iter()
                .chain([Answer::Quit])
                .collect(),
        ),
        (
            Page::ChooseMethod {
                options: options.clone(),
            },
            PageKind::ChooseMethod,
            methods.chain([Answer::Quit]).collect(),
        ),
        (Page::Register, PageKind::Register, either()),
    ];
    pages.extend(Item::ALL.map(|item| {
        let text = format!("{} 同意しますか。", item.as_str());
        (Page::Consent { item, text }, PageKind::Consent, either())
    }));
    pages
}

#[test]
fn a_page_that_asks_nothing_is_seen_at_once_and_stays() {
    for generation in [Generation::Old, Generation::New] {
        let (_desk, twin, mut reader) = one(generation);
        for language in LANGUAGES {
            for (page, kind, about) in told() {
                let screen = screen(page, language);
                assert_eq!(reader.present(&screen, &long()), Ok(Answer::Seen));
                let panel = twin.stage().state().unwrap().panel.unwrap();
                assert_eq!((panel.page, panel.about), (kind, about));
                assert_eq!(panel.language, language, "{generation:?}");
                assert!(!panel.title.is_empty() && panel.buttons.is_empty());
            }
        }
    }
}

/// Presents a page and presses that button once it is shown.
fn pressed(reader: &mut dyn Reader, stage: &Stage, screen: &Screen, answer: &Answer) -> Panel {
    thread::scope(|scope| {
        let presented = scope.spawn(|| reader.present(screen, &long()));
        let offered = |panel: &Panel| panel.offers(answer);
        let state = seen(stage, "the button", |state| {
            state.panel.as_ref().is_some_and(offered)
        });
        stage.act(Act::press(answer.clone())).unwrap();
        assert_eq!(presented.join().unwrap().as_ref(), Ok(answer));
        state.panel.unwrap()
    })
}

#[test]
fn every_button_of_every_page_is_its_answer() {
    for generation in [Generation::Old, Generation::New] {
        let (_desk, twin, mut reader) = one(generation);
        for language in LANGUAGES {
            for (page, kind, answers) in asking() {
                let about = match &page {
                    Page::Consent { item, .. } => Some(Field::Item(*item)),
                    _ => None,
                };
                let screen = screen(page, language);
                for answer in &answers {
                    let panel = pressed(&mut *reader, twin.stage(), &screen, answer);
                    assert_eq!((panel.page, panel.about), (kind, about));
                    assert_eq!(panel.language, language);
                    if let Page::Consent { text, .. } = &screen.page {
                        assert!(
                            panel.lines.iter().any(|line| line.contains(text.as_str())),
                            "{panel:?}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn what_an_old_device_lacks_is_shown_in_the_kit_s_words_and_all_else_in_its_own() {
    let (_desk, twin, mut reader) = one(Generation::Old);
    let lacking = [
        screen(Page::Register, "ja"),
        screen(Page::Register, "ko"),
        screen(
            Page::ChooseMethod {
                options: vec![Method::Face, Method::Pin],
            },
            "vi",
        ),
    ];
    for screen in lacking {
        let panel = pressed(&mut *reader, twin.stage(), &screen, &Answer::Quit);
        let words = texts::panel(&screen).unwrap();
        assert_eq!((panel.title, panel.lines), (words.title, words.lines));
        let buttons: Vec<_> = panel
            .buttons
            .into_iter()
            .map(|button| (button.answer, button.label))
            .collect();
        assert_eq!(buttons, words.buttons);
    }
    reader.present(&screen(Page::Completed, "en"), &long()).unwrap();
    let own = twin.stage().state().unwrap().panel.unwrap();
    assert_ne!(
        own.title,
        texts::panel(&screen(Page::Completed, "en")).unwrap().title
    );
}

#[test]
fn what_was_held_up_too_early_is_said_above_the_buttons() {
    for (generation, language) in [
        (Generation::Old, "ja"),
        (Generation::Old, "vi"),
        (Generation::New, "vi"),
    ] {
        let (_desk, twin, mut reader) = one(generation);
        let mut lines = Vec::new();
        for notice in [None, Some(Guidance::TouchScreenFirst)] {
            let options = vec![Medium::Card];
            let choose = screen(Page::ChooseMedium { options, notice }, language);
            lines.push(pressed(&mut *reader, twin.stage(), &choose, &Answer::Quit).lines);
        }
        assert!(lines[1].len() > lines[0].len(), "{lines:?}");
    }
}

#[test]
fn another_language_is_an_answer() {
    let (_desk, twin, mut reader) = one(Generation::New);
    let choose = screen(
        Page::ChooseMedium {
            options: vec![Medium::Card],
            notice: None,
        },
        "ja",
    );
    for language in &LANGUAGES[1..] {
        let answer = Answer::Language((*language).to_owned());
        pressed(&mut *reader, twin.stage(), &choose, &answer);
    }
}

#[test]
fn the_device_s_own_key_stops_a_page() {
    let (_desk, twin, mut reader) = one(Generation::New);
    let register = screen(Page::Register, "ja");
    thread::scope(|scope| {
        let presented = scope.spawn(|| reader.present(&register, &long()));
        seen(twin.stage(), "the page", |state| state.panel.is_some());
        twin.stage().act(Act::Quit).unwrap();
        assert_eq!(presented.join().unwrap(), Ok(Answer::Quit));
    });
}

#[test]
fn staff_never_look_on_this_device() {
    for generation in [Generation::Old, Generation::New] {
        let (_desk, twin, mut reader) = one(generation);
        let frames = twin.stage().state().unwrap().frames_in;
        assert_eq!(
            reader.present(&screen(Page::StaffCheck, "ja"), &long()),
            Err(Error::Unsupported)
        );
        assert_eq!(
            twin.stage().state().unwrap().frames_in,
            frames,
            "nothing was sent"
        );
    }
}

#[test]
fn what_a_device_says_that_it_cannot_do_is_not_tried() {
    let desk = Desk::empty();
    let mut options = desk.options("1-1", "0001", Generation::New);
    options.identity.capabilities = vec![Capability::NfcCard];
    let twin = start(options);
    let mut reader = desk.open("0001");
    twin.stage().insert("adult").unwrap();
    reader.power_on(&long()).unwrap();
    let frames = twin.stage().state().unwrap().frames_in;
    let pin = crate::pin::request(Medium::Card, madoguchi_driver_api::screen::PinHolder::Patient);
    assert_eq!(
        reader.present(&screen(Page::Idle, "ja"), &long()),
        Err(Error::Unsupported)
    );
    assert_eq!(reader.enter_pin(&pin, &long()).err(), Some(Error::Unsupported));
    assert_eq!(
        reader.verify_face(&crate::face::request(), &long()),
        Err(Error::Unsupported)
    );
    assert_eq!(reader.accept_visual(&long()), Err(Error::Unsupported));
    assert_eq!(
        twin.stage().state().unwrap().frames_in,
        frames,
        "nothing was sent"
    );
}
