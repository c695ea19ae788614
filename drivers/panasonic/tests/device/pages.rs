//! Every page, as the patient sees it.

use std::time::{Duration, Instant};

use madoguchi_core::check_in::Guidance;
use madoguchi_driver_api::screen::{Answer, Page};
use madoguchi_driver_api::{Call, Error, Event, Item, Medium, Method};
use madoguchi_driver_kit::texts;
use madoguchi_twin::device::{Act, Colour, Field, Generation, PageKind, Panel};

use crate::world::{SERIAL, Start, World, call, call_off, isolated, screen, shows, while_waiting};

const SENTENCE: &str =
    "過去の診療情報を提供することに同意しますか。 Do you agree that your past treatment records are given? ";

fn pages() -> Vec<(Page, PageKind, Option<Field>)> {
    let media = Medium::ALL.to_vec();
    let methods = vec![
        Method::Pin,
        Method::Face,
        Method::GuardianPin,
        Method::StaffVisual,
    ];
    let mut pages = vec![
        (Page::Idle, PageKind::Idle, None),
        (
            Page::ChooseMedium {
                options: media,
                notice: None,
            },
            PageKind::ChooseMedium,
            None,
        ),
        (
            Page::ChooseMedium {
                options: vec![Medium::Card],
                notice: Some(Guidance::TouchScreenFirst),
            },
            PageKind::ChooseMedium,
            None,
        ),
        (
            Page::ChooseMethod { options: methods },
            PageKind::ChooseMethod,
            None,
        ),
        (Page::Register, PageKind::Register, None),
        (Page::StaffCheck, PageKind::StaffCheck, None),
        (Page::Completed, PageKind::Completed, None),
        (Page::Failed, PageKind::Failed, None),
        (Page::TakeCard, PageKind::TakeCard, None),
    ];
    for medium in Medium::ALL {
        let about = Some(Field::Medium(medium));
        pages.push((Page::Present { medium }, PageKind::Present, about));
    }
    for guidance in [
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
    ] {
        let about = Some(Field::Guidance(guidance));
        pages.push((Page::Guide { guidance }, PageKind::Guide, about));
    }
    for item in Item::ALL {
        let text = SENTENCE.repeat(3);
        pages.push((
            Page::Consent { item, text },
            PageKind::Consent,
            Some(Field::Item(item)),
        ));
    }
    pages
}

/// What the device should show, from the same words by another way.
fn expected(page: &Page, kind: PageKind, about: Option<Field>, language: &str, known: &[&str]) -> Panel {
    let words = texts::panel(&screen(page.clone(), language)).unwrap();
    let mut panel = Panel::new(kind).language(language).title(words.title);
    panel.about = about;
    panel.lines = words.lines;
    for (answer, label) in words.buttons {
        let shown = match &answer {
            Answer::Language(tag) => known.contains(&tag.as_str()),
            _ => true,
        };
        if shown {
            panel = panel.button(answer, label);
        }
    }
    panel
}

fn show_everything(world: &World, language: &str, shown_as: &str, known: &[&str]) {
    let (stage, mut reader) = (world.stage(), world.open());
    for (page, kind, about) in pages() {
        let wanted = expected(&page, kind, about, shown_as, known);
        let asked = screen(page.clone(), language);
        if !page.asks() {
            assert_eq!(reader.present(&asked, &call()), Ok(Answer::Seen), "{page:?}");
            assert_eq!(stage.state().unwrap().panel, Some(wanted), "{page:?}");
            continue;
        }
        for button in &wanted.buttons {
            let answered = while_waiting(
                || {
                    let state = stage.wait_for(Duration::from_secs(20), |state| {
                        state.panel.as_ref() == Some(&wanted)
                    });
                    assert!(state.unwrap().is_some(), "{:?} for {wanted:?}", stage.state());
                    stage.act(Act::press(button.answer.clone())).unwrap();
                },
                || reader.present(&asked, &call()),
            );
            assert_eq!(answered, Ok(button.answer.clone()), "{page:?}");
            // Another page, so that the next one is seen to come.
            reader.present(&screen(Page::Idle, "ja"), &call()).unwrap();
        }
    }
}

#[test]
fn each_page_is_shown_and_each_button_answers() {
    isolated("pages::each_page_is_shown_and_each_button_answers", |folder| {
        let world = World::new(folder);
        for language in ["ja", "vi", "ko"] {
            show_everything(&world, language, language, &["ja", "en", "zh-Hans", "ko", "vi"]);
        }
    });
}

