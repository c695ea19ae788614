use std::collections::BTreeSet;

use super::*;

const TAGS: [&str; 5] = ["ja", "en", "zh-Hans", "ko", "vi"];

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

fn pages() -> Vec<Page> {
    let mut pages = vec![
        Page::Idle,
        Page::ChooseMedium {
            options: Medium::ALL.to_vec(),
            notice: None,
        },
        Page::ChooseMethod {
            options: Method::ALL.to_vec(),
        },
        Page::Register,
        Page::StaffCheck,
        Page::Completed,
        Page::Failed,
        Page::TakeCard,
    ];
    pages.extend(Medium::ALL.map(|medium| Page::Present { medium }));
    pages.extend(GUIDANCE.map(|guidance| Page::Guide { guidance }));
    pages.extend(Item::ALL.map(|item| Page::Consent {
        item,
        text: "？".into(),
    }));
    pages
}

fn show(page: &Page, language: &str) -> Panel {
    panel(&Screen {
        page: page.clone(),
        language: language.into(),
    })
    .unwrap()
}

fn request(medium: Medium, holder: PinHolder, tries_left: Option<u8>, because: Option<Reason>) -> PinRequest {
    PinRequest {
        medium,
        digits: 4,
        tries_left,
        holder,
        again_because: because,
        language: "en".into(),
    }
}

/// Everything that a panel says.
fn words(panel: &Panel) -> impl Iterator<Item = &str> {
    let labels = panel.buttons.iter().map(|(_, label)| label.as_str());
    std::iter::once(panel.title.as_str())
        .chain(panel.lines.iter().map(String::as_str))
        .chain(labels)
}

#[test]
fn every_file_has_every_key() {
    for file in language::files() {
        let language = language::read(file).unwrap();
        let guided: BTreeSet<_> = language.guide.keys().map(String::as_str).collect();
        assert_eq!(guided, GUIDANCE.map(guidance_name).into(), "{}", language.tag);
    }
    assert!(languages().eq(TAGS));
}

#[test]
fn every_page_has_words_in_every_language_and_a_button_for_each_answer() {
    for page in pages() {
        let titles: BTreeSet<_> = TAGS.iter().map(|tag| show(&page, tag).title).collect();
        assert_eq!(titles.len(), TAGS.len(), "{page:?} is not translated: {titles:?}");
        for tag in TAGS {
            let panel = show(&page, tag);
            assert!(
                words(&panel).all(|word| !word.trim().is_empty() && !word.contains('{')),
                "{panel:?}"
            );
            assert_eq!(panel.buttons.is_empty(), !page.asks(), "{tag} {page:?}");
            let labels: BTreeSet<_> = panel.buttons.iter().map(|(_, label)| label).collect();
            assert_eq!(
                labels.len(),
                panel.buttons.len(),
                "two buttons look the same: {panel:?}"
            );
        }
    }
}

#[test]
fn the_first_page_offers_the_other_languages_by_their_own_names() {
    let page = Page::ChooseMedium {
        options: vec![Medium::Card, Medium::Android],
        notice: None,
    };
    let panel = show(&page, "en");
    let answers: Vec<_> = panel.buttons.iter().map(|(answer, _)| answer.clone()).collect();
    let language = |tag: &str| Answer::Language(tag.into());
    assert_eq!(
        answers,
        [
            Answer::Medium(Medium::Card),
            Answer::Medium(Medium::Android),
            Answer::Quit,
            language("ja"),
            language("zh-Hans"),
            language("ko"),
            language("vi"),
        ]
    );
    assert!(panel.buttons.contains(&(language("ko"), "한국어".into())));
}

#[test]
fn a_no_to_health_check_ups_is_no_refusal() {
    let no = |item| {
        let text = "健診情報を提供しますか。".to_owned();
        let panel = show(
            &Page::Consent {
                item,
                text: text.clone(),
            },
            "ja",
        );
        assert_eq!(panel.lines, [text]);
        panel.buttons[1].clone()
    };
    assert_eq!(
        no(Item::HealthCheckup),
        (Answer::No, "同意しない・40歳未満".into())
    );
    assert_eq!(no(Item::Diagnosis), (Answer::No, "同意しない".into()));
}

#[test]
fn the_nearest_language_is_shown() {
    let title = |tag| show(&Page::TakeCard, tag).title;
    for (wished, shown) in [
        ("ja-JP", "ja"),
        ("EN", "en"),
        ("zh-CN", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("vi_VN", "vi"),
        ("tlh", "ja"),
        ("", "ja"),
    ] {
        assert_eq!(title(wished), title(shown), "{wished}");
    }
}

#[test]
fn the_pin_is_asked_from_whom_it_is_of_and_said_why_again() {
    let card = pin(&request(Medium::Card, PinHolder::Patient, None, None));
    assert_eq!(card.buttons, [(Answer::Quit, "Do not type the PIN".into())]);
    assert!(
        card.lines[0].contains("4-digit PIN of your My Number card"),
        "{card:?}"
    );
    let guardian = pin(&request(Medium::Card, PinHolder::Guardian, Some(3), None));
    assert!(guardian.title.contains("guardian"), "{guardian:?}");
    assert_eq!(
        guardian.lines.len(),
        2,
        "nothing of tries before one was wrong: {guardian:?}"
    );
    let phone = pin(&request(Medium::Android, PinHolder::Patient, None, None));
    assert!(phone.title.contains("phone"), "{phone:?}");

    let wrong = pin(&request(
        Medium::Card,
        PinHolder::Patient,
        Some(2),
        Some(Reason::PinWrong),
    ));
    assert_eq!(
        wrong.lines[..2],
        [
            "The PIN is wrong. Please type it again.",
            "After 2 more wrong tries the PIN is locked."
        ]
    );
    let last = pin(&request(Medium::Card, PinHolder::Patient, Some(1), None));
    assert!(last.lines[0].contains("only your municipal office"), "{last:?}");
    let removed = pin(&request(
        Medium::Card,
        PinHolder::Patient,
        None,
        Some(Reason::CardRemoved),
    ));
    assert!(removed.lines[0].contains("put it back"), "{removed:?}");
}

#[test]
fn every_pin_and_face_request_has_words_in_every_language() {
    for tag in TAGS {
        for (holder, because) in [
            (PinHolder::Patient, Some(Reason::PinWrong)),
            (PinHolder::Guardian, Some(Reason::CardRemoved)),
            (PinHolder::Patient, Some(Reason::PinLastTryNotConfirmed)),
        ] {
            for (medium, tries) in [(Medium::Card, 2), (Medium::IPhone, 1), (Medium::Android, 3)] {
                let asked = pin(&PinRequest {
                    language: tag.into(),
                    ..request(medium, holder, Some(tries), because)
                });
                assert!(
                    words(&asked).all(|word| !word.is_empty() && !word.contains('{')),
                    "{asked:?}"
                );
                assert!(asked.lines.iter().any(|line| line.contains('4')), "{asked:?}");
            }
        }
        let mut said = BTreeSet::new();
        for because in [
            None,
            Some(FaceOutcome::NoMatch),
            Some(FaceOutcome::NoFace),
            Some(FaceOutcome::SeveralFaces),
            Some(FaceOutcome::CameraCovered),
        ] {
            let asked = face(&FaceRequest {
                again_because: because,
                language: tag.into(),
            });
            assert_eq!(asked.buttons.len(), 1);
            assert!(words(&asked).all(|word| !word.is_empty()), "{asked:?}");
            said.insert(asked.lines);
        }
        assert_eq!(said.len(), 5, "each reason has words of its own: {said:?}");
    }
}
