//! Every page, in every language, and every button.

use std::thread;

use madoguchi_core::check_in::Guidance;
use madoguchi_driver_api::screen::{Answer, Page, Screen};
use madoguchi_driver_api::{Error, Item, Medium, Method, Reader};
use madoguchi_driver_kit::texts;
use madoguchi_twin::device::{Act, Colour, Field, Generation, PageKind, Panel, Stage};

use crate::desk::{long, one, seen};

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

fn told() -> Vec<(Page, PageKind, Option<Field>, Option<Colour>)> {
    let mut pages = vec![
        (Page::Idle, PageKind::Idle, None, None),
        (Page::Completed, PageKind::Completed, None, Some(Colour::Green)),
        (Page::Failed, PageKind::Failed, None, Some(Colour::Red)),
        (Page::TakeCard, PageKind::TakeCard, None, Some(Colour::Yellow)),
    ];
    pages.extend(Medium::ALL.map(|medium| {
        let about = Some(Field::Medium(medium));
        (
            Page::Present { medium },
            PageKind::Present,
            about,
            Some(Colour::Blue),
        )
    }));
    pages.extend(GUIDANCE.map(|guidance| {
        let about = Some(Field::Guidance(guidance));
        (
            Page::Guide { guidance },
            PageKind::Guide,
            about,
            Some(Colour::Yellow),
        )
    }));
    pages
}

fn asking(language: &str) -> Vec<(Page, PageKind, Option<Field>)> {
    let mut pages = vec![
        (
            Page::ChooseMedium {
                options: Medium::ALL.to_vec(),
                notice: None,
            },
            PageKind::ChooseMedium,
            None,
        ),
        (
            Page::ChooseMethod {
                options: Method::ALL.to_vec(),
            },
            PageKind::ChooseMethod,
            None,
        ),
        (Page::Register, PageKind::Register, None),
        (Page::StaffCheck, PageKind::StaffCheck, None),
    ];
    pages.extend(Item::ALL.map(|item| {
        let text = format!("{} {language} 同意しますか。", item.as_str());
        (
            Page::Consent { item, text },
            PageKind::Consent,
            Some(Field::Item(item)),
        )
    }));
    pages
}

/// Whether the device shows the kit's words.
fn shows(panel: &Panel, screen: &Screen) {
    let words = texts::panel(screen).unwrap();
    assert_eq!(panel.language, screen.language);
    assert_eq!(
        (&panel.title, &panel.lines),
        (&words.title, &words.lines),
        "{screen:?}"
    );
    let buttons: Vec<_> = panel
        .buttons
        .iter()
        .map(|button| (button.answer.clone(), button.label.clone()))
        .collect();
    assert_eq!(buttons, words.buttons, "{screen:?}");
}

#[test]
fn a_page_that_asks_nothing_is_seen_at_once_and_stays() {
    let (_desk, twin, mut reader) = one(Generation::New);
    for language in LANGUAGES {
        for (page, kind, about, light) in told() {
            let screen = screen(page, language);
            assert_eq!(reader.present(&screen, &long()), Ok(Answer::Seen));
            let state = twin.stage().state().unwrap();
            let panel = state.panel.unwrap();
            assert_eq!((panel.page, panel.about), (kind, about));
            assert_eq!(state.light, light, "{kind:?}");
            shows(&panel, &screen);
        }
    }
}

/// Presents a page and presses that button once it is shown.
fn pressed(reader: &mut dyn Reader, stage: &Stage, screen: &Screen, answer: &Answer) -> Panel {
    thread::scope(|scope| {
        let presented = scope.spawn(|| reader.present(screen, &long()));
        let kind = |panel: &Panel| panel.offers(answer);
        let state = seen(stage, "the button", |state| {
            state.panel.as_ref().is_some_and(kind)
        });
        stage.act(Act::press(answer.clone())).unwrap();
        assert_eq!(presented.join().unwrap().as_ref(), Ok(answer));
        state.panel.unwrap()
    })
}

#[test]
fn every_button_of_every_page_is_its_answer() {
    let (_desk, twin, mut reader) = one(Generation::New);
    for language in LANGUAGES {
        for (page, kind, about) in asking(language) {
            let screen = screen(page, language);
            let words = texts::panel(&screen).unwrap();
            assert!(words.buttons.len() > 1);
            for (answer, _) in &words.buttons {
                let panel = pressed(&mut *reader, twin.stage(), &screen, answer);
                assert_eq!((panel.page, panel.about), (kind, about));
                shows(&panel, &screen);
                // So that the next one is not taken for this one.
                reader
                    .present(&self::screen(Page::Idle, language), &long())
                    .unwrap();
            }
        }
    }
}

#[test]
fn the_device_s_own_key_stops_a_page_that_has_no_such_button() {
    let (_desk, twin, mut reader) = one(Generation::New);
    let staff = screen(Page::StaffCheck, "ja");
    assert!(
        texts::panel(&staff)
            .unwrap()
            .buttons
            .iter()
            .all(|(answer, _)| *answer != Answer::Quit)
    );
    thread::scope(|scope| {
        let presented = scope.spawn(|| reader.present(&staff, &long()));
        seen(twin.stage(), "the page", |state| state.panel.is_some());
        twin.stage().act(Act::Quit).unwrap();
        assert_eq!(presented.join().unwrap(), Ok(Answer::Quit));
    });
}

#[test]
fn an_old_device_shows_japanese_for_what_it_does_not_speak_and_leaves_staff_to_others() {
    let (_desk, twin, mut reader) = one(Generation::Old);
    for (asked, shown) in [("vi", "ja"), ("zh-Hans", "ja"), ("en", "en"), ("de", "ja")] {
        reader.present(&screen(Page::Completed, asked), &long()).unwrap();
        let panel = twin.stage().state().unwrap().panel.unwrap();
        shows(&panel, &screen(Page::Completed, shown));
    }
    let choose = Page::ChooseMedium {
        options: vec![Medium::Card],
        notice: None,
    };
    let english = Answer::Language("en".to_owned());
    let panel = pressed(&mut *reader, twin.stage(), &screen(choose, "ja"), &english);
    assert!(!panel.offers(&Answer::Language("vi".to_owned())), "{panel:?}");
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
