//! The conversation over a wire that misbehaves.

use std::collections::VecDeque;
use std::thread;

use madoguchi_driver_api::CancelFlag;

use super::message::Code;
use super::*;

/// What comes back for each message that was sent whole, and what was sent.
#[derive(Default)]
pub(crate) struct Scripted {
    /// Each entry answers one message; without one nothing comes.
    pub(crate) answers: VecDeque<Vec<Vec<u8>>>,
    pub(crate) sent: Vec<Report>,
    pub(crate) incoming: VecDeque<Vec<u8>>,
    pub(crate) lost: bool,
}

impl Wire for Scripted {
    fn send(&mut self, report: &[u8], _: &Call) -> Result<(), Driver> {
        if self.lost {
            return Err(Driver::ReaderRemoved);
        }
        let report = Report::decode(report).unwrap();
        let last = report.index() + 1 == report.count();
        // A placeholder transaction stands for the one that was asked.
        let mine = |mut bytes: Vec<u8>| {
            if bytes.len() == 64 && bytes[1..3] == [0xFF, 0xFF] {
                bytes[1..3].copy_from_slice(&report.transaction().to_le_bytes());
                bytes[63] = bytes[..63]
                    .iter()
                    .fold(0, |sum: u8, byte| sum.wrapping_add(*byte));
            }
            bytes
        };
        if last {
            let answer = self.answers.pop_front().unwrap_or_default();
            self.incoming.extend(answer.into_iter().map(mine));
        }
        self.sent.push(report);
        Ok(())
    }

    fn receive(&mut self, report: &mut Vec<u8>, call: &Call) -> Result<(), Driver> {
        if self.lost {
            return Err(Driver::ReaderRemoved);
        }
        let Some(bytes) = self.incoming.pop_front() else {
            while call.check().is_ok() {
                thread::sleep(call.slice());
            }
            return Err(call.check().unwrap_err());
        };
        report.clear();
        report.extend(&bytes);
        Ok(())
    }
}

/// A reply to whatever was asked last.
pub(crate) fn reply(code: Code, status: u8, data: &[u8]) -> Vec<u8> {
    fragment(code, (0, 1), status, data)
}

fn fragment(code: Code, place: (u8, u8), status: u8, data: &[u8]) -> Vec<u8> {
    let report = Report::new(Kind::Reply, 0xFFFF, code as u8, place, status, data).unwrap();
    report.as_bytes().to_vec()
}

pub(crate) fn event(code: u8, task: u16, number: u8) -> Vec<u8> {
    let report = Report::new(Kind::Event, task, code, (0, 1), 0, &[number]).unwrap();
    report.as_bytes().to_vec()
}

fn talk(answers: impl IntoIterator<Item = Vec<Vec<u8>>>) -> Conversation<Scripted> {
    let wire = Scripted {
        answers: answers.into_iter().collect(),
        ..Scripted::default()
    };
    Conversation::new(wire, 1)
}

fn call() -> Call {
    Call::within(Duration::from_secs(5))
}

fn echo() -> Message {
    Message::new(Code::Echo, b"hello")
}

#[test]
fn a_command_is_answered_past_garbage_strangers_and_events() {
    let mut spoiled = reply(Code::Echo, 0, b"hello");
    spoiled[20] ^= 0x40;
    let mut another = reply(Code::Echo, 0, b"old");
    another[1] = 0x55;
    another[63] = another[63].wrapping_sub(0xFF - 0x55);
    let mut talk = talk([vec![
        vec![0xAA; 64],
        event(0x02, 0, 1),
        vec![0x21, 0x02],
        spoiled,
        another,
        vec![0; 65],
        reply(Code::Echo, 0, b"hello"),
        reply(Code::Echo, 0, b"hello"),
    ]]);
    let (transaction, got) = talk.ask(&echo(), &call()).unwrap();
    assert_eq!((transaction, got.status, got.head()), (2, 0, &b"hello"[..]));
    assert_eq!(talk.heard(), Some(Heard::Touched));
    // The copy that is still on the line is nobody's.
    talk.wire.answers = [vec![reply(Code::Clear, 0, &[])]].into();
    let (transaction, _) = talk.ask(&Message::new(Code::Clear, &[]), &call()).unwrap();
    assert_eq!(transaction, 3);
}

