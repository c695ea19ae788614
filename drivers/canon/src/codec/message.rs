//! What is in a frame: requests, responses and events, in CBOR.

use std::convert::Infallible;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use zeroize::Zeroizing;

/// Of what every request has, more than its envelope takes.
const ENVELOPE: usize = 16;

/// A request: `[id, operation, {params}]`. `room` is what its parameters take at most, so that the buffer never grows.
pub(crate) fn request<P: Encode<()>>(
    id: u16,
    operation: u8,
    params: &P,
    room: usize,
) -> Result<Zeroizing<Vec<u8>>, encode::Error<Infallible>> {
    let mut message = Zeroizing::new(Vec::with_capacity(ENVELOPE + room));
    Encoder::new(&mut *message)
        .array(3)?
        .u16(id)?
        .u8(operation)?
        .encode(params)?;
    Ok(message)
}

/// What the device sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// The answer to the request of this id.
    Response {
        /// The request's id.
        id: u16,
        /// How it went.
        status: u16,
        /// Where the result begins.
        at: usize,
    },
    /// Something that happened by itself.
    Event(Event),
    /// An event of a later revision.
    UnknownEvent,
}

/// Something that happened by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A card or a phone came into the field.
    Came(Target),
    /// It left.
    Left {
        /// Its id.
        target: u32,
    },
    /// The patient touched the screen.
    Touched,
    /// There is more than one thing in the field, or not any more: what is there then comes anew.
    Collision {
        /// Whether there is.
        is: bool,
    },
    /// The device could not read what it was sent.
    Unreadable,
    /// The device started anew.
    Restarted,
}

/// Something in the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Decode)]
pub struct Target {
    /// Its id; used once only.
    #[n(0)]
    pub id: u32,
    /// What it is: [`Target::CARD`], [`Target::PHONE`] or something newer.
    #[n(1)]
    pub kind: u8,
    /// At which antenna, for the log.
    #[n(2)]
    pub antenna: Option<u8>,
}

impl Target {
    /// A card of type B.
    pub const CARD: u8 = 1;
    /// A phone.
    pub const PHONE: u8 = 2;
}

#[derive(Decode, Default)]
#[cbor(map)]
struct Details {
    #[n(1)]
    target: Option<u32>,
    #[n(2)]
    kind: Option<u8>,
    #[n(3)]
    antenna: Option<u8>,
    #[n(4)]
    collision: Option<bool>,
}

/// Reads a message as far as its head.
///
/// # Errors
/// What is wrong with the CBOR.
pub fn head(message: &[u8]) -> Result<Head, decode::Error> {
    let mut decoder = Decoder::new(message);
    if decoder.array()? != Some(3) {
        return Err(decode::Error::message("not an array of three"));
    }
    let id = decoder.u16()?;
    let code = decoder.u16()?;
    if id != 0 {
        return Ok(Head::Response {
            id,
            status: code,
            at: decoder.position(),
        });
    }
    let details: Details = decoder.decode()?;
    let target = || {
        details
            .target
            .ok_or(decode::Error::message("an event without its target"))
    };
    Ok(Head::Event(match code {
        1 => Event::Came(Target {
            id: target()?,
            kind: details.kind.unwrap_or(Target::CARD),
            antenna: details.antenna,
        }),
        2 => Event::Left { target: target()? },
        3 => Event::Touched,
        4 => Event::Collision {
            is: details.collision.unwrap_or(true),
        },
        5 => Event::Unreadable,
        6 => Event::Restarted,
        _ => return Ok(Head::UnknownEvent),
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Encode)]
    #[cbor(map)]
    struct Params<'a> {
        #[cbor(n(2), with = "minicbor::bytes")]
        apdu: &'a [u8],
    }

    #[test]
    fn a_request_is_as_the_page_says_and_its_buffer_does_not_grow() {
        let message = request(300, 18, &Params { apdu: &[0, 0xB0] }, 8).unwrap();
        assert_eq!(
            message.as_slice(),
            [0x83, 0x19, 0x01, 0x2C, 0x12, 0xA1, 0x02, 0x42, 0x00, 0xB0]
        );
        assert_eq!(message.capacity(), ENVELOPE + 8);
    }

    #[test]
    fn heads_are_read() {
        assert_eq!(
            head(&[0x83, 0x07, 0x00, 0xA0]).unwrap(),
            Head::Response {
                id: 7,
                status: 0,
                at: 3
            }
        );
        let target = Target {
            id: 9,
            kind: Target::PHONE,
            antenna: Some(2),
        };
        assert_eq!(
            head(&[
                0x83, 0x00, 0x01, 0xA4, 0x01, 0x09, 0x02, 0x02, 0x03, 0x02, 0x18, 0x63, 0xF6
            ])
            .unwrap(),
            Head::Event(Event::Came(target))
        );
        assert_eq!(head(&[0x83, 0x00, 0x18, 0x63, 0xA0]).unwrap(), Head::UnknownEvent);
        for bad in [
            &[][..],
            &[0x82, 0x07, 0x00],
            &[0x83, 0x00, 0x01, 0xA0],
            &[0x83, 0x20, 0x00, 0xA0],
        ] {
            assert!(head(bad).is_err(), "{bad:02X?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(Head::Response { at, .. }) = head(&bytes) {
                prop_assert!(at <= bytes.len());
            }
        }
    }
}
