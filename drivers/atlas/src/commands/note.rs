//! What the service says unasked.

use madoguchi_driver_api::visit::Progress;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::open::{Hello, Unit};
use crate::codec::{Fault, Message};

/// A note. Beats and what this driver does not know are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Note {
    /// The greeting.
    Hello(Hello),
    /// A device was plugged in.
    Attached(Box<Unit>),
    /// A device was unplugged.
    Detached {
        /// Which plugging-in ended.
        handle: u32,
    },
    /// A card was put on or taken away.
    Card {
        /// Which of both.
        present: bool,
    },
    /// The screen was touched.
    Touched,
    /// How far the visit is.
    Progress(Progress),
}

#[derive(Deserialize)]
struct Attached {
    device: Unit,
}

#[derive(Deserialize)]
struct Detached {
    handle: u32,
}

#[derive(Deserialize)]
struct Card {
    present: bool,
}

#[derive(Deserialize)]
struct Stage {
    stage: Progress,
}

impl Note {
    /// What it says.
    ///
    /// # Errors
    /// [`Fault::Content`].
    pub(crate) fn parse(name: &str, with: Option<&RawValue>) -> Result<Option<Self>, Fault> {
        let needed = with.ok_or(Fault::Content(0));
        Ok(Some(match name {
            "hello" => Self::Hello(Message::content(needed?)?),
            "attached" => Self::Attached(Box::new(Message::content::<Attached>(needed?)?.device)),
            "detached" => Self::Detached {
                handle: Message::content::<Detached>(needed?)?.handle,
            },
            "card" => Self::Card {
                present: Message::content::<Card>(needed?)?.present,
            },
            "touched" => Self::Touched,
            "progress" => Self::Progress(Message::content::<Stage>(needed?)?.stage),
            _ => return Ok(None),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str, with: &str) -> Result<Option<Note>, Fault> {
        let with: Option<Box<RawValue>> = serde_json::from_str(with).unwrap();
        Note::parse(name, with.as_deref())
    }

    #[test]
    fn notes_are_read_and_unknown_ones_ignored() {
        assert_eq!(
            parse("card", r#"{"present":true}"#),
            Ok(Some(Note::Card { present: true }))
        );
        assert_eq!(
            parse("progress", r#"{"stage":"asking_consent"}"#),
            Ok(Some(Note::Progress(Progress::AskingConsent)))
        );
        assert_eq!(parse("touched", "null"), Ok(Some(Note::Touched)));
        assert_eq!(parse("beat", "null"), Ok(None));
        assert_eq!(parse("weather", r#"{"rain":1}"#), Ok(None));
        assert_eq!(parse("card", "null"), Err(Fault::Content(0)));
        assert!(matches!(
            parse("progress", r#"{"stage":"dancing"}"#),
            Err(Fault::Content(_))
        ));
    }
}
