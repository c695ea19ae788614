//! A frame: how it is built, and what one says that was taken from the line.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

/// Control characters of the line.
pub(crate) const STX: u8 = 0x02;
pub(crate) const ETX: u8 = 0x03;
pub(crate) const ENQ: u8 = 0x05;
pub(crate) const ACK: u8 = 0x06;
pub(crate) const DLE: u8 = 0x10;
pub(crate) const NAK: u8 = 0x15;
pub(crate) const US: u8 = 0x1F;

/// What a stuffed byte is raised by.
pub(crate) const RAISED: u8 = 0x40;

/// The longest body: an APDU of 4,096 bytes as hex digits, and what stands around it.
pub const MAX_BODY: usize = 9_216;

/// A sequence digit, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark(Option<u8>);

impl Mark {
    /// Nothing was accepted since the start; as a frame's own mark: it is not counted.
    pub const NONE: Self = Self(None);

    /// The mark of this character.
    #[must_use]
    pub const fn parse(byte: u8) -> Option<Self> {
        match byte {
            b'-' => Some(Self::NONE),
            b'0'..=b'9' => Some(Self(Some(byte - b'0'))),
            _ => None,
        }
    }

    /// Its character on the line.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self.0 {
            Some(digit) => b'0' + digit,
            None => b'-',
        }
    }

    /// The digit of the frame after it.
    #[must_use]
    pub const fn next(self) -> Self {
        match self.0 {
            Some(digit) => Self(Some((digit + 1) % 10)),
            None => Self(Some(0)),
        }
    }
}

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Host to device: do.
    Command,
    /// Device to host: what became of a command.
    Response,
    /// Device to host: what happened.
    Event,
}

impl Kind {
    const fn byte(self) -> u8 {
        match self {
            Self::Command => b'C',
            Self::Response => b'R',
            Self::Event => b'E',
        }
    }

    const fn parse(byte: u8) -> Option<Self> {
        match byte {
            b'C' => Some(Self::Command),
            b'R' => Some(Self::Response),
            b'E' => Some(Self::Event),
            _ => None,
        }
    }
}

/// Why what stood between STX and the check characters is no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Flaw {
    /// It was too long.
    #[error("a frame that is too long")]
    TooLong,
    /// It stopped in the middle.
    #[error("half a frame")]
    Half,
    /// A control character that has no place there.
    #[error("a control character inside a frame")]
    Control,
    /// The check characters are those of something else.
    #[error("a wrong check")]
    Check,
    /// The length is that of something else.
    #[error("a wrong length")]
    Length,
    /// The digit, the kind or the mnemonic is none.
    #[error("a frame without a proper head")]
    Head,
}

/// A frame that was taken from the line. It may hold a PIN: it is overwritten when dropped and never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    mark: Mark,
    kind: Kind,
    check: u8,
    /// Mnemonic and fields.
    body: Zeroizing<Vec<u8>>,
}

impl Frame {
    /// Reads what stood between STX and ETX, the length included, without its stuffing.
    ///
    /// # Errors
    /// [`Flaw`] where it is no frame.
    pub(crate) fn parse(inside: &[u8], check: u8) -> Result<Self, Flaw> {
        let (len, body) = inside.split_at_checked(4).ok_or(Flaw::Length)?;
        let len = std::str::from_utf8(len).map_err(|_| Flaw::Length)?;
        // `from_str_radix` alone would take a sign.
        let proper = len.bytes().all(|digit| digit.is_ascii_hexdigit());
        let len = usize::from_str_radix(len, 16).map_err(|_| Flaw::Length)?;
        if !proper || len != body.len() {
            return Err(Flaw::Length);
        }
        let (head, body) = body.split_at_checked(2).ok_or(Flaw::Head)?;
        let frame = Self {
            mark: head.first().copied().and_then(Mark::parse).ok_or(Flaw::Head)?,
            kind: head.get(1).copied().and_then(Kind::parse).ok_or(Flaw::Head)?,
            check,
            body: Zeroizing::new(body.to_vec()),
        };
        let mnemonic = frame.mnemonic();
        if (2..=3).contains(&mnemonic.len()) && mnemonic.iter().all(u8::is_ascii_uppercase) {
            Ok(frame)
        } else {
            Err(Flaw::Head)
        }
    }

    /// Its sequence digit.
    #[must_use]
    pub const fn mark(&self) -> Mark {
        self.mark
    }

    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Its check characters: with the digit they tell a repeat.
    #[must_use]
    pub const fn check(&self) -> u8 {
        self.check
    }

    /// What it is about.
    #[must_use]
    pub fn mnemonic(&self) -> &[u8] {
        self.body.split(|byte| *byte == US).next().unwrap_or_default()
    }

    /// What follows.
    pub fn fields(&self) -> impl Iterator<Item = &[u8]> {
        self.body.split(|byte| *byte == US).skip(1)
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame")
            .field("mark", &self.mark)
            .field("kind", &self.kind)
            .field("mnemonic", &String::from_utf8_lossy(self.mnemonic()))
            .finish_non_exhaustive()
    }
}

/// Builds a frame as it goes on the line. It may hold a PIN's APDU, so its buffer is overwritten when dropped; it is made
/// in one piece, as a buffer that grows leaves copies behind.
#[must_use]
pub fn build(mark: Mark, kind: Kind, mnemonic: &str, fields: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let len = 2 + mnemonic.len() + fields.iter().map(|field| 1 + field.len()).sum::<usize>();
    let mut line = Zeroizing::new(Vec::with_capacity(2 * len + 10));
    line.push(STX);
    line.extend(format!("{len:04X}").bytes());
    line.extend([mark.byte(), kind.byte()]);
    line.extend(mnemonic.bytes());
    for field in fields {
        line.push(US);
        for byte in *field {
            match *byte {
                low if low < 0x20 => line.extend([DLE, low + RAISED]),
                plain => line.push(plain),
            }
        }
    }
    line.push(ETX);
    let check = line.iter().skip(1).fold(0, |check, byte| check ^ byte);
    line.extend(format!("{check:02X}").bytes());
    line
}
