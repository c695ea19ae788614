//! Reports: bytes of the wire in, checked fields out, and back.

use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The length of every report.
pub const REPORT_LEN: usize = 64;
/// The most data that a report carries.
pub const DATA_LEN: usize = 55;
/// The most fragments that a message has.
pub const MAX_FRAGMENTS: usize = 64;
/// The most UTF-16 units that a line of text has.
pub const LINE_UNITS: usize = 27;

const HEAD_LEN: usize = 8;
const SUM_AT: usize = REPORT_LEN - 1;

/// Which way a report goes and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// From the host.
    Command,
    /// From the device, asked for.
    Reply,
    /// From the device, unasked.
    Event,
}

impl Kind {
    const fn id(self) -> u8 {
        match self {
            Self::Command => 0x20,
            Self::Reply => 0x21,
            Self::Event => 0x22,
        }
    }

    const fn from_id(id: u8) -> Option<Self> {
        match id {
            0x20 => Some(Self::Command),
            0x21 => Some(Self::Reply),
            0x22 => Some(Self::Event),
            _ => None,
        }
    }
}

/// Why bytes are no report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Damage {
    /// Too short or too long.
    #[error("a report of another length")]
    Length,
    /// The sum says that something changed on the way.
    #[error("a wrong sum")]
    Sum,
    /// Nobody's report id.
    #[error("an unknown report id")]
    Kind,
    /// A fragment that its message does not have.
    #[error("a fragment beyond its message")]
    Fragment,
    /// More data than fits.
    #[error("more data than a report has")]
    DataLength,
    /// A status where none may be, or bytes behind the data.
    #[error("bytes where none may be")]
    Stray,
}

/// One report. It may hold digits: no `Debug`, and overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Report([u8; REPORT_LEN]);

impl Report {
    /// A report with that data; what does not fit is refused.
    ///
    /// # Errors
    /// [`Damage::DataLength`] or [`Damage::Fragment`].
    pub fn new(
        kind: Kind,
        transaction: u16,
        code: u8,
        (index, count): (u8, u8),
        status: u8,
        data: &[u8],
    ) -> Result<Self, Damage> {
        let len = u8::try_from(data.len()).map_err(|_| Damage::DataLength)?;
        if data.len() > DATA_LEN {
            return Err(Damage::DataLength);
        }
        let mut bytes = [0; REPORT_LEN];
        bytes[0] = kind.id();
        bytes[1..3].copy_from_slice(&transaction.to_le_bytes());
        bytes[3..HEAD_LEN].copy_from_slice(&[code, index, count, status, len]);
        bytes[HEAD_LEN..HEAD_LEN + data.len()].copy_from_slice(data);
        bytes[SUM_AT] = sum(&bytes);
        check(&bytes)?;
        Ok(Self(bytes))
    }

    /// Reads a report.
    ///
    /// # Errors
    /// [`Damage`] where the bytes are none.
    pub fn decode(bytes: &[u8]) -> Result<Self, Damage> {
        let bytes: [u8; REPORT_LEN] = bytes.try_into().map_err(|_| Damage::Length)?;
        if sum(&bytes) != bytes[SUM_AT] {
            return Err(Damage::Sum);
        }
        check(&bytes)?;
        Ok(Self(bytes))
    }

    /// The bytes of the wire.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; REPORT_LEN] {
        &self.0
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        Kind::from_id(self.0[0])
    }

    /// Whose it is.
    #[must_use]
    pub const fn transaction(&self) -> u16 {
        u16::from_le_bytes([self.0[1], self.0[2]])
    }

    /// The command or event.
    #[must_use]
    pub const fn code(&self) -> u8 {
        self.0[3]
    }

    /// Which fragment, from zero.
    #[must_use]
    pub const fn index(&self) -> u8 {
        self.0[4]
    }

    /// How many fragments the message has.
    #[must_use]
    pub const fn count(&self) -> u8 {
        self.0[5]
    }

    /// How the command went.
    #[must_use]
    pub const fn status(&self) -> u8 {
        self.0[6]
    }

    /// The data.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        // The length was checked when the report was made.
        self.0
            .get(HEAD_LEN..HEAD_LEN + usize::from(self.0[7]))
            .unwrap_or_default()
    }
}

fn sum(bytes: &[u8; REPORT_LEN]) -> u8 {
    bytes[..SUM_AT]
        .iter()
        .fold(0, |sum: u8, byte| sum.wrapping_add(*byte))
}

fn check(bytes: &[u8; REPORT_LEN]) -> Result<(), Damage> {
    let kind = Kind::from_id(bytes[0]).ok_or(Damage::Kind)?;
    let [index, count, status, len] = [bytes[4], bytes[5], bytes[6], bytes[7]];
    if index >= count || usize::from(count) > MAX_FRAGMENTS {
        return Err(Damage::Fragment);
    }
    if usize::from(len) > DATA_LEN {
        return Err(Damage::DataLength);
    }
    let behind = &bytes[HEAD_LEN + usize::from(len)..SUM_AT];
    if (kind != Kind::Reply && status != 0) || behind.iter().any(|byte| *byte != 0) {
        return Err(Damage::Stray);
    }
    Ok(())
}

/// The role of a line that continues the text before it.
pub const CONTINUED: u8 = 0x02;

/// A text as the data of as many reports as it takes, each a role and a line.
#[must_use]
pub fn text(role: u8, text: &str) -> Vec<Vec<u8>> {
    let mut lines = vec![vec![role]];
    let mut units = 0;
    for c in text.chars() {
        if units + c.len_utf16() > LINE_UNITS {
            lines.push(vec![CONTINUED]);
            units = 0;
        }
        units += c.len_utf16();
        if let Some(line) = lines.last_mut() {
            line.extend(
                c.encode_utf16(&mut [0; 2])
                    .iter()
                    .flat_map(|unit| unit.to_le_bytes()),
            );
        }
    }
    lines
}