#[test]
fn the_old_generation_shows_what_its_letters_can() {
    isolated("pages::the_old_generation_shows_what_its_letters_can", |folder| {
        let old = Start {
            generation: Generation::Old,
            ..Start::default()
        };
        let world = World::start(folder, &old);
        show_everything(&world, "en", "en", &["ja", "en", "zh-Hans"]);
        let mut reader = world.open();
        assert_eq!(
            reader.present(&screen(Page::Completed, "vi"), &call()),
            Ok(Answer::Seen)
        );
        let panel = world.stage().state().unwrap().panel.unwrap();
        assert_eq!(panel.language, "ja");
        let consent = Page::Consent {
            item: Item::Surgery,
            text: "Bạn có đồng ý không?".into(),
        };
        assert_eq!(
            reader.present(&screen(consent, "vi"), &call()),
            Err(Error::Unsupported)
        );
    });
}

#[test]
fn a_sentence_that_the_screen_has_no_room_for_is_not_cut() {
    isolated(
        "pages::a_sentence_that_the_screen_has_no_room_for_is_not_cut",
        |folder| {
            let world = World::new(folder);
            let text = SENTENCE.repeat(40);
            let consent = Page::Consent {
                item: Item::Diagnosis,
                text,
            };
            let answer = world.open().present(&screen(consent, "ja"), &call());
            assert_eq!(answer, Err(Error::Unsupported));
            assert_eq!(world.stage().state().unwrap().panel, None);
        },
    );
}

#[test]
fn lamp_and_sound_tell_how_it_went() {
    isolated("pages::lamp_and_sound_tell_how_it_went", |folder| {
        let world = World::new(folder);
        let mut reader = world.open();
        let mut beeps = 0;
        for (page, light, sounds) in [
            (Page::Completed, Some(Colour::Green), 1),
            (Page::Failed, Some(Colour::Red), 2),
            (Page::TakeCard, Some(Colour::White), 2),
            (Page::Idle, None, 0),
        ] {
            reader.present(&screen(page, "ja"), &call()).unwrap();
            let state = world.stage().state().unwrap();
            beeps += sounds;
            assert_eq!((state.light, state.beeps), (light, beeps));
        }
    });
}

#[test]
fn the_key_to_stop_quits_and_a_page_that_is_called_off_goes() {
    isolated(
        "pages::the_key_to_stop_quits_and_a_page_that_is_called_off_goes",
        |folder| {
            let world = World::new(folder);
            let (stage, mut reader) = (world.stage(), world.open());
            let register = screen(Page::Register, "ja");
            let answer = while_waiting(
                || {
                    shows(&stage, PageKind::Register);
                    stage.act(Act::Quit).unwrap();
                },
                || reader.present(&register, &call()),
            );
            assert_eq!(answer, Ok(Answer::Quit));

            let began = Instant::now();
            let short = Call::within(Duration::from_millis(150));
            assert_eq!(reader.present(&register, &short), Err(Error::Timeout));
            assert!(began.elapsed() < Duration::from_millis(150) + Call::PATIENCE);
            assert_eq!(stage.state().unwrap().page(), None, "cleared");
        },
    );
}

#[test]
fn a_cancelled_call_is_over_at_once_whatever_it_waits_for() {
    isolated(
        "pages::a_cancelled_call_is_over_at_once_whatever_it_waits_for",
        |folder| {
            let world = World::new(folder);
            let (stage, mut reader) = (world.stage(), world.powered("adult"));
            stage
                .act(Act::Face(madoguchi_twin::device::FaceScript::nobody()))
                .unwrap();
            let mut took = Vec::new();
            for round in 0..20 {
                let (ended, after) = match round % 3 {
                    0 => call_off(&stage, PageKind::Register, |call| {
                        reader.present(&screen(Page::Register, "ja"), call).map(drop)
                    }),
                    1 => call_off(&stage, PageKind::Pin, |call| {
                        reader.enter_pin(&crate::people::request(), call).map(drop)
                    }),
                    _ => call_off(&stage, PageKind::Face, |call| {
                        reader.verify_face(&crate::people::face(), call).map(drop)
                    }),
                };
                assert_eq!(ended, Err(Error::Cancelled));
                assert_eq!(stage.state().unwrap().page(), None, "cleared");
                took.push(after);
            }
            took.sort();
            println!(
                "measured: cancel to return, 20 calls: median {:?}, max {:?}",
                took[10], took[19]
            );
            assert!(took[19] < Call::PATIENCE, "{took:?}");
        },
    );
}

#[test]
fn a_card_that_comes_and_goes_is_told_while_a_page_asks() {
    isolated(
        "pages::a_card_that_comes_and_goes_is_told_while_a_page_asks",
        |folder| {
            let world = World::new(folder);
            let (stage, mut reader) = (world.stage(), world.open());
            let answer = while_waiting(
                || {
                    shows(&stage, PageKind::Register);
                    world.insert("adult");
                    stage.act(Act::Remove).unwrap();
                    world.event("card out", |event| {
                        *event
                            == Event::CardGone {
                                selector: SERIAL.into(),
                            }
                    });
                    stage.act(Act::press(Answer::No)).unwrap();
                },
                || reader.present(&screen(Page::Register, "ja"), &call()),
            );
            assert_eq!(answer, Ok(Answer::No));
        },
    );
}
