//! ID: who is there, and what it can do.

use madoguchi_driver_api::{Call, Capability};

use super::conversation::RESPONSE;
use super::{Conversation, Tray};
use crate::error::Fault;

/// How the device writes texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Text {
    ShiftJis,
    Utf8,
}

/// What a device says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) model: String,
    pub(crate) serial: String,
    pub(crate) firmware: String,
    pub(crate) text: Text,
    pub(crate) highest_speed: u32,
    /// Lines of a page, the title included.
    pub(crate) lines: usize,
    /// The longest line.
    pub(crate) line_bytes: usize,
    /// The longest APDU.
    pub(crate) apdu_bytes: usize,
    pub(crate) capabilities: Vec<Capability>,
    pub(crate) tray: Tray,
}

/// Asks who is there.
///
/// # Errors
/// [`Fault`].
pub(crate) fn identify(conversation: &mut Conversation, call: &Call) -> Result<Identity, Fault> {
    let reply = conversation.ask("ID", &[], Some(RESPONSE), call)?;
    let fields: Vec<&[u8]> = reply.fields().collect();
    parse(&fields)
}

fn parse(fields: &[&[u8]]) -> Result<Identity, Fault> {
    let wrong = |what| Fault::Malformed { command: "ID", what };
    // A later device may add fields.
    let Some(
        [
            maker,
            model,
            serial,
            firmware,
            _generation,
            text,
            speed,
            lines,
            line,
            apdu,
            letters,
            tray,
        ],
    ) = fields.first_chunk()
    else {
        return Err(wrong("fields are missing"));
    };
    if *maker != b"ALMEX" {
        return Err(wrong("another maker's device"));
    }
    let size = |field: &[u8], least: u32, most: u32| {
        let number = number(field).filter(|number| (least..=most).contains(number));
        number.ok_or(wrong("a number that is none or makes no sense"))
    };
    Ok(Identity {
        model: plain(model).ok_or(wrong("a model that is no text"))?,
        serial: plain(serial).ok_or(wrong("a serial number that is no text"))?,
        firmware: plain(firmware).ok_or(wrong("a firmware that is no text"))?,
        text: match *text {
            b"SJIS" => Text::ShiftJis,
            b"UTF8" => Text::Utf8,
            _ => return Err(wrong("an unknown encoding")),
        },
        highest_speed: size(speed, 1_200, 4_000_000)?,
        lines: size(lines, 1, 100)? as usize,
        line_bytes: size(line, 16, 4_096)? as usize,
        apdu_bytes: size(apdu, 5, 4_096)? as usize,
        capabilities: letters.iter().filter_map(|letter| capability(*letter)).collect(),
        tray: Tray::parse(tray).ok_or(wrong("an unknown state of the tray"))?,
    })
}

/// Letters that nobody knows are what later devices can do.
const fn capability(letter: u8) -> Option<Capability> {
    match letter {
        b'F' => Some(Capability::Face),
        b'P' => Some(Capability::PinPad),
        b'V' => Some(Capability::StaffVisual),
        b'R' => Some(Capability::RemoteVisual),
        b'C' => Some(Capability::NfcCard),
        b'S' => Some(Capability::Screen),
        _ => None,
    }
}

/// Names and numbers are ASCII in every generation.
fn plain(field: &[u8]) -> Option<String> {
    let proper = field.len() <= 64 && field.iter().all(|byte| (0x20..0x7F).contains(byte));
    proper.then(|| String::from_utf8_lossy(field).trim().to_owned())
}

fn number(field: &[u8]) -> Option<u32> {
    let digits = !field.is_empty() && field.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(field).ok().filter(|_| digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: [&[u8]; 12] = [
        b"ALMEX", b"MT-100", b"A0001", b"1.02", b"1", b"SJIS", b"9600", b"2", b"255", b"261", b"FPCSZ", b"2",
    ];

    #[test]
    fn what_a_device_says_is_taken_from_its_answer() {
        let identity = parse(&OLD).unwrap();
        assert_eq!(identity.serial, "A0001");
        assert_eq!(identity.text, Text::ShiftJis);
        assert_eq!((identity.lines, identity.line_bytes), (2, 255));
        assert_eq!(
            identity.capabilities,
            [
                Capability::Face,
                Capability::PinPad,
                Capability::NfcCard,
                Capability::Screen
            ]
        );
        assert_eq!(identity.tray, Tray::Paper);
        let more: Vec<&[u8]> = OLD.iter().copied().chain([&b"later"[..]]).collect();
        assert_eq!(parse(&more), Ok(identity));
    }

    #[test]
    fn an_answer_that_makes_no_sense_is_none() {
        assert!(parse(&OLD[..11]).is_err());
        for (at, bad) in [
            (0, &b"ACME"[..]),
            (1, b"\x82\xA0"),
            (5, b"EBCDIC"),
            (6, b"+9600"),
            (6, b"0"),
            (7, b"0"),
            (8, b"99999999999"),
            (9, b""),
            (11, b"9"),
        ] {
            let mut fields = OLD;
            fields[at] = bad;
            assert!(parse(&fields).is_err(), "field {at}");
        }
    }
}
