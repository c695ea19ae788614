//! A command APDU, encoded once into the one buffer that is sent.

use std::fmt;
use std::ops::Range;

use thiserror::Error;
use zeroize::Zeroizing;

/// The longest body that extended length can carry.
const MAX_BODY_LEN: usize = 0xFFFF;

/// How much answer data the command asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Le {
    /// None: the status word alone.
    None,
    /// Up to so many bytes in the short form; 1 to 256, other values are brought into that range.
    Short(u16),
    /// Up to so many bytes in the extended form; 1 to 65,536, other values are brought into that range.
    Extended(u32),
}

/// More body than a command can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a command carries at most 65535 bytes")]
pub struct BodyTooLong;

/// A command for a card.
///
/// It is kept only as the bytes that are sent, so that a PIN in it exists once, and that once is zeroized.
pub struct Command {
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    pub(crate) body: Range<usize>,
    pub(crate) le: Le,
}

impl Command {
    /// A command of header, body and Le. The short form is used unless the body or Le needs the extended one.
    ///
    /// # Errors
    /// [`BodyTooLong`] beyond 65,535 bytes.
    pub fn new(header: [u8; 4], body: &[u8], le: Le) -> Result<Self, BodyTooLong> {
        if body.len() > MAX_BODY_LEN {
            Err(BodyTooLong)
        } else {
            Ok(Self::encode(header, body, le))
        }
    }

    /// A command without a body.
    #[must_use]
    pub fn bare(header: [u8; 4], le: Le) -> Self {
        Self::encode(header, &[], le)
    }

    /// The same command with another Le, as `6Cxx` asks for it.
    #[must_use]
    pub fn with_le(&self, le: Le) -> Self {
        Self::encode(self.header(), self.body(), le)
    }

    /// Writes a body that is known to fit.
    fn encode(header: [u8; 4], body: &[u8], le: Le) -> Self {
        let le = match le {
            Le::None => Le::None,
            Le::Short(len) if body.len() <= 0xFF => Le::Short(len.clamp(1, 0x100)),
            Le::Short(len) => Le::Extended(u32::from(len.clamp(1, 0x100))),
            Le::Extended(len) => Le::Extended(len.clamp(1, 0x1_0000)),
        };
        let extended = body.len() > 0xFF || matches!(le, Le::Extended(_));
        // The capacity is exact enough that the buffer never moves: a move would leave the body behind unzeroized.
        let mut bytes = Zeroizing::new(Vec::with_capacity(body.len() + 4 + 3 + 3));
        bytes.extend_from_slice(&header);
        if !body.is_empty() {
            // Both casts are bounded by MAX_BODY_LEN.
            if extended {
                bytes.push(0);
                bytes.extend_from_slice(&(body.len() as u16).to_be_bytes());
            } else {
                bytes.push(body.len() as u8);
            }
        }
        let start = bytes.len();
        bytes.extend_from_slice(body);
        let body = start..bytes.len();
        match le {
            Le::None => {}
            // The longest length is written as zero, which the truncation yields.
            Le::Short(len) => bytes.push(len as u8),
            Le::Extended(len) => {
                if body.is_empty() {
                    bytes.push(0);
                }
                bytes.extend_from_slice(&(len as u16).to_be_bytes());
            }
        }
        Self { bytes, body, le }
    }

    /// The bytes to send.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// CLA, INS, P1 and P2.
    #[must_use]
    pub fn header(&self) -> [u8; 4] {
        [self.bytes[0], self.bytes[1], self.bytes[2], self.bytes[3]]
    }

    /// The body; it may hold a PIN.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.bytes[self.body.clone()]
    }

    /// How much answer data is asked for.
    #[must_use]
    pub const fn le(&self) -> Le {
        self.le
    }

    /// Whether the bytes are in the extended form, which not every reader and card can do.
    #[must_use]
    pub fn is_extended(&self) -> bool {
        matches!(self.le, Le::Extended(_)) || self.body.start == 7
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [cla, ins, p1, p2] = self.header();
        write!(
            f,
            "Command({cla:02X} {ins:02X} {p1:02X} {p2:02X}, {} bytes, {:?})",
            self.body.len(),
            self.le
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_cases_are_encoded_as_iso_7816_4_says() {
        let header = [0x00, 0x20, 0x00, 0x80];
        assert_eq!(Command::bare(header, Le::None).as_bytes(), [0, 0x20, 0, 0x80]);
        assert_eq!(
            Command::bare(header, Le::Short(256)).as_bytes(),
            [0, 0x20, 0, 0x80, 0]
        );
        assert_eq!(
            Command::new(header, b"12", Le::None).unwrap().as_bytes(),
            [0, 0x20, 0, 0x80, 2, b'1', b'2']
        );
        let case4 = Command::new(header, b"12", Le::Short(5)).unwrap();
        assert_eq!(case4.as_bytes(), [0, 0x20, 0, 0x80, 2, b'1', b'2', 5]);
        assert!(!case4.is_extended());
    }

    #[test]
    fn the_extended_cases_are_encoded_as_iso_7816_4_says() {
        let header = [0x00, 0xB0, 0x01, 0x00];
        assert_eq!(
            Command::bare(header, Le::Extended(0x1234)).as_bytes(),
            [0, 0xB0, 1, 0, 0, 0x12, 0x34]
        );
        assert_eq!(
            Command::bare(header, Le::Extended(0x1_0000)).as_bytes(),
            [0, 0xB0, 1, 0, 0, 0, 0]
        );
        let case4 = Command::new(header, &[7; 300], Le::Short(256)).unwrap();
        assert_eq!(case4.as_bytes()[4..7], [0, 0x01, 0x2C]);
        assert_eq!(case4.as_bytes()[307..], [0x01, 0x00]);
        let case3 = Command::new(header, &[7; 300], Le::None).unwrap();
        assert!(case3.is_extended());
        assert_eq!(case3.as_bytes().len(), 307);
        assert_eq!(
            Command::new(header, &[0; 0x1_0000], Le::None).err(),
            Some(BodyTooLong)
        );
    }

    #[test]
    fn debug_shows_the_header_and_lengths_only() {
        let verify = Command::new([0x00, 0x20, 0x00, 0x80], b"9731", Le::None).unwrap();
        assert_eq!(format!("{verify:?}"), "Command(00 20 00 80, 4 bytes, None)");
    }

    #[test]
    fn the_buffer_never_moves_while_it_is_filled() {
        for len in [0, 1, 255, 256, 1000] {
            let command = Command::new([0; 4], &vec![1; len], Le::Extended(9)).unwrap();
            assert!(command.bytes.capacity() >= command.bytes.len());
            assert_eq!(command.bytes.capacity(), len + 10, "grown for {len}");
        }
    }
}
