use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use madoguchi_driver_api::CancelFlag;

use super::*;
use crate::codec::build;

/// A wire whose other end is a closure: what is written, and what comes back for it.
pub(crate) struct Script<R> {
    pub(crate) react: R,
    pub(crate) coming: VecDeque<u8>,
    pub(crate) written: SyncSender<Vec<u8>>,
}

impl<R: FnMut(&[u8]) -> Vec<u8> + Send> Wire for Script<R> {
    fn read(&mut self, room: &mut [u8], call: &Call) -> Result<usize, Error> {
        if self.coming.is_empty() {
            std::thread::sleep(call.remaining());
            return Err(Error::Timeout);
        }
        let count = room.len().min(self.coming.len());
        for (place, byte) in room.iter_mut().zip(self.coming.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8], call: &Call) -> Result<(), Error> {
        call.check()?;
        self.coming.extend((self.react)(bytes));
        // A test that does not look at it keeps no end of it.
        drop(self.written.try_send(bytes.to_vec()));
        Ok(())
    }

    fn change_speed(&mut self, _: u32) -> Result<(), Error> {
        Ok(())
    }
}

/// A link to somebody who reacts like that, and what was written to them.
pub(crate) fn link(react: impl FnMut(&[u8]) -> Vec<u8> + Send + 'static) -> (Link, Receiver<Vec<u8>>) {
    let (written, log) = sync_channel(1_000);
    let script = Script {
        react,
        coming: VecDeque::new(),
        written,
    };
    (Link::new(Box::new(script), 9_600), log)
}

fn soon() -> Call {
    Call::within(Duration::from_secs(5))
}

fn digit(digit: u8) -> Mark {
    Mark::parse(digit).unwrap()
}

/// What came back, one after another.
fn answers(answers: &[&[u8]]) -> impl FnMut(&[u8]) -> Vec<u8> + Send + 'static {
    let mut answers: VecDeque<Vec<u8>> = answers.iter().map(|answer| answer.to_vec()).collect();
    move |_| answers.pop_front().unwrap_or_default()
}

fn written(log: &Receiver<Vec<u8>>) -> Vec<Vec<u8>> {
    log.try_iter().collect()
}

fn frame(mark: u8, mnemonic: &str) -> Vec<u8> {
    build(digit(mark), Kind::Event, mnemonic, &[]).to_vec()
}

#[test]
fn a_stranger_is_sent_one_character() {
    for answer in [&b""[..], b"login: ", b"\x05", b"\x15-", b"\x06"] {
        let (mut link, log) = link(answers(&[answer]));
        assert_eq!(link.greet(&soon()), Ok(false));
        let said = written(&log);
        assert_eq!(said[0], [ENQ]);
        // Who enquires himself is acknowledged.
        assert_eq!(said.len() - 1, usize::from(answer == b"\x05"));
    }
}

#[test]
fn the_first_digit_follows_the_device_s_word() {
    let ready = build(Mark::NONE, Kind::Event, "RDY", &[]);
    let hello = [&ready[..], b"?\x067"].concat();
    let (mut link, log) = link(answers(&[&hello, b"\x068"]));
    assert_eq!(link.greet(&soon()), Ok(true));
    assert_eq!(link.send("ST", &[], &soon()), Ok(digit(b'8')));
    assert_eq!(written(&log)[1], *build(digit(b'8'), Kind::Command, "ST", &[]));
}

#[test]
fn a_frame_that_was_not_understood_is_sent_again_as_it_was() {
    let (mut link, log) = link(answers(&[b"\x15-", b"\x15-", b"\x060"]));
    assert_eq!(link.send("APD", &[b"00"], &soon()), Ok(digit(b'0')));
    let said = written(&log);
    assert_eq!(said.len(), 3);
    assert!(said.windows(2).all(|pair| pair[0] == pair[1]));
    let (mut link, _log) = self::link(answers(&[b"\x15-", b"\x15-", b"\x15-"]));
    assert_eq!(link.send("APD", &[], &soon()), Err(Fault::NotAccepted));
}

