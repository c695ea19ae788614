//! The contract's pages as the device knows them. It has its own texts, in its own languages.

use madoguchi_driver_api::screen::{Answer, Page, PinRequest, Screen};
use madoguchi_driver_api::{Capability, Error};
use serde::Serialize;

use crate::commands::pin::EnterPin;
use crate::commands::show::Show;
use crate::error::protocol;
use crate::quirks::Quirks;

/// The page as it is sent.
///
/// # Errors
/// [`Error::Unsupported`] for a page that this device or this driver does not have.
pub(crate) fn show(screen: &Screen, quirks: &Quirks) -> Result<Show, Error> {
    quirks.needs(Capability::Screen)?;
    let (mut about, mut text, mut buttons) = (String::new(), String::new(), Vec::new());
    let page = match &screen.page {
        Page::Idle => "idle",
        Page::ChooseMedium { options, .. } => {
            buttons.extend(
                options
                    .iter()
                    .map(|medium| (medium.as_str(), Answer::Medium(*medium))),
            );
            "choose_medium"
        }
        Page::ChooseMethod { options } => {
            buttons.extend(
                options
                    .iter()
                    .map(|method| (method.as_str(), Answer::Method(*method))),
            );
            "choose_method"
        }
        Page::Present { medium } => {
            about = spelled(medium)?;
            "present"
        }
        Page::Guide { guidance } => {
            about = spelled(guidance)?;
            "guide"
        }
        Page::Register => "register",
        Page::Consent { item, text: sentence } => {
            about = spelled(item)?;
            text.clone_from(sentence);
            "consent"
        }
        Page::StaffCheck => {
            quirks.needs(Capability::StaffVisual)?;
            "staff_check"
        }
        Page::Completed => "completed",
        Page::Failed => "failed",
        Page::TakeCard => "take_card",
        // A page that is newer than this driver: the gateway asks elsewhere.
        _ => return Err(Error::Unsupported),
    };
    if screen.page.asks() && buttons.is_empty() {
        buttons = vec![("yes", Answer::Yes), ("no", Answer::No)];
    }
    Ok(Show {
        page,
        language: screen.language.clone(),
        about,
        text,
        buttons: buttons
            .into_iter()
            .map(|(name, answer)| (name.to_owned(), answer))
            .collect(),
    })
}

/// The PIN pad as it is sent.
///
/// # Errors
/// [`Error::Unsupported`] where the device has none.
pub(crate) fn pin(request: &PinRequest, quirks: &Quirks) -> Result<EnterPin, Error> {
    quirks.needs(Capability::PinPad)?;
    Ok(EnterPin {
        digits: request.digits,
        holder: request.holder,
        language: request.language.clone(),
    })
}

/// A name of the contract's, as its messages spell it.
fn spelled(name: &impl Serialize) -> Result<String, Error> {
    let value = serde_json::to_value(name).map_err(|error| protocol(&error))?;
    value.as_str().map(str::to_owned).ok_or(Error::Unsupported)
}

#[cfg(test)]
mod tests {
    use madoguchi_driver_api::{Item, Medium};

    use super::*;
    use crate::commands::hello::Identity;

    fn quirks(capabilities: &[&str]) -> Quirks {
        Quirks::of(&Identity {
            serial: "1".into(),
            model: "One".into(),
            firmware: "1".into(),
            card_present: false,
            capabilities: capabilities.iter().map(|name| (*name).to_owned()).collect(),
        })
    }

    fn screen(page: Page) -> Screen {
        Screen {
            page,
            language: "en".into(),
        }
    }

    #[test]
    fn pages_have_their_subject_and_their_buttons() {
        let quirks = quirks(&["SCREEN"]);
        let choose = Page::ChooseMedium {
            options: vec![Medium::IPhone, Medium::Card],
            notice: None,
        };
        let shown = show(&screen(choose), &quirks).unwrap();
        assert_eq!(shown.page, "choose_medium");
        let names: Vec<_> = shown.buttons.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["iphone", "card"]);

        let consent = Page::Consent {
            item: Item::HealthCheckup,
            text: "健診".into(),
        };
        let shown = show(&screen(consent), &quirks).unwrap();
        assert_eq!(
            (shown.about.as_str(), shown.text.as_str()),
            ("health_checkup", "健診")
        );
        assert_eq!(shown.buttons.len(), 2);

        let shown = show(&screen(Page::TakeCard), &quirks).unwrap();
        assert!(shown.buttons.is_empty());
    }

    #[test]
    fn what_the_device_cannot_show_is_not_sent() {
        let none = quirks(&["NFC_CARD"]);
        assert_eq!(show(&screen(Page::Idle), &none), Err(Error::Unsupported));
        let staff = show(&screen(Page::StaffCheck), &quirks(&["SCREEN"]));
        assert_eq!(staff, Err(Error::Unsupported));
    }
}
