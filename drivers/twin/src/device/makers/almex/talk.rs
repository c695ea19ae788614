//! What the device puts on the line: acknowledgements at once, frames one after another.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::line::Command;

/// A frame that is not acknowledged is sent again after this, three times in all.
const AGAIN: Duration = Duration::from_millis(300);
const TIMES: u32 = 3;

/// More frames do not wait; a host that takes none has gone.
const MAX_WAITING: usize = 16;

#[derive(Default)]
pub(super) struct Talk {
    /// The last command that was taken: its digit and check.
    taken: Option<(u8, [u8; 2])>,
    /// The frames that are not sent yet, without their digit.
    waiting: VecDeque<Zeroizing<Vec<u8>>>,
    flying: Option<Flying>,
    next_digit: u8,
    announcement: bool,
}

struct Flying {
    digit: u8,
    line: Zeroizing<Vec<u8>>,
    times: u32,
    /// When it is sent, or sent again.
    due: Instant,
}

impl Talk {
    /// Says at the next occasion that the device started anew.
    pub(super) fn announce(&mut self) {
        self.announcement = true;
    }

    /// Nobody is there to be told anything.
    pub(super) fn hang_up(&mut self) {
        self.waiting.clear();
        self.flying = None;
    }

    /// Whether the command is a new one, and no repeat of the last.
    pub(super) fn take(&mut self, command: &Command) -> bool {
        let this = Some((command.digit, command.check));
        let is_new = self.taken != this;
        self.taken = this;
        is_new
    }

    pub(super) fn accepted(&self) -> [u8; 2] {
        [0x06, self.last()]
    }

    pub(super) fn refused(&self) -> [u8; 2] {
        [0x15, self.last()]
    }

    fn last(&self) -> u8 {
        self.taken.map_or(b'-', |(digit, _)| digit)
    }

    pub(super) fn respond(&mut self, command: &str, digit: u8, value: u16, fields: &[&[u8]]) {
        let head = format!("R{command}\x1F{}\x1F{value:03}", digit as char);
        self.put(head.as_bytes(), fields);
    }

    pub(super) fn end(&mut self, digit: u8, value: u16, result: &[u8]) {
        let head = format!("EEND\x1F{}\x1F{value:03}", digit as char);
        self.put(head.as_bytes(), &[result]);
    }

    pub(super) fn event(&mut self, name: &str, fields: &[&[u8]]) {
        self.put(format!("E{name}").as_bytes(), fields);
    }

    /// The host has a frame: the next one's turn.
    pub(super) fn acknowledged(&mut self, digit: u8) {
        self.flying.take_if(|flying| flying.digit == digit);
    }

    /// The host could not read something.
    pub(super) fn again(&mut self, out: &mut dyn FnMut(&[u8])) {
        if let Some(flying) = &mut self.flying {
            flying.due = Instant::now();
        }
        self.send(Instant::now(), out);
    }

    /// Sends what is due.
    pub(super) fn send(&mut self, now: Instant, out: &mut dyn FnMut(&[u8])) {
        if std::mem::take(&mut self.announcement) {
            out(&framed(b'-', b"ERDY"));
        }
        self.flying
            .take_if(|flying| flying.due <= now && flying.times == TIMES);
        if self.flying.is_none()
            && let Some(body) = self.waiting.pop_front()
        {
            let digit = b'0' + self.next_digit;
            self.next_digit = (self.next_digit + 1) % 10;
            self.flying = Some(Flying {
                digit,
                line: framed(digit, &body),
                times: 0,
                due: now,
            });
        }
        if let Some(flying) = self.flying.as_mut().filter(|flying| flying.due <= now) {
            flying.times += 1;
            flying.due = now + AGAIN;
            out(&flying.line);
        }
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.flying.as_ref().map(|flying| flying.due)
    }

    fn put(&mut self, head: &[u8], fields: &[&[u8]]) {
        let len = head.len() + fields.iter().map(|field| 1 + field.len()).sum::<usize>();
        let mut body = Zeroizing::new(Vec::with_capacity(len));
        body.extend_from_slice(head);
        for field in fields {
            body.push(0x1F);
            body.extend_from_slice(field);
        }
        if self.waiting.len() < MAX_WAITING {
            self.waiting.push_back(body);
        }
    }
}

/// A frame as it is on the line. What the device says holds nothing that would have to be stuffed but the separators.
fn framed(digit: u8, body: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut line = Zeroizing::new(Vec::with_capacity(body.len() + 9));
    line.push(0x02);
    line.extend(format!("{:04X}", body.len() + 1).bytes());
    line.push(digit);
    line.extend_from_slice(body);
    line.push(0x03);
    let check = line.iter().skip(1).fold(0_u8, |check, byte| check ^ byte);
    line.extend(format!("{check:02X}").bytes());
    line
}
