use std::collections::BTreeSet;

use madoguchi_driver_api::screen::{Answer, Page, Screen};
use madoguchi_driver_api::{Capability, Error, Medium};

use super::{BUTTONS, QUIT, answer, show};
use crate::commands::hello::Identity;
use crate::quirks::Quirks;

fn quirks(capabilities: &[Capability]) -> Quirks {
    Quirks::of(&Identity {
        model: String::new(),
        serial: String::new(),
        firmware: String::new(),
        capabilities: capabilities.to_vec(),
        languages: vec!["ja".into(), "en".into()],
        apdu_limit: None,
        card_present: false,
    })
}

fn screen(page: Page) -> Screen {
    Screen {
        page,
        language: "en".into(),
    }
}

#[test]
fn no_two_buttons_share_an_id_or_an_answer() {
    let ids: BTreeSet<_> = BUTTONS.iter().map(|(id, _)| id).collect();
    assert_eq!(ids.len(), BUTTONS.len());
    let answers: Vec<_> = BUTTONS.iter().map(|(_, button)| button.answer()).collect();
    for (at, one) in answers.iter().enumerate() {
        assert!(!answers[at + 1..].contains(one), "{one:?}");
    }
}

#[test]
fn a_button_that_was_not_shown_was_not_pressed() {
    let options = vec![Medium::Card];
    let quirks = quirks(&[Capability::Screen]);
    let show = show(
        &screen(Page::ChooseMedium {
            options,
            notice: None,
        }),
        &quirks,
    )
    .unwrap();
    assert_eq!(answer(0x11, &show), Ok(Answer::Medium(Medium::Card)));
    assert_eq!(answer(QUIT, &show), Ok(Answer::Quit));
    for pressed in [0x12, 0x01, 0xEE] {
        assert!(matches!(answer(pressed, &show), Err(Error::Protocol { .. })));
    }
}

#[test]
fn a_device_shows_what_it_says_that_it_can() {
    let none = show(&screen(Page::Idle), &quirks(&[]));
    assert_eq!(none.err(), Some(Error::Unsupported));
    let only_screen = quirks(&[Capability::Screen]);
    assert!(show(&screen(Page::Idle), &only_screen).is_ok());
    let staff = screen(Page::StaffCheck);
    assert_eq!(show(&staff, &only_screen).err(), Some(Error::Unsupported));
    let with_staff = quirks(&[Capability::Screen, Capability::StaffVisual]);
    assert!(show(&staff, &with_staff).is_ok());
}
