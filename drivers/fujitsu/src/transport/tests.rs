use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, CancelFlag, Error};
use proptest::prelude::*;

use super::{Ear, Line, Wire};
use crate::codec::crc::crc16;
use crate::codec::report::{LEN, NoticeKind};
use crate::commands::card::Transmit;
use crate::commands::state::{AskState, State};
use crate::error::{Code, Failure};

/// What a device says to a report.
type Device = Box<dyn FnMut(&[u8]) -> Vec<Vec<u8>> + Send>;

struct FakeWire {
    device: Device,
    coming: VecDeque<Vec<u8>>,
}

impl Wire for FakeWire {
    fn send(&mut self, report: &[u8]) -> Result<(), Error> {
        assert_eq!(report.len(), LEN);
        self.coming.extend((self.device)(report));
        Ok(())
    }

    fn receive(&mut self, report: &mut Vec<u8>, timeout: Duration) -> Result<bool, Error> {
        report.clear();
        match self.coming.pop_front() {
            Some(next) => report.extend_from_slice(&next),
            None => std::thread::sleep(timeout),
        }
        Ok(!report.is_empty())
    }
}

fn line(device: impl FnMut(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> Line {
    let wire = FakeWire {
        device: Box::new(device),
        coming: VecDeque::new(),
    };
    Line::new(Box::new(wire), Box::new(|_| {}) as Ear)
}

fn sealed(content: &[u8]) -> Vec<u8> {
    [content, &crc16(content).to_be_bytes()].concat()
}

/// An answer that fits one report.
fn answer(number: u8, content: &[u8]) -> Vec<u8> {
    let message = sealed(content);
    let mut report = vec![1, number, 0, 0, message.len() as u8];
    report.extend(message);
    report.resize(LEN, 0);
    report
}

fn word(content: [u8; 4]) -> Vec<u8> {
    let mut report = sealed(&content);
    report.resize(LEN, 0);
    report
}

/// To STATE: a card is there and has no power.
const CARD_IS_THERE: [u8; 11] = [0x84, 0, 0, 0x07, 0, 1, 1, 0x08, 0, 1, 0];
const STATE: State = State {
    card_present: true,
    powered: false,
};
const VERIFY: Transmit<'_> = Transmit {
    apdu: &[0x00, 0x20, 0x00, 0x80, 4, b'1', b'2', b'3', b'4'],
};

fn soon() -> Call {
    Call::within(Duration::from_secs(10))
}

fn is_protocol<T>(result: &Result<T, Failure>) -> bool {
    matches!(result, Err(Failure::Ended(Error::Protocol { .. })))
}

#[test]
fn a_spoilt_answer_is_asked_for_again_and_the_command_is_not() {
    for spoil in [
        |report: &mut Vec<u8>| report[6] ^= 1,
        |report: &mut Vec<u8>| report.truncate(LEN / 2),
        |report: &mut Vec<u8>| report.fill(0xA5),
        |report: &mut Vec<u8>| report.push(0),
        |report: &mut Vec<u8>| report[0] = 9,
    ] {
        let mut commands = 0;
        let mut line = line(move |report| {
            let mut report_back = answer(report[1], &CARD_IS_THERE);
            if report[0] == 1 {
                commands += 1;
                assert_eq!(commands, 1, "REPEAT is enough");
                spoil(&mut report_back);
            }
            vec![report_back]
        });
        assert_eq!(line.exchange(7, &AskState, &soon()), Ok(STATE));
    }
}

#[test]
fn a_device_that_only_talks_nonsense_is_given_up() {
    let mut line = line(|_| vec![vec![0xEE; LEN]]);
    let since = Instant::now();
    assert!(is_protocol(&line.exchange(7, &AskState, &soon())));
    assert!(since.elapsed() < Duration::from_secs(1));
    assert!(line.take_doubt(), "a notice may have been among it");
    assert!(!line.take_doubt());
}

#[test]
fn what_the_device_did_not_get_is_sent_again_once_but_never_an_apdu() {
    for (is_apdu, sent) in [(false, 2), (true, 1)] {
        let commands = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&commands);
        let mut line = line(move |report| match report[0] {
            1 => {
                count.fetch_add(1, Ordering::Relaxed);
                // Its checksum was wrong on arrival.
                vec![answer(report[1], &[0x80, 0, 1])]
            }
            _ => vec![word([3, report[1], 4, 0])],
        });
        let refused = if is_apdu {
            line.exchange(7, &VERIFY, &soon()).err()
        } else {
            line.exchange(7, &AskState, &soon()).err()
        };
        assert_eq!(refused, Some(Failure::Refused(Code::CHECKSUM)));
        assert_eq!(commands.load(Ordering::Relaxed), sent);
    }
}

#[test]
fn a_message_that_is_unknown_was_not_run() {
    let mut first = true;
    let mut line = line(move |report| match (report[0], std::mem::take(&mut first)) {
        (1, true) => vec![vec![0; 3]],
        (1, false) => vec![answer(report[1], &CARD_IS_THERE)],
        _ => vec![word([3, report[1], 4, 0])],
    });
    assert_eq!(line.exchange(7, &AskState, &soon()), Ok(STATE));
}

