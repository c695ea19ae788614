//! Reports and messages as the device sees them.

use zeroize::Zeroizing;

use super::fields::Fields;

const REPORT: usize = 64;
const HEAD: usize = 5;
const PART: usize = REPORT - HEAD;
const LONGEST: usize = PART * 256;

/// CRC-16 with the polynomial 1021, begun with FFFF.
pub(super) fn crc(bytes: &[u8]) -> [u8; 2] {
    let mut crc = 0xFFFF_u16;
    for byte in bytes {
        crc ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            let carry = crc & 0x8000 != 0;
            crc <<= 1;
            if carry {
                crc ^= 0x1021;
            }
        }
    }
    crc.to_be_bytes()
}

pub(super) fn checksum_is_right(message: &[u8]) -> bool {
    let Some((content, sum)) = message.split_last_chunk::<2>() else {
        return false;
    };
    crc(content) == *sum
}

/// What the host says of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Abort,
    Repeat,
}

/// What the device says of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Running,
    Unknown,
}

/// What a report came to.
pub(super) enum Received {
    /// A message is whole.
    Message(u8, Zeroizing<Vec<u8>>),
    /// A part of one, or of none.
    Part,
    /// A short word about a message.
    Word(u8, Word),
}

/// The message that is being received.
#[derive(Default)]
pub(super) struct Inbox {
    number: u8,
    total: usize,
    parts: usize,
    bytes: Zeroizing<Vec<u8>>,
}

impl Inbox {
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    fn take(&mut self, number: u8, index: usize, total: usize, part: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        if index == 0 && !(self.parts > 0 && self.number == number && self.total == total) {
            *self = Self {
                number,
                total,
                parts: 0,
                bytes: Zeroizing::new(Vec::with_capacity(total)),
            };
        }
        // What came before, and what a lost part leaves without a beginning, is nothing.
        if self.number != number || self.total != total || self.parts != index {
            return None;
        }
        self.bytes.extend_from_slice(part);
        self.parts += 1;
        (self.bytes.len() == total).then(|| {
            let bytes = std::mem::take(&mut self.bytes);
            self.forget();
            bytes
        })
    }
}

/// Takes a report; nothing where it is none.
pub(super) fn receive(report: &[u8], inbox: &mut Inbox) -> Option<Received> {
    let report: &[u8; REPORT] = report.try_into().ok()?;
    match report[0] {
        1 => {
            let total = usize::from(u16::from_be_bytes([report[3], report[4]]));
            let index = usize::from(report[2]);
            if report[1] == 0 || !(5..=LONGEST).contains(&total) || index * PART >= total {
                return None;
            }
            let len = PART.min(total - index * PART);
            let whole = inbox.take(report[1], index, total, &report[HEAD..HEAD + len]);
            Some(whole.map_or(Received::Part, |message| Received::Message(report[1], message)))
        }
        3 if crc(&report[..4]) == report[4..6] => match report[2] {
            1 => Some(Received::Word(report[1], Word::Abort)),
            2 => Some(Received::Word(report[1], Word::Repeat)),
            _ => None,
        },
        _ => None,
    }
}

/// Command, session and fields of a request; nothing where it is none.
pub(super) fn request(message: &[u8]) -> Option<(u8, u16, Fields)> {
    let (content, sum) = message.split_last_chunk::<2>()?;
    if crc(content) != *sum {
        return None;
    }
    let (&[command, high, low], fields) = content.split_first_chunk::<3>()?;
    Some((command, u16::from_be_bytes([high, low]), Fields::read(fields)?))
}

/// An answer: the fields, or nnn of E-nnn.
pub(super) fn answer(command: u8, result: &Result<Fields, u16>) -> Zeroizing<Vec<u8>> {
    let fields = result.as_ref().map_or(&[][..], |fields| fields.bytes());
    let code = result.as_ref().err().copied().unwrap_or(0);
    let mut answer = Zeroizing::new(Vec::with_capacity(3 + fields.len() + 2));
    answer.push(command | 0x80);
    answer.extend_from_slice(&code.to_be_bytes());
    answer.extend_from_slice(fields);
    let sum = crc(&answer);
    answer.extend_from_slice(&sum);
    answer
}

/// Whether an answer with these fields is short enough.
pub(super) fn fits(fields: &Fields) -> bool {
    fields.bytes().len() + 5 <= LONGEST
}

/// Sends a message in parts.
pub(super) fn send(number: u8, message: &[u8], out: &mut dyn FnMut(&[u8])) {
    // No answer is longer than LONGEST, see `fits`.
    let [high, low] = (message.len() as u16).to_be_bytes();
    for (index, part) in (0..=u8::MAX).zip(message.chunks(PART)) {
        let mut report = Zeroizing::new([0; REPORT]);
        report[..HEAD].copy_from_slice(&[1, number, index, high, low]);
        report[HEAD..HEAD + part.len()].copy_from_slice(part);
        out(&report[..]);
    }
}

/// Tells something unasked.
pub(super) fn notice(number: u8, kind: u8, argument: u8, out: &mut dyn FnMut(&[u8])) {
    short([2, number, kind, argument], out);
}

/// Says what became of a message.
pub(super) fn fate(number: u8, fate: Fate, out: &mut dyn FnMut(&[u8])) {
    let operation = match fate {
        Fate::Running => 3,
        Fate::Unknown => 4,
    };
    short([3, number, operation, 0], out);
}

fn short(content: [u8; 4], out: &mut dyn FnMut(&[u8])) {
    let mut report = [0; REPORT];
    report[..4].copy_from_slice(&content);
    report[4..6].copy_from_slice(&crc(&content));
    out(&report);
}

/// Spoils what the checksum covers: the filler of a report does not count.
pub(super) fn spoil(report: &mut [u8]) {
    let at = match report.first() {
        Some(1) => HEAD,
        _ => 3,
    };
    if let Some(byte) = report.get_mut(at) {
        *byte ^= 0x01;
    }
}
