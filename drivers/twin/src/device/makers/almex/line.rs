//! What the host puts on the line, taken apart.

use std::time::{Duration, Instant};

use zeroize::Zeroizing;

/// A gap this long inside a frame ends it.
const GAP: Duration = Duration::from_millis(50);

/// The longest body, and the longest a frame can be on the line.
const MAX_BODY: usize = 9_216;
const MAX_ON_LINE: usize = 2 * MAX_BODY + 16;

/// One thing from the host.
pub(super) enum Incoming {
    Enquiry,
    Accepted(u8),
    Refused,
    Unreadable,
    Command(Command),
}

/// A command. It may hold a PIN's APDU.
pub(super) struct Command {
    pub(super) digit: u8,
    pub(super) check: [u8; 2],
    pub(super) name: String,
    pub(super) fields: Vec<Zeroizing<Vec<u8>>>,
}

/// What came and is not understood yet.
#[derive(Default)]
pub(super) struct Line {
    pending: Zeroizing<Vec<u8>>,
    since: Option<Instant>,
}

impl Line {
    /// Takes bytes; says what is complete with them.
    pub(super) fn feed(&mut self, bytes: &[u8], now: Instant) -> Vec<Incoming> {
        let mut complete = Vec::new();
        if self.is_stale(now) {
            self.drop_half();
            complete.push(Incoming::Unreadable);
        }
        self.pending.extend_from_slice(bytes);
        while let Some((used, incoming)) = first(&self.pending) {
            self.pending.drain(..used);
            complete.extend(incoming);
        }
        self.since = (!self.pending.is_empty()).then_some(now);
        complete
    }

    /// Whether half a frame lies there for too long.
    pub(super) fn is_stale(&self, now: Instant) -> bool {
        self.due().is_some_and(|due| due <= now)
    }

    pub(super) fn drop_half(&mut self) {
        self.pending = Zeroizing::new(Vec::new());
        self.since = None;
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.since.map(|since| since + GAP)
    }
}

/// The first thing in there: how many bytes it is, and what. None where the rest of it has to come yet.
fn first(bytes: &[u8]) -> Option<(usize, Option<Incoming>)> {
    let (head, rest) = bytes.split_first()?;
    match *head {
        0x05 => Some((1, Some(Incoming::Enquiry))),
        0x06 | 0x15 => {
            let digit = *rest.first()?;
            let incoming = match (*head, digit) {
                (0x06, b'0'..=b'9' | b'-') => Incoming::Accepted(digit),
                (0x15, b'0'..=b'9' | b'-') => Incoming::Refused,
                _ => return Some((1, None)),
            };
            Some((2, Some(incoming)))
        }
        0x02 => {
            // Nothing but its own marks below a space stands in a frame.
            let end = rest
                .iter()
                .position(|byte| *byte < 0x20 && *byte != 0x1F && *byte != 0x10);
            let Some(end) = end else {
                return (bytes.len() > MAX_ON_LINE).then_some((bytes.len(), Some(Incoming::Unreadable)));
            };
            let (inside, tail) = rest.split_at(end);
            if tail.first() != Some(&0x03) {
                return Some((1 + end, Some(Incoming::Unreadable)));
            }
            let check: [u8; 2] = tail.get(1..3)?.try_into().ok()?;
            let command = command(inside, check).map_or(Incoming::Unreadable, Incoming::Command);
            Some((1 + end + 3, Some(command)))
        }
        _ => Some((1, None)),
    }
}

fn command(inside: &[u8], check: [u8; 2]) -> Option<Command> {
    let sum = inside.iter().fold(0x03, |sum, byte| sum ^ byte);
    if format!("{sum:02X}").as_bytes() != check {
        return None;
    }
    let mut plain = Zeroizing::new(Vec::with_capacity(inside.len()));
    let mut bytes = inside.iter();
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            0x10 => bytes.next()?.checked_sub(0x40).filter(|low| *low < 0x20)?,
            byte => *byte,
        });
    }
    let len = usize::from_str_radix(std::str::from_utf8(plain.get(..4)?).ok()?, 16).ok()?;
    let [digit, kind, body @ ..] = plain.get(4..)? else {
        return None;
    };
    if len != body.len() + 2 || len > MAX_BODY || *kind != b'C' || !digit.is_ascii_digit() {
        return None;
    }
    let mut parts = body.split(|byte| *byte == 0x1F);
    let name = String::from_utf8(parts.next()?.to_vec()).ok()?;
    Some(Command {
        digit: *digit,
        check,
        name,
        fields: parts.map(|field| Zeroizing::new(field.to_vec())).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(bytes: &[u8]) -> Vec<String> {
        let name = |incoming: Incoming| match incoming {
            Incoming::Enquiry => "enquiry".to_owned(),
            Incoming::Accepted(digit) => format!("accepted {}", digit as char),
            Incoming::Refused => "refused".to_owned(),
            Incoming::Unreadable => "unreadable".to_owned(),
            Incoming::Command(command) => format!("{} {}", command.name, command.fields.len()),
        };
        let mut line = Line::default();
        line.feed(bytes, Instant::now()).into_iter().map(name).collect()
    }

    #[test]
    fn the_line_is_taken_apart_whatever_stands_between() {
        let line = b"?\x05\x06\x063\x15-\x02000C7CAPD\x1F00A4\x1F\x10\x42\x0376\x05";
        assert_eq!(
            names(line),
            ["enquiry", "accepted 3", "refused", "APD 2", "enquiry"]
        );
        assert_eq!(names(b"\x02000C7CAPD\x1F00A4\x1F\x10\x42\x0377"), ["unreadable"]);
        assert_eq!(names(b"\x0200\x05"), ["unreadable", "enquiry"]);
    }

    #[test]
    fn half_a_frame_is_waited_for_and_then_given_up() {
        let (mut line, now) = (Line::default(), Instant::now());
        assert!(line.feed(b"\x02000C7CA", now).is_empty());
        assert!(!line.is_stale(now));
        let rest = line.feed(b"PD\x1F00A4\x1F\x10\x42\x0376", now + GAP / 2);
        assert!(matches!(rest[..], [Incoming::Command(_)]));
        assert!(line.feed(b"\x02000C7CA", now).is_empty());
        assert!(matches!(
            line.feed(b"\x05", now + GAP)[..],
            [Incoming::Unreadable, Incoming::Enquiry]
        ));
    }
}
