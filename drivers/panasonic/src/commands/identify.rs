//! IDENTIFY: who the device is, what it can do, and which PC/SC reader is its slot.

use madoguchi_driver_api::Capability;

use crate::error::Error;
use crate::transport::codec::read_texts;
use crate::transport::message::{Code, Message, Reply};

/// The version of the protocol that this driver speaks.
const VERSION: u8 = 0x01;

/// What each bit stands for.
const CAPABILITIES: [Capability; 8] = [
    Capability::Face,
    Capability::PinPad,
    Capability::StaffVisual,
    Capability::RemoteVisual,
    Capability::Screen,
    Capability::NfcCard,
    Capability::NfcPhone,
    Capability::Solitary,
];

/// What a device says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) generation: u8,
    pub(crate) capabilities: Vec<Capability>,
    /// The set of languages; see [`crate::quirks::Language`].
    pub(crate) languages: u8,
    pub(crate) max_digits: u8,
    pub(crate) serial: String,
    pub(crate) model: String,
    pub(crate) firmware: String,
    /// A part of the PC/SC reader's name; empty where it tells none.
    pub(crate) slot_name: String,
    /// The serial number that PC/SC tells for it; empty where it tells none.
    pub(crate) slot_serial: String,
}

pub(crate) fn message() -> Message {
    Message::new(Code::Identify, &[])
}

pub(crate) fn read(reply: Reply) -> Result<Identity, Error> {
    let reply = super::done(Code::Identify, reply)?;
    let no = |field| Error::Content {
        command: Code::Identify,
        field,
    };
    let &[version, generation, low, high, languages, max_digits] = reply.head() else {
        return Err(no("head"));
    };
    if version != VERSION {
        return Err(no("version"));
    }
    let bits = u16::from_le_bytes([low, high]);
    // A bit that this driver does not know stands for something that it does not use.
    let capabilities = (0..)
        .zip(CAPABILITIES)
        .filter(|(bit, _)| bits >> bit & 1 != 0)
        .map(|(_, capability)| capability)
        .collect();
    let mut identity = Identity {
        generation,
        capabilities,
        languages,
        max_digits,
        ..Identity::default()
    };
    let texts = reply.fragments.iter().skip(1).map(|data| data.as_slice());
    for (role, line) in read_texts(texts).ok_or_else(|| no("text"))? {
        match role {
            0x20 => identity.serial = line,
            0x21 => identity.model = line,
            0x22 => identity.firmware = line,
            0x23 => identity.slot_name = line,
            0x24 => identity.slot_serial = line,
            // A newer device has more to tell.
            _ => {}
        }
    }
    Ok(identity)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use zeroize::Zeroizing;

    use super::*;
    use crate::transport::codec::text;

    fn reply(fragments: &[Vec<u8>]) -> Reply {
        Reply {
            status: 0,
            fragments: fragments.iter().cloned().map(Zeroizing::new).collect(),
        }
    }

    #[test]
    fn a_device_says_who_it_is() {
        let mut fragments = vec![vec![1, 1, 0xB3, 0x00, 0b00111, 4]];
        for (role, line) in [
            (0x20, "P-0042"),
            (0x7F, "news"),
            (0x23, "A slot with quite a long name"),
        ] {
            fragments.extend(text(role, line));
        }
        let identity = read(reply(&fragments)).unwrap();
        assert_eq!(
            identity.capabilities,
            [
                Capability::Face,
                Capability::PinPad,
                Capability::Screen,
                Capability::NfcCard,
                Capability::Solitary
            ]
        );
        assert_eq!(
            (identity.serial.as_str(), identity.slot_name.as_str()),
            ("P-0042", "A slot with quite a long name")
        );
        assert_eq!(
            (
                identity.generation,
                identity.languages,
                identity.slot_serial.as_str()
            ),
            (1, 7, "")
        );
    }

    #[test]
    fn another_version_or_half_a_head_is_refused() {
        let field = |fragments: &[Vec<u8>]| match read(reply(fragments)) {
            Err(Error::Content { field, .. }) => field,
            _ => "none",
        };
        assert_eq!(field(&[vec![2, 1, 0, 0, 0, 4]]), "version");
        assert_eq!(field(&[vec![1, 1, 0]]), "head");
        assert_eq!(field(&[]), "head");
        assert_eq!(
            field(&[vec![1, 1, 0, 0, 0, 4], vec![0x20, 0x00, 0xD8]]),
            "text",
            "half a surrogate pair"
        );
    }

    proptest! {
        #[test]
        fn any_reply_is_read_or_refused(
            fragments in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..56), 0..6),
        ) {
            let _ = read(reply(&fragments));
        }
    }
}