#[test]
fn an_unanswered_command_is_repeated_as_the_same_one() {
    let mut talk = talk([vec![], vec![reply(Code::Echo, 0, b"hello")]]);
    talk.ask(&echo(), &call()).unwrap();
    let transactions: Vec<_> = talk.wire.sent.iter().map(Report::transaction).collect();
    assert_eq!(transactions, [2, 2]);
}

#[test]
fn silence_and_garbage_end_as_what_they_are() {
    let mut silent = talk([]);
    assert_eq!(
        silent.ask(&echo(), &call()).err(),
        Some(Error::Silent { command: Code::Echo })
    );
    assert_eq!(silent.wire.sent.len(), 4);
    let mut garbled = talk([vec![vec![1, 2, 3]]]);
    assert_eq!(
        garbled.ask(&echo(), &call()).err(),
        Some(Error::Garbled {
            command: Code::Echo,
            damage: Damage::Length
        })
    );
}

#[test]
fn a_call_ends_in_time_by_deadline_cancellation_or_loss() {
    let began = Instant::now();
    let late = Call::within(Duration::from_millis(20));
    assert_eq!(
        talk([]).ask(&echo(), &late).err(),
        Some(Error::Ended(Driver::Timeout))
    );
    let flag = CancelFlag::default();
    flag.cancel();
    let cancelled = Call::new(Instant::now() + Duration::from_secs(5), flag);
    assert_eq!(
        talk([]).ask(&echo(), &cancelled).err(),
        Some(Error::Ended(Driver::Cancelled))
    );
    let mut gone = talk([]);
    gone.wire.lost = true;
    assert_eq!(
        gone.ask(&echo(), &call()).err(),
        Some(Error::Ended(Driver::ReaderRemoved))
    );
    let briefly = Instant::now();
    assert!(talk([]).ask_briefly(&echo()).is_err());
    assert!(briefly.elapsed() < Call::PATIENCE, "{:?}", briefly.elapsed());
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[test]
fn an_event_that_comes_twice_is_heard_once() {
    let mut talk = talk([vec![
        event(0x02, 0, 1),
        event(0x02, 0, 1),
        event(0x02, 0, 2),
        event(0x01, 9, 3),
        event(0x77, 0, 4),
        event(0x03, 0, 0),
        reply(Code::Echo, 0, b""),
    ]]);
    talk.ask(&echo(), &call()).unwrap();
    let heard: Vec<_> = std::iter::from_fn(|| talk.heard()).collect();
    assert_eq!(
        heard,
        [Heard::Touched, Heard::Touched, Heard::Ended(9), Heard::Started]
    );
}

#[test]
fn who_does_not_ask_keeps_the_latest_events_only() {
    let mut answer: Vec<_> = (0..40)
        .map(|number| event(0x01, u16::from(number), number))
        .collect();
    answer.push(reply(Code::Echo, 0, b""));
    let mut talk = talk([answer]);
    talk.ask(&echo(), &call()).unwrap();
    let heard: Vec<_> = std::iter::from_fn(|| talk.heard()).collect();
    assert_eq!((heard.len(), heard.first()), (16, Some(&Heard::Ended(24))));
}

#[test]
fn transactions_go_round_without_nobody_s() {
    let mut talk = talk([vec![reply(Code::Echo, 0, b"")]]);
    talk.transaction = u16::MAX;
    let (transaction, _) = talk.ask(&echo(), &call()).unwrap();
    assert_eq!(transaction, 1);
}
