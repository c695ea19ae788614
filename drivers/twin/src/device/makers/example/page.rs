//! Pages: the device has their texts, the client says which and with what buttons.

use madoguchi_core::screen::Answer;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::words::plain;
use crate::device::{Field, PageKind, Panel};

/// What stands above the PIN pad.
pub(super) const PIN_TITLE: &str = "暗証番号を入力してください";

/// The page as it is shown; none where the device has no such page or no such button.
pub(super) fn panel(page: &str, language: &str, about: &str, text: &str, buttons: &[&str]) -> Option<Panel> {
    let page: PageKind = spelled(page)?;
    let mut panel = Panel::new(page).language(plain(language)?).title(title(page)?);
    let about = plain(about)?;
    panel.about = match page {
        PageKind::Present => Some(Field::Medium(spelled(&about)?)),
        PageKind::Guide => Some(Field::Guidance(spelled(&about)?)),
        PageKind::Consent => Some(Field::Item(spelled(&about)?)),
        _ => None,
    };
    let text = plain(text)?;
    if !text.is_empty() {
        panel = panel.line(text);
    }
    for name in buttons {
        panel = panel.button(answer(page, name)?, label(name));
    }
    let asks = matches!(
        page,
        PageKind::ChooseMedium
            | PageKind::ChooseMethod
            | PageKind::Register
            | PageKind::Consent
            | PageKind::StaffCheck
    );
    (asks != buttons.is_empty()).then_some(panel)
}

/// A button's name on the line; none for an answer that this device has no button for.
pub(super) const fn name(answer: &Answer) -> Option<&'static str> {
    match answer {
        Answer::Medium(medium) => Some(medium.as_str()),
        Answer::Method(method) => Some(method.as_str()),
        Answer::Yes => Some("yes"),
        Answer::No => Some("no"),
        _ => None,
    }
}

fn answer(page: PageKind, name: &str) -> Option<Answer> {
    match page {
        PageKind::ChooseMedium => spelled(name).map(Answer::Medium),
        PageKind::ChooseMethod => spelled(name).map(Answer::Method),
        _ if name == "yes" => Some(Answer::Yes),
        _ if name == "no" => Some(Answer::No),
        _ => None,
    }
}

/// A name of the contract's, as its messages spell it.
fn spelled<T: DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(Value::from(name)).ok()
}

const fn title(page: PageKind) -> Option<&'static str> {
    Some(match page {
        PageKind::Idle => "ようこそ",
        PageKind::ChooseMedium => "何で確認しますか",
        PageKind::ChooseMethod => "本人確認の方法を選んでください",
        PageKind::Present => "置いてください",
        PageKind::Guide => "ご案内",
        PageKind::Register => "保険証として登録しますか",
        PageKind::Consent => "情報の提供に同意しますか",
        PageKind::StaffCheck => "職員の確認",
        PageKind::Completed => "受付が完了しました",
        PageKind::Failed => "窓口へお越しください",
        PageKind::TakeCard => "カードをお取りください",
        PageKind::Pin | PageKind::Face => return None,
    })
}

fn label(name: &str) -> &str {
    match name {
        "card" => "マイナンバーカード",
        "iphone" => "iPhone",
        "android" => "Android",
        "pin" | "guardian_pin" => "暗証番号",
        "face" => "顔認証",
        "yes" => "はい",
        "no" => "いいえ",
        other => other,
    }
}
