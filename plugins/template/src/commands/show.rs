//! `show`: a page, and what the patient pressed where it asks.

use madoguchi_driver_api::Error;
use madoguchi_driver_api::screen::Answer;

use super::{Command, Patience};
use crate::codec::Request;
use crate::error::protocol;

/// A page as the device knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Show {
    pub(crate) page: &'static str,
    pub(crate) language: String,
    /// The medium, the guidance or the item that the page is about; empty where it is about none.
    pub(crate) about: String,
    /// The sentence of a consent; the device has all others.
    pub(crate) text: String,
    /// The buttons with what they stand for, in this order; none where the page asks nothing.
    pub(crate) buttons: Vec<(String, Answer)>,
}

impl Command for Show {
    // A page that asks nothing is answered at once.
    const PATIENCE: Patience = Patience::Person;
    type Answer = Answer;

    fn request(&self) -> Request {
        let request = Request::new("show")
            .word(self.page)
            .word(&self.language)
            .word(&self.about)
            .word(&self.text);
        let names = self.buttons.iter().map(|(name, _)| name);
        names.fold(request, |request, name| request.word(name))
    }

    fn answer(&self, words: &str) -> Result<Answer, Error> {
        if self.buttons.is_empty() && words.is_empty() {
            return Ok(Answer::Seen);
        }
        let pressed = self.buttons.iter().find(|(name, _)| name == words);
        match pressed {
            Some((_, answer)) => Ok(answer.clone()),
            None if words == "quit" => Ok(Answer::Quit),
            None => Err(protocol(&"a button that is not shown")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_shown_can_be_pressed() {
        let show = |buttons: &[(&str, Answer)]| Show {
            page: "register",
            language: "ja".into(),
            about: String::new(),
            text: String::new(),
            buttons: buttons
                .iter()
                .map(|(name, answer)| ((*name).to_owned(), answer.clone()))
                .collect(),
        };
        let asks = show(&[("yes", Answer::Yes), ("no", Answer::No)]);
        assert_eq!(&*asks.request().line(1), b"1 show register ja - - yes no\n");
        assert_eq!(asks.answer("no"), Ok(Answer::No));
        assert_eq!(asks.answer("quit"), Ok(Answer::Quit));
        for words in ["", "perhaps"] {
            assert!(
                matches!(asks.answer(words), Err(Error::Protocol { .. })),
                "{words}"
            );
        }
        assert_eq!(show(&[]).answer(""), Ok(Answer::Seen));
    }
}
