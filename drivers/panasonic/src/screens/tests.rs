//! Every page, on both generations.

use madoguchi_core::check_in::Guidance;

use super::*;
use crate::quirks::tests::{new, old};
use crate::transport::codec::MAX_FRAGMENTS;

fn screen(page: Page, language: &str) -> Screen {
    Screen {
        page,
        language: language.into(),
    }
}

pub(crate) fn pages() -> Vec<Page> {
    let mut pages = vec![
        Page::Idle,
        Page::ChooseMedium {
            options: Medium::ALL.to_vec(),
            notice: None,
        },
        Page::ChooseMethod {
            options: vec![
                Method::Face,
                Method::Pin,
                Method::GuardianPin,
                Method::StaffVisual,
            ],
        },
        Page::Register,
        Page::StaffCheck,
        Page::Completed,
        Page::Failed,
        Page::TakeCard,
    ];
    pages.extend(Medium::ALL.map(|medium| Page::Present { medium }));
    pages.extend([Guidance::PresentCard, Guidance::WaitForStaff].map(|guidance| Page::Guide { guidance }));
    pages.extend(Item::ALL.map(|item| Page::Consent {
        item,
        text: "Do you agree? 同意しますか。".repeat(20),
    }));
    pages
}

#[test]
fn each_page_fits_in_each_language_and_asks_by_buttons() {
    for page in pages() {
        for language in Language::ALL {
            let form = form(&screen(page.clone(), language.tag()), &new()).unwrap();
            assert_eq!(form.language, language);
            let message = crate::commands::show::message(&form);
            assert!(message.reports(1).unwrap().len() <= MAX_FRAGMENTS);
            assert_eq!(form.buttons != 0, page.asks(), "{page:?}");
            assert!(!form.texts[0].1.is_empty(), "{page:?} has no title");
        }
    }
}

#[test]
fn the_old_generation_shows_japanese_where_it_has_no_letters() {
    let japanese = form(&screen(Page::Completed, "ja"), &old()).unwrap();
    for language in ["ko", "vi"] {
        assert_eq!(
            form(&screen(Page::Completed, language), &old()),
            Some(japanese.clone())
        );
        assert_ne!(
            form(&screen(Page::Completed, language), &new()),
            Some(japanese.clone())
        );
    }
    let consent = Page::Consent {
        item: Item::Surgery,
        text: "동의합니까?".into(),
    };
    assert_eq!(
        form(&screen(consent.clone(), "ko"), &old()),
        None,
        "a sentence that it cannot show is no consent"
    );
    let shown = form(&screen(consent, "ko"), &new()).unwrap();
    assert!(shown.texts.contains(&(LINE, "동의합니까?".into())), "{shown:?}");
}

#[test]
fn a_sentence_that_does_not_fit_is_not_cut() {
    let text = "あ".repeat(27 * MAX_FRAGMENTS);
    let item = Item::Diagnosis;
    let form = form(&screen(Page::Consent { item, text }, "ja"), &new()).unwrap();
    assert!(crate::commands::show::message(&form).reports(1).is_err());
}

#[test]
fn options_become_their_buttons() {
    let options = vec![Method::Pin, Method::Face];
    let form = form(&screen(Page::ChooseMethod { options }, "en"), &new()).unwrap();
    assert_eq!(form.buttons & 0b111_1000, 0b001_1000);
    let labels: Vec<u8> = form
        .texts
        .iter()
        .map(|(role, _)| *role)
        .filter(|role| *role == 0x13 || *role == 0x14)
        .collect();
    assert_eq!(labels, [0x14, 0x13], "in the order asked for");
    for (bit, expected) in [(3, Answer::Method(Method::Face)), (9, Answer::Quit)] {
        assert_eq!(answer(bit), Some(expected));
    }
    assert_eq!(answer(15), None);
}

#[test]
fn a_language_without_letters_is_not_offered() {
    let panel = Panel {
        title: String::new(),
        lines: vec![],
        buttons: ["en", "ko"]
            .map(|tag| (Answer::Language(tag.into()), tag.into()))
            .into(),
    };
    assert_eq!(spell(&panel, &old()).0, 1 << 11);
    assert_eq!(spell(&panel, &new()).0, 1 << 11 | 1 << 13);
}