#[test]
fn a_call_that_ends_is_called_off_on_the_device() {
    for (call, end) in [
        (Call::within(Duration::from_millis(30)), Error::Timeout),
        (soon(), Error::Cancelled),
    ] {
        let aborted = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&aborted);
        let flag = call.cancel_flag().clone();
        let cancels = end == Error::Cancelled;
        let mut line = line(move |report| match report {
            [3, number, 1, ..] => {
                seen.store(true, Ordering::Relaxed);
                vec![answer(*number, &[0x84, 0, 7])]
            }
            _ => {
                if cancels {
                    flag.cancel();
                }
                vec![]
            }
        });
        let since = Instant::now();
        assert_eq!(
            line.exchange(7, &AskState, &call),
            Err(Failure::Ended(end.clone()))
        );
        assert!(aborted.load(Ordering::Relaxed), "{end}");
        assert!(since.elapsed() < Duration::from_secs(1));
    }
}

#[test]
fn what_could_not_be_called_off_is_called_off_before_the_next() {
    let mut deaf = true;
    let mut line = line(move |report| match report {
        [3, _, 1, ..] if std::mem::take(&mut deaf) => vec![],
        [3, number, 1, ..] => vec![word([3, *number, 4, 0])],
        [1, 1, ..] => vec![],
        [1, number, ..] => {
            assert!(!deaf);
            vec![answer(*number, &CARD_IS_THERE)]
        }
        _ => vec![],
    });
    let cancelled = CancelFlag::default();
    let late = Call::new(Instant::now() + Duration::from_millis(20), cancelled);
    assert_eq!(
        line.exchange(7, &AskState, &late),
        Err(Failure::Ended(Error::Timeout))
    );
    assert_eq!(line.exchange(7, &AskState, &soon()), Ok(STATE));
}

#[test]
fn a_silent_device_is_asked_and_then_given_up_and_a_busy_one_is_waited_for() {
    let mut silent = line(|_| vec![]);
    let given_up = silent.exchange(7, &AskState, &soon());
    assert!(
        matches!(given_up, Err(Failure::Ended(Error::ReaderUnavailable { .. }))),
        "{given_up:?}"
    );
    // Every question is answered with RUNNING: the deadline ends it.
    let mut busy = line(|report| match report[..] {
        [3, number, 2, ..] => vec![word([3, number, 3, 0])],
        _ => vec![],
    });
    let call = Call::within(Duration::from_millis(3500));
    assert_eq!(
        busy.exchange(7, &AskState, &call),
        Err(Failure::Ended(Error::Timeout))
    );
}

#[test]
fn notices_are_told_once_in_order_and_a_gap_leaves_a_doubt() {
    let told = Arc::new(AtomicUsize::new(0));
    let ear = Arc::clone(&told);
    let notices = [1, 1, 2, 4].map(|number| word([2, number, 1, 0]));
    let wire = FakeWire {
        device: Box::new(|_| vec![]),
        coming: notices.into(),
    };
    let mut line = Line::new(
        Box::new(wire),
        Box::new(move |kind| {
            assert_eq!(kind, NoticeKind::CardIn);
            ear.fetch_add(1, Ordering::Relaxed);
        }),
    );
    for (heard, doubt) in [(1, false), (1, false), (2, false), (3, true)] {
        line.listen(&soon()).unwrap();
        assert_eq!(told.load(Ordering::Relaxed), heard);
        assert_eq!(line.take_doubt(), doubt);
    }
}

#[test]
fn a_restart_ends_what_has_a_session_and_nothing_else() {
    let mut line = line(|report| {
        let number = report[1];
        vec![word([2, 0, 5, 0]), answer(number, &CARD_IS_THERE)]
    });
    assert_eq!(
        line.exchange(7, &AskState, &soon()),
        Err(Failure::Refused(Code::NO_SESSION))
    );
    assert!(line.take_restart());
    assert_eq!(line.exchange(0, &AskState, &soon()), Ok(STATE));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a device says, a call ends in time, and an APDU goes out once.
    #[test]
    fn nothing_holds_a_call_or_doubles_an_apdu(
        replies in prop::collection::vec(
            (1..5u8, 0..3u8, 0..3u8, prop::collection::vec(any::<u8>(), 0..70), any::<bool>()), 0..20),
    ) {
        let mut sent = 0;
        let mut replies = VecDeque::from(replies);
        let mut line = line(move |report| {
            if report[0] == 1 {
                sent += 1;
                assert_eq!(sent, 1, "an APDU was sent again");
            }
            let Some((id, number, kind, mut bytes, right)) = replies.pop_front() else {
                return vec![];
            };
            if bytes.len() > 5 {
                bytes[..3].copy_from_slice(&[id, number, kind]);
                if right {
                    bytes.resize(LEN, 0);
                    let crc = crc16(&bytes[..4]).to_be_bytes();
                    bytes[4..6].copy_from_slice(&crc);
                }
            }
            vec![bytes.clone(), bytes]
        });
        let since = Instant::now();
        let ended = line.exchange(7, &VERIFY, &Call::within(Duration::from_millis(40)));
        prop_assert!(ended.is_err());
        prop_assert!(since.elapsed() < Duration::from_secs(2));
    }
}
