//! What is said to the service.

use std::io::{self, Write};

use serde::Serialize;
use zeroize::Zeroizing;

use super::{Fault, HEAD_LEN, MAX_LEN};

/// Most requests fit; a longer one moves to a larger room and leaves nothing behind.
const USUAL_LEN: usize = 1_024;

#[derive(Serialize)]
struct Request<'a, T> {
    id: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<u32>,
    call: &'a str,
    with: &'a T,
}

#[derive(Serialize)]
struct Note<'a> {
    note: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<u32>,
}

/// A request as it goes over the line.
///
/// # Errors
/// [`Fault::TooLong`].
pub fn request<T: Serialize>(
    id: u32,
    device: Option<u32>,
    call: &str,
    with: &T,
) -> Result<Zeroizing<Vec<u8>>, Fault> {
    frame(&Request {
        id,
        device,
        call,
        with,
    })
}

/// A note as it goes over the line.
///
/// # Errors
/// [`Fault::TooLong`].
pub fn note(name: &str) -> Result<Zeroizing<Vec<u8>>, Fault> {
    frame(&Note { note: name, of: None })
}

/// The note that a request is not wanted any more.
///
/// # Errors
/// [`Fault::TooLong`].
pub fn cancel(of: u32) -> Result<Zeroizing<Vec<u8>>, Fault> {
    frame(&Note {
        note: "cancel",
        of: Some(of),
    })
}

fn frame(message: &impl Serialize) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let mut room = Room(Zeroizing::new(Vec::with_capacity(USUAL_LEN)));
    room.0.extend([0; HEAD_LEN]);
    serde_json::to_writer(&mut room, message).map_err(|_| Fault::TooLong)?;
    let Room(mut bytes) = room;
    let len = u32::try_from(bytes.len() - HEAD_LEN).map_err(|_| Fault::TooLong)?;
    bytes[..HEAD_LEN].copy_from_slice(&len.to_be_bytes());
    Ok(bytes)
}

/// A buffer that overwrites what it grew out of.
struct Room(Zeroizing<Vec<u8>>);

impl Write for Room {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = self.0.len() + bytes.len();
        if len > HEAD_LEN + MAX_LEN {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        if len > self.0.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(len.next_power_of_two()));
            larger.extend_from_slice(&self.0);
            self.0 = larger;
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Bytes;

    #[derive(Serialize)]
    struct Apdu<'a> {
        apdu: Bytes<'a>,
    }

    #[test]
    fn a_request_has_its_length_in_front() {
        let bytes = request(3, Some(5), "card.apdu", &Apdu { apdu: Bytes(&[1, 2]) }).unwrap();
        let text = br#"{"id":3,"device":5,"call":"card.apdu","with":{"apdu":"AQI="}}"#;
        assert_eq!(bytes[..4], (text.len() as u32).to_be_bytes());
        assert_eq!(bytes[4..], *text);
        assert_eq!(note("beat").unwrap()[4..], *br#"{"note":"beat"}"#);
        assert_eq!(cancel(9).unwrap()[4..], *br#"{"note":"cancel","of":9}"#);
    }

    #[test]
    fn what_is_too_long_is_not_sent() {
        let long = vec![0; 40_000];
        assert!(request(1, None, "card.apdu", &Apdu { apdu: Bytes(&long) }).is_ok());
        let longer = vec![0; 50_000];
        assert_eq!(
            request(1, None, "card.apdu", &Apdu { apdu: Bytes(&longer) }).err(),
            Some(Fault::TooLong)
        );
    }
}
