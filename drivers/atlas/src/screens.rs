//! Pages in the service's form: a name, what it is about, texts, and a key for each button.

use std::borrow::Cow;

use madoguchi_core::check_in::Guidance;
use madoguchi_driver_api::screen::{Answer, Page, PinRequest, Screen};
use madoguchi_driver_api::{Item, Medium, Method};
use madoguchi_driver_kit::texts;
use serde::Serialize;

/// Stands before the language that a button changes to.
const LANGUAGE: &str = "language:";

/// A page as it is sent.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Form {
    page: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<About>,
    language: String,
    title: String,
    lines: Vec<String>,
    buttons: Vec<Key>,
}

/// What the page is about, where its name does not say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum About {
    Medium(Medium),
    Guidance(Guidance),
    Item(Item),
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Key {
    key: String,
    label: String,
}

/// A PIN pad's texts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pad {
    pub(crate) title: String,
    pub(crate) lines: Vec<String>,
}

impl Form {
    /// The page in the service's form; none where this driver does not know it.
    pub(crate) fn of(screen: &Screen) -> Option<Self> {
        let (page, about) = name(&screen.page)?;
        let panel = texts::panel(screen)?;
        let buttons = panel.buttons.into_iter().filter_map(|(answer, label)| {
            let key = key(&answer)?.into_owned();
            Some(Key { key, label })
        });
        let form = Self {
            page,
            about,
            language: screen.language.clone(),
            title: panel.title,
            lines: panel.lines,
            buttons: buttons.collect(),
        };
        // A page that asks and cannot be answered would hang.
        (form.asks() == screen.page.asks()).then_some(form)
    }

    /// Whether it waits for a person.
    pub(crate) fn asks(&self) -> bool {
        !self.buttons.is_empty()
    }

    /// What a key answers. The device has one of its own for stopping.
    pub(crate) fn answer(&self, pressed: &str) -> Option<Answer> {
        let offered = pressed == QUIT || self.buttons.iter().any(|button| button.key == pressed);
        offered.then(|| answer(pressed)).flatten()
    }
}

impl Pad {
    /// What the PIN pad says.
    pub(crate) fn of(request: &PinRequest) -> Self {
        let panel = texts::pin(request);
        Self {
            title: panel.title,
            lines: panel.lines,
        }
    }
}

const QUIT: &str = "quit";

fn name(page: &Page) -> Option<(&'static str, Option<About>)> {
    Some(match page {
        Page::Idle => ("idle", None),
        Page::ChooseMedium { .. } => ("choose_medium", None),
        Page::ChooseMethod { .. } => ("choose_method", None),
        Page::Present { medium } => ("present", Some(About::Medium(*medium))),
        Page::Guide { guidance } => ("guide", Some(About::Guidance(*guidance))),
        Page::Register => ("register", None),
        Page::Consent { item, .. } => ("consent", Some(About::Item(*item))),
        Page::StaffCheck => ("staff_check", None),
        Page::Completed => ("completed", None),
        Page::Failed => ("failed", None),
        Page::TakeCard => ("take_card", None),
        _ => return None,
    })
}

fn key(answer: &Answer) -> Option<Cow<'static, str>> {
    Some(match answer {
        Answer::Medium(medium) => medium.as_str().into(),
        Answer::Method(method) => method.as_str().into(),
        Answer::Yes => "yes".into(),
        Answer::No => "no".into(),
        Answer::Quit => QUIT.into(),
        Answer::Language(tag) => format!("{LANGUAGE}{tag}").into(),
        // Nobody presses that a page was seen.
        _ => return None,
    })
}

fn answer(key: &str) -> Option<Answer> {
    let medium = || Medium::ALL.into_iter().find(|medium| medium.as_str() == key);
    let method = || Method::ALL.into_iter().find(|method| method.as_str() == key);
    match key {
        "yes" => Some(Answer::Yes),
        "no" => Some(Answer::No),
        QUIT => Some(Answer::Quit),
        _ => key
            .strip_prefix(LANGUAGE)
            .map(|tag| Answer::Language(tag.to_owned()))
            .or_else(|| medium().map(Answer::Medium))
            .or_else(|| method().map(Answer::Method)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(page: Page) -> Option<Form> {
        Form::of(&Screen {
            page,
            language: "ja".into(),
        })
    }

    #[test]
    fn every_answer_has_a_key_and_comes_back_by_it() {
        let mut answers = vec![
            Answer::Yes,
            Answer::No,
            Answer::Quit,
            Answer::Language("zh-Hans".into()),
        ];
        answers.extend(Medium::ALL.map(Answer::Medium));
        answers.extend(Method::ALL.map(Answer::Method));
        for expected in answers {
            assert_eq!(answer(&key(&expected).unwrap()), Some(expected));
        }
        assert_eq!(key(&Answer::Seen), None);
        assert_eq!(answer("perhaps"), None);
    }

    #[test]
    fn only_what_is_on_the_page_can_be_pressed() {
        let form = form(Page::ChooseMedium {
            options: vec![Medium::Card, Medium::IPhone],
            notice: None,
        })
        .unwrap();
        assert_eq!(form.answer("iphone"), Some(Answer::Medium(Medium::IPhone)));
        assert_eq!(form.answer("android"), None);
        assert_eq!(form.answer("yes"), None);
        assert_eq!(form.answer("quit"), Some(Answer::Quit));
    }

    #[test]
    fn a_page_says_what_it_is_about() {
        let consent = form(Page::Consent {
            item: Item::Surgery,
            text: "同意しますか。".into(),
        })
        .unwrap();
        assert!(consent.asks());
        let sent = serde_json::to_value(&consent).unwrap();
        assert_eq!(
            (&sent["page"], &sent["about"]),
            (&"consent".into(), &"surgery".into())
        );
        let present = form(Page::Present {
            medium: Medium::Android,
        })
        .unwrap();
        assert!(!present.asks());
        assert_eq!(serde_json::to_value(&present).unwrap()["about"], "android");
        assert_eq!(form(Page::Idle).unwrap().about, None);
    }
}
