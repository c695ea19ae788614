//! What the service says.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::Fault;

/// A message of the service, parsed where it lies.
#[derive(Clone, Copy)]
pub enum Message<'a> {
    /// A request came to that.
    Ok {
        /// The request.
        id: u32,
        /// What it came to.
        with: &'a RawValue,
    },
    /// A request came to nothing.
    No {
        /// The request.
        id: u32,
        /// The service's code for why.
        code: u32,
    },
    /// Something that nobody asked for.
    Note {
        /// What.
        name: &'a str,
        /// The request that it belongs to.
        of: Option<u32>,
        /// The device that it comes from.
        device: Option<u32>,
        /// More about it.
        with: Option<&'a RawValue>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    id: Option<u32>,
    #[serde(borrow)]
    ok: Option<&'a RawValue>,
    no: Option<No>,
    #[serde(borrow)]
    note: Option<&'a str>,
    of: Option<u32>,
    device: Option<u32>,
    #[serde(borrow)]
    with: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct No {
    code: u32,
    /// For the maker's own engineers; may say anything, so it goes nowhere.
    #[serde(rename = "text")]
    _text: Option<IgnoredAny>,
}

impl<'a> Message<'a> {
    /// Parses a frame.
    ///
    /// # Errors
    /// [`Fault::Form`], [`Fault::Answer`].
    pub fn parse(frame: &'a [u8]) -> Result<Self, Fault> {
        let envelope: Envelope<'a> =
            serde_json::from_slice(frame).map_err(|error| Fault::Form(error.column()))?;
        match envelope {
            Envelope {
                id: Some(id),
                ok: Some(with),
                no: None,
                note: None,
                of: None,
                device: None,
                with: None,
            } => Ok(Self::Ok { id, with }),
            Envelope {
                id: Some(id),
                ok: None,
                no: Some(no),
                note: None,
                of: None,
                device: None,
                with: None,
            } => Ok(Self::No { id, code: no.code }),
            Envelope {
                id: None,
                ok: None,
                no: None,
                note: Some(name),
                of,
                device,
                with,
            } => Ok(Self::Note {
                name,
                of,
                device,
                with,
            }),
            _ => Err(Fault::Answer),
        }
    }

    /// What a message carries, read into what belongs there.
    ///
    /// # Errors
    /// [`Fault::Content`].
    pub fn content<T: Deserialize<'a>>(with: &'a RawValue) -> Result<T, Fault> {
        serde_json::from_str(with.get()).map_err(|error| Fault::Content(error.column()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Option<Fault> {
        Message::parse(text.as_bytes()).err()
    }

    #[test]
    fn answers_and_notes_are_told_apart() {
        let ok = br#"{"id":7,"ok":{"pressed":"yes"}}"#;
        assert!(
            matches!(Message::parse(ok), Ok(Message::Ok { id: 7, with }) if with.get() == r#"{"pressed":"yes"}"#)
        );
        let no = br#"{"id":7,"no":{"code":2002,"text":"card lost"}}"#;
        assert!(matches!(
            Message::parse(no),
            Ok(Message::No { id: 7, code: 2002 })
        ));
        let note = br#"{"note":"progress","of":7,"device":1,"with":{"stage":"verifying"}}"#;
        assert!(matches!(
            Message::parse(note),
            Ok(Message::Note {
                name: "progress",
                of: Some(7),
                device: Some(1),
                with: Some(_)
            })
        ));
        assert!(matches!(
            Message::parse(br#"{"note":"beat"}"#),
            Ok(Message::Note {
                name: "beat",
                of: None,
                device: None,
                with: None
            })
        ));
    }

    #[test]
    fn what_is_neither_is_a_fault() {
        for neither in [
            r"{}",
            r#"{"id":7}"#,
            r#"{"id":7,"ok":{},"no":{"code":1}}"#,
            r#"{"id":7,"ok":{},"note":"beat"}"#,
            r#"{"id":7,"ok":{},"with":{}}"#,
            r#"{"ok":{}}"#,
            r#"{"note":"progress","id":7}"#,
        ] {
            assert_eq!(fault(neither), Some(Fault::Answer), "{neither}");
        }
        for garbage in [
            "",
            "[]",
            "7",
            r#"{"id":7,"id":8,"ok":{}}"#,
            r#"{"id":-1,"ok":{}}"#,
            r#"{"id":7,"ok":{},"more":1}"#,
            r#"{"id":7,"ok":{"#,
            r#"{"id":7,"ok":{}} {}"#,
            "{\"note\":\"\u{fffd}",
        ] {
            assert!(
                matches!(fault(garbage), Some(Fault::Form(_))),
                "{garbage}: {:?}",
                fault(garbage)
            );
        }
        assert!(Message::parse(&[0xFF, 0xFE]).is_err());
    }

    #[test]
    fn content_is_read_where_it_lies() {
        #[derive(Deserialize)]
        struct Digits<'a> {
            digits: &'a str,
        }
        let frame = br#"{"id":7,"ok":{"digits":"1234","new":[1,2]}}"#;
        let Ok(Message::Ok { with, .. }) = Message::parse(frame) else {
            panic!("no answer");
        };
        let digits = Message::content::<Digits<'_>>(with).unwrap().digits;
        assert!(frame.as_ptr_range().contains(&digits.as_ptr()));
        let escaped = br#"{"id":7,"ok":{"digits":"\u0031234"}}"#;
        let Ok(Message::Ok { with, .. }) = Message::parse(escaped) else {
            panic!("no answer");
        };
        assert!(matches!(
            Message::content::<Digits<'_>>(with).err(),
            Some(Fault::Content(_))
        ));
    }
}