#[test]
fn a_lost_acknowledgement_is_asked_for_and_the_frame_not_sent_again() {
    let (mut link, log) = link(answers(&[b"", b"\x060"]));
    assert_eq!(link.send("APD", &[b"00"], &soon()), Ok(digit(b'0')));
    let said = written(&log);
    assert_eq!((said.len(), &said[1][..]), (2, &[ENQ][..]));
    // The device did not get it.
    let (mut link, log) = self::link(answers(&[b"", b"\x06-", b"\x060"]));
    assert_eq!(link.send("APD", &[b"00"], &soon()), Ok(digit(b'0')));
    assert_eq!(written(&log).len(), 3);
}

#[test]
fn nothing_is_sent_again_to_a_device_that_started_anew() {
    let (mut link, log) = link(answers(&[b"\x064", b"\x065", b"", b"\x06-", b"\x06-"]));
    assert_eq!(link.greet(&soon()), Ok(true));
    assert!(link.send("CON", &[], &soon()).is_ok());
    assert_eq!(link.send("APD", &[b"0020"], &soon()), Err(Fault::Restarted));
    assert_eq!(written(&log).iter().filter(|line| line.len() > 1).count(), 2);
    let ready = build(Mark::NONE, Kind::Event, "RDY", &[]).to_vec();
    let (mut link, _log) = self::link(answers(&[&ready]));
    assert_eq!(link.send("APD", &[], &soon()), Err(Fault::Restarted));
}

#[test]
fn who_says_nothing_is_silent() {
    let (mut link, log) = link(answers(&[]));
    assert_eq!(link.send("ST", &[], &soon()), Err(Fault::Silent));
    assert_eq!(written(&log).len(), 1 + ENQUIRIES.len());
}

#[test]
fn a_repeat_is_acknowledged_and_taken_once() {
    let twice = [frame(b'3', "TCH"), frame(b'3', "TCH"), frame(b'4', "TCH")].concat();
    let (mut link, log) = link(answers(&[&twice]));
    link.acknowledge(ACK, &soon()).unwrap();
    let until = || Instant::now() + Duration::from_millis(20);
    let mut taken = 0;
    while link.receive(until(), &soon()).unwrap().is_some() {
        taken += 1;
    }
    assert_eq!(taken, 2);
    assert_eq!(written(&log)[1..], [*b"\x063", *b"\x063", *b"\x064"]);
}

#[test]
fn what_cannot_be_read_is_refused_and_its_repeat_taken() {
    let mut bad = frame(b'3', "TCH");
    *bad.last_mut().unwrap() = b'x';
    let half = &frame(b'3', "TCH")[..5];
    for bad in [&bad[..], half] {
        let (mut link, log) = link(answers(&[bad, &frame(b'3', "TCH")]));
        link.acknowledge(ACK, &soon()).unwrap();
        let taken = link.receive(Instant::now() + Duration::from_secs(2), &soon());
        assert_eq!(taken.unwrap().map(|frame| frame.mark()), Some(digit(b'3')));
        assert_eq!(link.take_broken(), 1);
        assert_eq!(written(&log)[1..], [*b"\x15-", *b"\x063"]);
    }
}

#[test]
fn a_call_that_ends_leaves_a_question_that_the_next_one_asks() {
    let (mut link, log) = link(answers(&[b"", b"\x060", b"\x061"]));
    let flag = CancelFlag::default();
    let call = Call::new(Instant::now() + Duration::from_secs(5), flag.clone());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(20));
            flag.cancel();
        });
        assert_eq!(link.send("APD", &[], &call), Err(Error::Cancelled.into()));
    });
    assert_eq!(link.send("CAN", &[], &soon()), Ok(digit(b'1')));
    assert_eq!(written(&log)[1], [ENQ]);
}

#[test]
fn a_device_that_does_not_stop_talking_is_given_up() {
    let lots: Vec<u8> = (0..100_u8)
        .flat_map(|count| frame(b'0' + count % 10, "TCH"))
        .collect();
    let (mut link, _log) = link(answers(&[&lots]));
    assert_eq!(link.send("ST", &[], &soon()), Err(Fault::Flooded));
}
