//! What screens say, in every language, as data (`texts/*.toml`): for devices that are sent their texts.

use madoguchi_driver_api::screen::{Answer, FaceRequest, PinRequest, Screen};

/// A page in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panel {
    /// The heading.
    pub title: String,
    /// What it says below, one paragraph a line; may be empty.
    pub lines: Vec<String>,
    /// The buttons with what each answers, in this order; empty where the page asks nothing.
    pub buttons: Vec<(Answer, String)>,
}

/// The panel of a page; `None` for a page that has no words here. In Japanese where there is none of that language.
#[must_use]
pub fn panel(screen: &Screen) -> Option<Panel> {
    let _ = screen;
    None
}

/// What is asked on the PIN pad. Its one button stands for not typing it: [`Answer::Quit`].
#[must_use]
pub fn pin(request: &PinRequest) -> Panel {
    let _ = request;
    Panel {
        title: String::new(),
        lines: vec![],
        buttons: vec![],
    }
}

/// What is said before and while the camera looks. Its one button stands for not wanting to: [`Answer::Quit`].
#[must_use]
pub fn face(request: &FaceRequest) -> Panel {
    let _ = request;
    Panel {
        title: String::new(),
        lines: vec![],
        buttons: vec![],
    }
}
