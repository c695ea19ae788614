use madoguchi_core::check_in::Guidance;
use madoguchi_driver_api::screen::{FaceOutcome, PinHolder};
use madoguchi_driver_api::{Item, Reason};

use super::*;
use crate::commands::identify::Text;
use crate::quirks::tests::quirks;

const ALL: [Capability; 5] = [
    Capability::Face,
    Capability::PinPad,
    Capability::StaffVisual,
    Capability::NfcCard,
    Capability::Screen,
];

fn old() -> Quirks {
    quirks(Text::ShiftJis, 2, &ALL)
}

fn new() -> Quirks {
    quirks(Text::Utf8, 12, &ALL)
}

fn pages() -> Vec<Page> {
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
    let media = Medium::ALL.to_vec();
    let methods = Method::ALL.to_vec();
    let mut pages = vec![
        Page::Idle,
        Page::ChooseMedium {
            options: media,
            notice: Some(Guidance::TouchScreenFirst),
        },
        Page::ChooseMethod { options: methods },
        Page::Register,
        Page::StaffCheck,
        Page::Completed,
        Page::Failed,
        Page::TakeCard,
    ];
    pages.extend(Medium::ALL.map(|medium| Page::Present { medium }));
    pages.extend(GUIDANCE.map(|guidance| Page::Guide { guidance }));
    let text = "過去の診療の情報を、この医療機関に提供することに同意しますか。".to_owned();
    pages.extend(Item::ALL.map(|item| Page::Consent {
        item,
        text: text.clone(),
    }));
    pages
}

fn screen(page: &Page, language: &str) -> Screen {
    Screen {
        page: page.clone(),
        language: language.to_owned(),
    }
}

#[test]
fn every_page_is_sent_in_every_language_or_in_japanese() {
    for page in pages() {
        for language in texts::languages() {
            let sent = form(&screen(&page, language), &new()).unwrap();
            assert_eq!(sent.language, language, "{page:?}");
            assert_eq!(sent.asks, page.asks());
            assert_eq!(sent.asks, !sent.buttons.is_empty(), "{page:?}");
            let sent = form(&screen(&page, language), &old()).unwrap();
            assert!(sent.words.lines.len() <= 1, "{page:?} in {language}");
            let japanese = form(&screen(&page, "ja"), &old()).unwrap();
            if sent.language == "ja" {
                assert_eq!(sent, japanese);
            }
        }
    }
}

#[test]
fn an_old_device_offers_no_language_that_it_cannot_write() {
    let page = Page::ChooseMedium {
        options: vec![Medium::Card],
        notice: None,
    };
    let languages = |quirks: &Quirks| {
        let sent = form(&screen(&page, "ja"), quirks).unwrap();
        let codes = sent.buttons.into_iter().map(|button| button.code);
        codes
            .filter_map(|code| code.strip_prefix("L:").map(str::to_owned))
            .collect::<Vec<_>>()
    };
    assert_eq!(languages(&new()).len(), 4);
    let old = languages(&old());
    assert!(
        old.contains(&"en".to_owned()) && !old.contains(&"ko".to_owned()),
        "{old:?}"
    );
}

#[test]
fn a_sentence_of_consent_is_shown_whole_or_not_at_all() {
    let consent = |text: &str, language| {
        let page = Page::Consent {
            item: Item::Surgery,
            text: text.to_owned(),
        };
        form(&screen(&page, language), &old())
    };
    let sent = consent("同意しますか。", "ja").unwrap();
    assert_eq!(sent.words.lines.len(), 1);
    assert_eq!((sent.number, sent.subject), (7, 3));
    assert_eq!(consent("동의하십니까?", "ko"), Err(Error::Unsupported));
    assert_eq!(consent(&"あ".repeat(200), "ja"), Err(Error::Unsupported));
}

#[test]
fn lines_that_an_old_device_has_not_become_one_that_scrolls() {
    let request = PinRequest {
        medium: Medium::Card,
        digits: 4,
        tries_left: Some(1),
        holder: PinHolder::Guardian,
        again_because: Some(Reason::PinWrong),
        language: "ja".into(),
    };
    let (few, many) = (pin(&request, &old()).unwrap(), pin(&request, &new()).unwrap());
    assert!(many.lines.len() > 1);
    assert_eq!(few.lines.len(), 1);
    for outcome in [FaceOutcome::NoMatch, FaceOutcome::SeveralFaces] {
        let request = FaceRequest {
            again_because: Some(outcome),
            language: "vi".into(),
        };
        assert_eq!(face(&request, &old()).unwrap().lines.len(), 1);
    }
}

#[test]
fn what_a_device_cannot_do_it_is_not_asked_for() {
    let poor = quirks(Text::Utf8, 12, &[Capability::Screen]);
    assert_eq!(
        form(&screen(&Page::StaffCheck, "ja"), &poor),
        Err(Error::Unsupported)
    );
    assert!(form(&screen(&Page::Idle, "ja"), &poor).is_ok());
    let blind = quirks(Text::Utf8, 12, &[Capability::NfcCard]);
    assert_eq!(form(&screen(&Page::Idle, "ja"), &blind), Err(Error::Unsupported));
    let request = FaceRequest {
        again_because: None,
        language: "ja".into(),
    };
    assert_eq!(face(&request, &poor), Err(Error::Unsupported));
}
