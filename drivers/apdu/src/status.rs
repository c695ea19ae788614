//! Status words and what they mean.

use std::fmt;

/// SW1 and SW2.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatusWord(u16);

/// What a status word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// 9000: done.
    Ok,
    /// 61xx: so many more bytes wait for GET RESPONSE (256 or more where it says 00).
    MoreData(u16),
    /// 6Cxx: ask again with this Le (256 where it says 00).
    WrongLe(u16),
    /// 63Cx: the PIN was wrong, or not given; so many tries remain.
    TriesLeft(u8),
    /// 6282: the file ended before Le.
    EndOfFile,
    /// 6700: the lengths are not what the card wants; also how extended length is refused.
    WrongLength,
    /// 6982: the PIN was not verified.
    NotVerified,
    /// 6983: the PIN is locked.
    Blocked,
    /// 6984: the PIN cannot be used.
    PinUnusable,
    /// 6A82: no such application or file.
    NotFound,
    /// 6B00: the offset is outside the file.
    WrongOffset,
    /// 6D00 or 6E00: the card does not know the command.
    UnknownCommand,
    /// 6F00: the card gives no diagnosis.
    NoDiagnosis,
    /// Anything else.
    Other,
}

impl StatusWord {
    /// 9000.
    pub const OK: Self = Self(0x9000);

    /// The status word of these two bytes.
    #[must_use]
    pub const fn new(sw1: u8, sw2: u8) -> Self {
        Self(u16::from_be_bytes([sw1, sw2]))
    }

    /// The status word of this number.
    #[must_use]
    pub const fn from_u16(value: u16) -> Self {
        Self(value)
    }

    /// Both bytes as a number.
    #[must_use]
    pub const fn as_u16(self) -> u16 {
        self.0
    }

    /// Both bytes in the order of the wire.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }

    /// Whether it is 9000.
    #[must_use]
    pub const fn is_ok(self) -> bool {
        self.0 == Self::OK.0
    }

    /// What it says.
    #[must_use]
    pub const fn status(self) -> Status {
        let [sw1, sw2] = self.to_bytes();
        match (sw1, sw2) {
            (0x90, 0x00) => Status::Ok,
            (0x61, _) => Status::MoreData(or_256(sw2)),
            (0x6C, _) => Status::WrongLe(or_256(sw2)),
            // Tries are in SW2 only in this form; 6300 and the like say nothing about them.
            (0x63, 0xC0..=0xCF) => Status::TriesLeft(sw2 & 0x0F),
            (0x62, 0x82) => Status::EndOfFile,
            (0x67, 0x00) => Status::WrongLength,
            (0x69, 0x82) => Status::NotVerified,
            (0x69, 0x83) => Status::Blocked,
            (0x69, 0x84) => Status::PinUnusable,
            (0x6A, 0x82) => Status::NotFound,
            (0x6B, 0x00) => Status::WrongOffset,
            (0x6D | 0x6E, 0x00) => Status::UnknownCommand,
            (0x6F, 0x00) => Status::NoDiagnosis,
            _ => Status::Other,
        }
    }
}

const fn or_256(sw2: u8) -> u16 {
    if sw2 == 0 { 0x100 } else { sw2 as u16 }
}

impl fmt::Display for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}

impl fmt::Debug for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StatusWord({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_words_are_classified() {
        for (word, status) in [
            (0x9000, Status::Ok),
            (0x6120, Status::MoreData(0x20)),
            (0x6100, Status::MoreData(0x100)),
            (0x6C10, Status::WrongLe(0x10)),
            (0x6C00, Status::WrongLe(0x100)),
            (0x63C3, Status::TriesLeft(3)),
            (0x63C0, Status::TriesLeft(0)),
            (0x6300, Status::Other),
            (0x6982, Status::NotVerified),
            (0x6983, Status::Blocked),
            (0x6984, Status::PinUnusable),
            (0x6700, Status::WrongLength),
            (0x6A82, Status::NotFound),
            (0x6B00, Status::WrongOffset),
            (0x6282, Status::EndOfFile),
            (0x6D00, Status::UnknownCommand),
            (0x6F00, Status::NoDiagnosis),
            (0x9001, Status::Other),
        ] {
            assert_eq!(StatusWord::from_u16(word).status(), status, "{word:04X}");
        }
    }
}
