//! One report: 64 bytes, a segment of a message or a short word.

use zeroize::Zeroizing;

use super::Malformed;
use super::crc::{checked, crc16};

/// Every report has so many bytes, its id included.
pub const LEN: usize = 64;

/// So many bytes of a message fit into one report.
pub const ROOM: usize = LEN - SEGMENT_HEAD;

/// The longest message: one more segment would have no number.
pub const MAX_MESSAGE: usize = ROOM * 256;

/// The shortest message: command, two bytes, checksum.
pub const MIN_MESSAGE: usize = 5;

const SEGMENT_HEAD: usize = 5;
const WORD_LEN: usize = 6;
const MESSAGE: u8 = 1;
const NOTICE: u8 = 2;
const CONTROL: u8 = 3;

/// A report, overwritten when it is dropped: digits and APDUs travel in it.
pub type Report = Zeroizing<[u8; LEN]>;

/// Part of a message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Segment<'r> {
    /// Which message.
    pub number: u8,
    /// Which part of it, from zero.
    pub index: u8,
    /// How long the whole message is.
    pub total: usize,
    /// The part.
    pub bytes: &'r [u8],
}

/// Something the device tells unasked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice {
    /// Rises with each; zero after a restart.
    pub number: u8,
    /// What.
    pub kind: NoticeKind,
}

/// What the device tells unasked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// A card was put on.
    CardIn,
    /// It was taken away.
    CardOut,
    /// Somebody touched the screen.
    Touched,
    /// A button was pressed that nobody waits for.
    Button(u8),
    /// The device started anew.
    Restarted,
    /// Something of a newer device.
    Other(u8),
}

/// What became of a message, in a short word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is not answered yet.
    Running,
    /// The device has no such message, or does not keep its answer.
    Unknown,
}

/// What the host says of a message, in a short word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Do not go on with it.
    Abort,
    /// Send its answer again.
    Repeat,
}

/// What a report from the device is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Incoming<'r> {
    /// Part of an answer.
    Segment(Segment<'r>),
    /// Something unasked.
    Notice(Notice),
    /// What became of the message of that number.
    Fate(u8, Fate),
}

/// Reads a report from the device.
///
/// # Errors
/// [`Malformed`] where it is none.
pub fn read(report: &[u8]) -> Result<Incoming<'_>, Malformed> {
    if report.len() != LEN {
        return Err(Malformed::Length(report.len()));
    }
    match report[0] {
        MESSAGE => segment(report).map(Incoming::Segment),
        NOTICE => {
            let [number, kind, argument] = word(report)?;
            let kind = match kind {
                1 => NoticeKind::CardIn,
                2 => NoticeKind::CardOut,
                3 => NoticeKind::Touched,
                4 => NoticeKind::Button(argument),
                5 => NoticeKind::Restarted,
                other => NoticeKind::Other(other),
            };
            Ok(Incoming::Notice(Notice { number, kind }))
        }
        CONTROL => match word(report)? {
            [number, 3, _] => Ok(Incoming::Fate(number, Fate::Running)),
            [number, 4, _] => Ok(Incoming::Fate(number, Fate::Unknown)),
            [_, operation, _] => Err(Malformed::Operation(operation)),
        },
        id => Err(Malformed::ReportId(id)),
    }
}

fn segment(report: &[u8]) -> Result<Segment<'_>, Malformed> {
    let (number, index) = (report[1], report[2]);
    let total = usize::from(u16::from_be_bytes([report[3], report[4]]));
    let from = usize::from(index) * ROOM;
    if number == 0 || !(MIN_MESSAGE..=MAX_MESSAGE).contains(&total) || from >= total {
        return Err(Malformed::Segment);
    }
    let len = ROOM.min(total - from);
    Ok(Segment {
        number,
        index,
        total,
        bytes: &report[SEGMENT_HEAD..SEGMENT_HEAD + len],
    })
}

fn word(report: &[u8]) -> Result<[u8; 3], Malformed> {
    match checked(&report[..WORD_LEN]) {
        Some(&[_, number, kind, argument]) => Ok([number, kind, argument]),
        _ => Err(Malformed::Checksum),
    }
}

/// The reports that carry a message to the device.
///
/// # Errors
/// [`Malformed::TooLong`] where it needs more segments than there are numbers for.
pub fn segments(number: u8, message: &[u8]) -> Result<impl Iterator<Item = Report>, Malformed> {
    let total = u16::try_from(message.len()).ok();
    let total = total.filter(|total| usize::from(*total) <= MAX_MESSAGE);
    let total = total.ok_or(Malformed::TooLong(message.len()))?.to_be_bytes();
    Ok(message.chunks(ROOM).zip(0u8..=255).map(move |(part, index)| {
        let mut report = Report::new([0; LEN]);
        report[..SEGMENT_HEAD].copy_from_slice(&[MESSAGE, number, index, total[0], total[1]]);
        report[SEGMENT_HEAD..SEGMENT_HEAD + part.len()].copy_from_slice(part);
        report
    }))
}

/// The report of a short word to the device.
#[must_use]
pub fn order(number: u8, order: Order) -> Report {
    let operation = match order {
        Order::Abort => 1,
        Order::Repeat => 2,
    };
    let mut report = Report::new([0; LEN]);
    report[..4].copy_from_slice(&[CONTROL, number, operation, 0]);
    let crc = crc16(&report[..4]).to_be_bytes();
    report[4..WORD_LEN].copy_from_slice(&crc);
    report
}