/// The texts of such reports with their roles; nothing where one is none.
#[must_use]
pub fn read_texts<'d>(data: impl IntoIterator<Item = &'d [u8]>) -> Option<Vec<(u8, String)>> {
    let mut texts: Vec<(u8, String)> = Vec::new();
    for data in data {
        let (role, units) = data.split_first()?;
        let (pairs, rest) = units.as_chunks::<2>();
        if !rest.is_empty() {
            return None;
        }
        let units = pairs.iter().map(|pair| u16::from_le_bytes(*pair));
        let line = char::decode_utf16(units).collect::<Result<String, _>>().ok()?;
        match texts.last_mut() {
            Some((_, text)) if *role == CONTINUED => text.push_str(&line),
            None if *role == CONTINUED => return None,
            _ => texts.push((*role, line)),
        }
    }
    Some(texts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reply(data: &[u8]) -> Report {
        Report::new(Kind::Reply, 0x1234, 0x06, (1, 3), 0x04, data).unwrap()
    }

    #[test]
    fn the_layout_is_the_written_one() {
        let report = reply(b"ab");
        let bytes = report.as_bytes();
        assert_eq!(
            bytes[..11],
            [0x21, 0x34, 0x12, 0x06, 1, 3, 0x04, 2, b'a', b'b', 0]
        );
        let expected = 0x21 + 0x34 + 0x12 + 6 + 1 + 3 + 4 + 2 + 0x61 + 0x62 - 0x100;
        assert_eq!(i32::from(bytes[63]), expected);
    }

    #[test]
    fn each_damage_has_its_name() {
        let good = *reply(b"ab").as_bytes();
        let with = |changes: &[(usize, u8)]| {
            let mut bytes = good;
            for (at, value) in changes {
                bytes[*at] = *value;
            }
            bytes[63] = sum(&bytes);
            Report::decode(&bytes).err()
        };
        assert_eq!(with(&[]), None);
        assert_eq!(with(&[(0, 0x23)]), Some(Damage::Kind));
        assert_eq!(with(&[(4, 3)]), Some(Damage::Fragment));
        assert_eq!(with(&[(5, 65)]), Some(Damage::Fragment));
        assert_eq!(with(&[(7, 56)]), Some(Damage::DataLength));
        assert_eq!(with(&[(62, 1)]), Some(Damage::Stray));
        assert_eq!(with(&[(0, 0x22)]), Some(Damage::Stray), "a status in an event");
        assert_eq!(Report::decode(&good[..63]).err(), Some(Damage::Length));
        assert_eq!(
            Report::decode(&[&good[..], &[0]].concat()).err(),
            Some(Damage::Length)
        );
    }

    proptest! {
        #[test]
        fn a_report_survives_the_wire(
            transaction: u16, code: u8, index in 0u8..64, status: u8,
            data in proptest::collection::vec(any::<u8>(), 0..=DATA_LEN),
        ) {
            let sent = Report::new(Kind::Reply, transaction, code, (index, 64), status, &data).unwrap();
            let got = Report::decode(sent.as_bytes()).unwrap();
            prop_assert_eq!(got.kind(), Some(Kind::Reply));
            prop_assert_eq!((got.transaction(), got.code()), (transaction, code));
            prop_assert_eq!((got.index(), got.count(), got.status()), (index, 64, status));
            prop_assert_eq!(got.data(), &data[..]);
        }

        #[test]
        fn one_changed_byte_is_noticed(at in 0usize..REPORT_LEN, change in 1u8..) {
            let mut bytes = *reply(b"1234").as_bytes();
            bytes[at] = bytes[at].wrapping_add(change);
            prop_assert!(Report::decode(&bytes).is_err());
        }

        #[test]
        fn any_bytes_are_a_report_or_damage(bytes in proptest::collection::vec(any::<u8>(), 0..130)) {
            if let Ok(report) = Report::decode(&bytes) {
                prop_assert!(report.data().len() <= DATA_LEN && report.index() < report.count());
                prop_assert_eq!(&report.as_bytes()[..], &bytes[..]);
            }
            let _ = read_texts(bytes.chunks(DATA_LEN));
        }

        #[test]
        fn too_much_data_is_refused(data in proptest::collection::vec(any::<u8>(), DATA_LEN + 1..400)) {
            let refused = Report::new(Kind::Command, 1, 8, (0, 1), 0, &data).err();
            prop_assert_eq!(refused, Some(Damage::DataLength));
        }

        #[test]
        fn texts_survive_the_wire(
            texts in proptest::collection::vec((3u8.., "[a-z あ-ん漢字한국tiếngViệt𠮷]{0,90}"), 0..5),
        ) {
            let data: Vec<_> = texts.iter().flat_map(|(role, line)| text(*role, line)).collect();
            prop_assert!(data.iter().all(|line| line.len() <= DATA_LEN));
            let read = read_texts(data.iter().map(Vec::as_slice));
            prop_assert_eq!(read, Some(texts));
        }
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let read = |data: &[&[u8]]| read_texts(data.iter().copied());
        assert_eq!(
            read(&[&[1, b'a', 0], &[CONTINUED, b'b', 0]]),
            Some(vec![(1, "ab".into())])
        );
        assert_eq!(read(&[&[CONTINUED, b'b', 0]]), None, "continues nothing");
        assert_eq!(read(&[&[1, b'a']]), None, "half a unit");
        assert_eq!(read(&[&[1, 0x00, 0xD8]]), None, "half a surrogate pair");
        assert_eq!(read(&[&[]]), None);
    }
}
