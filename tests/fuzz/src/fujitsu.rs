//! Fujitsu: reports, segments, messages, on both sides.

use madoguchi_driver_fujitsu::codec::assembly::Assembly;
use madoguchi_driver_fujitsu::codec::message::{Field, answer, request};
use madoguchi_driver_fujitsu::codec::report::{self, Incoming, LEN, MAX_MESSAGE, Order};

use crate::device::Device;
use crate::feed::Feed;

/// Reports in both directions, proper ones and others.
pub fn fujitsu(data: &[u8]) {
    let mut feed = Feed::new(data);
    let mut device = Device::new("fujitsu", feed.byte());
    let mut heard = Heard::new(feed.byte());
    while !feed.is_empty() {
        match feed.byte() % 8 {
            0 => heard.report(&feed.array::<LEN>()),
            1 => heard.report(feed.chunk()),
            2 => device.receive(&feed.array::<LEN>()),
            3 => device.receive(feed.chunk()),
            4 => round(feed.byte(), feed.chunk(), feed.word()),
            5 => device.act(&mut feed),
            6 => {
                let order = if feed.byte() & 1 == 0 {
                    Order::Abort
                } else {
                    Order::Repeat
                };
                device.receive(&report::order(feed.byte(), order)[..]);
            }
            _ => ask(&mut device, &mut feed),
        }
        for said in device.said() {
            listen(&said);
        }
    }
}

/// A proper request to the device, cut off after some of its reports where the fuzzer says so.
fn ask(device: &mut Device, feed: &mut Feed<'_>) {
    let (number, command, session, reports) = (feed.byte(), feed.byte(), feed.word(), feed.byte());
    let mut fields: Vec<Field<'_>> = Vec::new();
    for _ in 0..feed.byte() % 8 {
        fields.push((feed.byte(), feed.chunk().into()));
    }
    if let Ok(segments) = report::segments(number, &request(command, session, &fields)) {
        for segment in segments.take(usize::from(reports).max(1)) {
            device.receive(&segment[..]);
        }
    }
}

/// What the device says is always a report of its protocol.
fn listen(said: &[u8]) {
    let read = report::read(said).unwrap_or_else(|error| unreachable!("the device says nonsense: {error}"));
    if let Incoming::Segment(segment) = read
        && segment.index == 0
        && segment.bytes.len() == segment.total
    {
        let answer = answer(segment.bytes);
        assert!(answer.is_ok(), "the device's answer is none");
    }
}

/// The driver's ear.
struct Heard {
    assembly: Assembly,
    /// Bytes that came for the answer since it began.
    came: usize,
}

impl Heard {
    fn new(number: u8) -> Self {
        Self {
            assembly: Assembly::new(number),
            came: 0,
        }
    }

    fn report(&mut self, bytes: &[u8]) {
        let Ok(Incoming::Segment(segment)) = report::read(bytes) else {
            return;
        };
        assert!(segment.bytes.len() <= segment.total && segment.total <= MAX_MESSAGE);
        self.came += segment.bytes.len();
        match self.assembly.take(segment) {
            Ok(Some(whole)) => {
                assert_eq!(whole.len(), segment.total);
                assert!(whole.len() <= self.came, "an answer of more than came");
                assert_eq!(whole.capacity(), segment.total, "it grew");
                assert!(!self.assembly.is_partial());
                let again = self.assembly.take(segment);
                assert!(
                    segment.index == 0 || matches!(again, Ok(None)),
                    "an answer taken twice"
                );
                self.restart();
                if let Ok(answer) = answer(&whole) {
                    let said: usize = answer.fields.iter().map(|(_, value)| 3 + value.len()).sum();
                    assert_eq!(said + 5, whole.len(), "fields are lost");
                }
            }
            Ok(None) => {}
            Err(_) => self.restart(),
        }
    }

    fn restart(&mut self) {
        self.assembly.restart();
        self.came = 0;
    }
}

/// A message cut into reports is the same when it is put together, and one changed byte is noticed.
fn round(number: u8, content: &[u8], spoil: u16) {
    let number = number.max(1);
    let mut message = request(0x80 | number, spoil, &[(7, content.into())]);
    let Ok(segments) = report::segments(number, &message) else {
        assert!(message.len() > MAX_MESSAGE);
        return;
    };
    let mut assembly = Assembly::new(number);
    let mut whole = None;
    for segment in segments {
        assert!(whole.is_none(), "whole before the last report");
        match report::read(&segment[..]) {
            Ok(Incoming::Segment(segment)) => whole = assembly.take(segment).unwrap_or_default(),
            _ => unreachable!("a segment is read as something else"),
        }
    }
    assert!(whole.is_some_and(|whole| *whole == *message));
    assert!(answer(&message).is_ok_and(|answer| answer.fields.first(7) == Some(content)));
    let at = usize::from(spoil) % message.len();
    message[at] ^= 0x40;
    assert!(answer(&message).is_err(), "a changed byte is not noticed");
}
