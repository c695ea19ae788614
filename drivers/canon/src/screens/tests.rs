use madoguchi_core::check_in::Guidance;
use madoguchi_driver_api::{Medium, Method};

use super::*;
use crate::commands::About;

fn device(templates: &[u16], languages: &[&'static str]) -> Quirks {
    Quirks::of(&About {
        revision: 2,
        model: "Hi-CARA",
        serial: "HC1",
        firmware: "2.0",
        features: vec![5],
        templates: templates.to_vec(),
        languages: languages.to_vec(),
        longest_apdu: None,
    })
}

fn all() -> Quirks {
    device(&[10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 99], &["ja", "en"])
}

fn screen(page: Page, language: &str) -> Screen {
    Screen {
        page,
        language: language.to_owned(),
    }
}

fn consent() -> Page {
    Page::Consent {
        item: Item::Surgery,
        text: "手術情報を提供しますか。".into(),
    }
}

#[test]
fn each_page_has_its_template() {
    let pages = [
        (Page::Idle, 10),
        (
            Page::ChooseMedium {
                options: vec![Medium::Card],
                notice: None,
            },
            11,
        ),
        (
            Page::ChooseMethod {
                options: vec![Method::Face],
            },
            12,
        ),
        (
            Page::Present {
                medium: Medium::IPhone,
            },
            13,
        ),
        (
            Page::Guide {
                guidance: Guidance::ArmWallet,
            },
            14,
        ),
        (Page::Register, 15),
        (consent(), 16),
        (Page::Completed, 17),
        (Page::Failed, 18),
        (Page::TakeCard, 19),
    ];
    for (page, template) in pages {
        let shown = shown(&screen(page, "en-GB"), &all()).unwrap();
        assert_eq!((shown.template, shown.language.as_str()), (template, "en"));
        assert_eq!(shown.parameters.title, None);
    }
}

#[test]
fn the_device_is_sent_numbers_and_the_consent_s_sentence() {
    let bytes = |page| minicbor::to_vec(shown(&screen(page, "ja"), &all()).unwrap()).unwrap();
    let options = vec![Medium::Card, Medium::IPhone, Medium::Android];
    assert_eq!(
        bytes(Page::ChooseMedium {
            options,
            notice: Some(Guidance::TouchScreenFirst)
        }),
        [0xA3, 1, 11, 2, 0x62, b'j', b'a', 3, 0xA2, 1, 0x83, 1, 3, 2, 3, 8]
    );
    assert_eq!(
        bytes(Page::Completed),
        [0xA3, 1, 17, 2, 0x62, b'j', b'a', 3, 0xA0]
    );
    let text = "手術情報を提供しますか。";
    let mut expected = vec![
        0xA3,
        1,
        16,
        2,
        0x62,
        b'j',
        b'a',
        3,
        0xA2,
        4,
        3,
        5,
        0x78,
        text.len() as u8,
    ];
    expected.extend(text.as_bytes());
    assert_eq!(bytes(consent()), expected);
}

#[test]
fn there_is_no_visual_check_on_this_device() {
    assert!(matches!(
        shown(&screen(Page::StaffCheck, "ja"), &all()),
        Err(Error::Lacking)
    ));
}

#[test]
fn what_the_device_lacks_is_sent_as_texts() {
    for (page, language) in [(Page::Register, "ja"), (consent(), "vi")] {
        let old = device(&[10, 11, 16, 99], &["ja", "en"]);
        let shown = shown(&screen(page, language), &old).unwrap();
        assert_eq!((shown.template, shown.language.as_str()), (99, language));
        let Parameters {
            title: Some(title),
            buttons: Some(buttons),
            stands_for: Some(15 | 16),
            ..
        } = shown.parameters
        else {
            panic!("no texts");
        };
        assert!(!title.is_empty());
        let answers: Vec<_> = buttons.iter().map(|button| button.answer).collect();
        assert!(
            answers.contains(&AnswerCode::Yes) && answers.contains(&AnswerCode::No),
            "{answers:?}"
        );
    }
}

#[test]
fn a_device_without_free_texts_falls_back_to_japanese_or_says_no() {
    let bare = device(&[17], &["ja"]);
    let completed = shown(&screen(Page::Completed, "vi"), &bare).unwrap();
    assert_eq!((completed.template, completed.language.as_str()), (17, "ja"));
    assert!(matches!(
        shown(&screen(Page::Register, "ja"), &bare),
        Err(Error::Lacking)
    ));
    assert_eq!(language("ko", &bare), "ja");
}

#[test]
fn only_what_was_offered_can_be_answered() {
    let media = Page::ChooseMedium {
        options: vec![Medium::Card],
        notice: None,
    };
    assert!(offers(&media, &Answer::Medium(Medium::Card)));
    assert!(!offers(&media, &Answer::Medium(Medium::Android)));
    assert!(!offers(&media, &Answer::Yes));
    assert!(offers(&media, &Answer::Quit) && offers(&media, &Answer::Language("en".into())));
    let methods = Page::ChooseMethod {
        options: vec![Method::Pin],
    };
    assert!(offers(&methods, &Answer::Method(Method::Pin)));
    assert!(!offers(&methods, &Answer::Method(Method::Face)));
    assert!(offers(&Page::Register, &Answer::No) && offers(&consent(), &Answer::Yes));
    assert!(!offers(&Page::Completed, &Answer::Quit));
}
