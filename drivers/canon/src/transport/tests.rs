use std::collections::VecDeque;

use madoguchi_driver_api::CancelFlag;
use minicbor::Encoder;

use super::*;
use crate::commands::{AcceptVisual, Exchange, Exchanged, Hello, InField, Targets};
use crate::error::Status;

const APDU: Exchange<'_> = Exchange {
    target: 1,
    apdu: &[0x00, 0x20, 0x00, 0x80],
};

/// A device that answers by a script: each request's id and operation in, stream bytes out.
struct Script<F> {
    answer: F,
    inbox: Inbox,
    outbox: Outbox,
    ready: VecDeque<Vec<u8>>,
}

fn line(answer: impl FnMut(u16, u16) -> Vec<u8> + Send + 'static) -> Line {
    Line::new(Box::new(Script {
        answer,
        inbox: Inbox::default(),
        outbox: Outbox::default(),
        ready: VecDeque::new(),
    }))
}

impl<F: FnMut(u16, u16) -> Vec<u8> + Send> Reports for Script<F> {
    fn send(&mut self, report: &[u8], _: &Call) -> Result<(), Api> {
        let (outbox, answer, ready) = (&mut self.outbox, &mut self.answer, &mut self.ready);
        self.inbox.report(report, &mut |heard| {
            if let Heard::Message(message) = heard {
                // A request has the form of a response: its operation is where the status is.
                let Head::Response { id, status, .. } = head(&message).unwrap() else {
                    panic!("not a request");
                };
                let stream = answer(id, status);
                ready.extend(outbox.reports(&stream).map(|report| report.to_vec()));
            }
        });
        Ok(())
    }

    fn receive(&mut self, report: &mut Vec<u8>, call: &Call) -> Result<(), Api> {
        report.clear();
        if let Some(next) = self.ready.pop_front() {
            report.extend(next);
            return Ok(());
        }
        while call.check().is_ok() {
            std::thread::sleep(Duration::from_millis(1));
        }
        call.check()
    }
}

fn response(id: u16, status: u8, result: impl minicbor::Encode<()>) -> Vec<u8> {
    let mut message = Vec::new();
    let mut encoder = Encoder::new(&mut message);
    encoder.array(3).unwrap().u16(id).unwrap().u8(status).unwrap();
    encoder.encode(result).unwrap();
    seal(&message).unwrap().to_vec()
}

fn done(id: u16) -> Vec<u8> {
    response(id, 0, AcceptVisual {})
}

fn begun(mut answer: impl FnMut(u16, u16) -> Vec<u8> + Send + 'static) -> Line {
    let mut line = line(move |id, operation| {
        if operation == 1 {
            done(id)
        } else {
            answer(id, operation)
        }
    });
    line.request(&Hello { nonce: 1 }, &second()).unwrap();
    while line.next_event().is_some() {}
    line
}

fn second() -> Call {
    Call::within(Duration::from_secs(1))
}

fn refusal(error: Result<Response, Error>) -> Error {
    error.err().unwrap()
}

#[test]
fn a_response_is_the_one_with_the_request_s_id() {
    let mut line = begun(|id, operation| {
        assert_eq!(operation, 16);
        let mut stream = response(id.wrapping_sub(1), 5, AcceptVisual {});
        stream.extend(event(3));
        stream.extend(done(id));
        stream
    });
    line.request(&Targets {}, &second()).unwrap();
    assert_eq!(line.next_event(), Some(Event::Touched));
    assert_eq!(line.next_event(), None);
}

fn event(code: u8) -> Vec<u8> {
    seal(&[0x83, 0x00, code, 0xA0]).unwrap().to_vec()
}

#[test]
fn refusals_are_told_with_the_trouble_s_code() {
    let mut line = begun(|id, _| {
        response(
            id,
            15,
            [(1, 77)]
                .into_iter()
                .collect::<std::collections::BTreeMap<u8, u8>>(),
        )
    });
    let error = refusal(line.request(&Targets {}, &second()));
    assert!(error.is(Status::Trouble(77)), "{error}");
}

#[test]
fn damage_ends_a_call_of_a_device_that_cannot_repeat_itself() {
    for spoil in [spoilt, half, noise] {
        let since = Instant::now();
        let mut line = begun(move |id, operation| if operation == 7 { done(id) } else { spoil(done(id)) });
        let error = refusal(line.request(&APDU, &second()));
        assert!(matches!(error, Error::Damaged { operation: 18, .. }), "{error}");
        assert!(since.elapsed() < Duration::from_millis(500));
    }
}

fn spoilt(mut frame: Vec<u8>) -> Vec<u8> {
    frame[5] ^= 1;
    frame
}

fn half(mut frame: Vec<u8>) -> Vec<u8> {
    frame.truncate(6);
    frame
}

fn noise(_: Vec<u8>) -> Vec<u8> {
    vec![0x5A; 100]
}

#[test]
fn a_device_that_can_is_asked_for_its_answer_once_more_and_never_to_do_it_again() {
    for spoil in [spoilt, half, noise] {
        let mut first = 0;
        let mut line = begun(move |id, operation| match operation {
            18 => {
                assert_eq!(first, 0, "sent twice");
                first = id;
                spoil(answered(id))
            }
            8 => [answered(first), done(id)].concat(),
            other => panic!("{other}"),
        });
        line.set_recall(true);
        let answer = line.request(&APDU, &second()).unwrap();
        assert_eq!(answer.decode::<Exchanged<'_>>().unwrap().apdu, [0x3B]);
    }
}

fn answered(id: u16) -> Vec<u8> {
    response(
        id,
        0,
        [(1_u8, minicbor::bytes::ByteVec::from(vec![0x3B]))]
            .into_iter()
            .collect::<std::collections::BTreeMap<_, _>>(),
    )
}

#[test]
fn what_is_lost_for_good_is_lost() {
    let mut line = begun(|id, operation| match operation {
        18 => noise(vec![]),
        8 => response(id, 12, AcceptVisual {}),
        _ => done(id),
    });
    line.set_recall(true);
    let error = refusal(line.request(&APDU, &second()));
    assert!(matches!(error, Error::Lost { operation: 18 }), "{error}");
}

#[test]
fn only_what_changes_nothing_is_sent_again() {
    for (can_recall, spoil) in [(true, noise as fn(Vec<u8>) -> Vec<u8>), (false, spoilt)] {
        let mut sent = 0;
        let mut line = begun(move |id, operation| match operation {
            16 => {
                sent += 1;
                if sent == 1 { spoil(done(id)) } else { done(id) }
            }
            8 => response(id, 12, AcceptVisual {}),
            other => panic!("{other}"),
        });
        line.set_recall(can_recall);
        line.request(&Targets {}, &second()).unwrap();
    }
}

#[test]
fn damage_beside_a_pending_request_does_not_end_it() {
    let mut recalls = 0;
    let mut asked = 0;
    let mut line = begun(move |id, operation| match operation {
        18 => {
            asked = id;
            noise(vec![])
        }
        8 => {
            recalls += 1;
            let pending = response(id, 13, AcceptVisual {});
            // The answer comes later by itself.
            [pending, answered(asked)].concat()
        }
        other => panic!("{other} after {recalls}"),
    });
    line.set_recall(true);
    line.request(&APDU, &second()).unwrap();
}

#[test]
fn a_call_that_is_called_off_is_stopped_on_the_device() {
    let (said, heard) = std::sync::mpsc::sync_channel(8);
    let mut line = begun(move |id, operation| {
        said.send(operation).unwrap();
        if operation == 7 {
            [response(id - 1, 8, AcceptVisual {}), done(id)].concat()
        } else {
            vec![]
        }
    });
    let flag = CancelFlag::default();
    let call = Call::new(Instant::now() + Duration::from_secs(9), flag.clone());
    let canceller = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        flag.cancel();
        Instant::now()
    });
    let error = refusal(line.request(&APDU, &call));
    assert!(canceller.join().unwrap().elapsed() < Call::PATIENCE);
    assert!(matches!(error, Error::Ended(Api::Cancelled)), "{error}");
    assert_eq!(heard.try_iter().collect::<Vec<_>>(), [18, 7]);
    let error = refusal(line.request(&APDU, &Call::within(Duration::from_millis(30))));
    assert!(matches!(error, Error::Ended(Api::Timeout)), "{error}");
    assert_eq!(heard.try_iter().collect::<Vec<_>>(), [18, 7]);
}

#[test]
fn a_device_that_says_nothing_is_not_waited_for_long() {
    let mut line = begun(|_, _| vec![]);
    let since = Instant::now();
    let error = refusal(line.request(&Targets {}, &Call::within(Duration::from_secs(60))));
    assert!(matches!(error, Error::Silent { operation: 16 }), "{error}");
    assert!(since.elapsed() < 10 * QUICK);
}

#[test]
fn a_restart_in_mid_call_ends_it() {
    let mut line = begun(|id, _| done(id));
    line.request(&Targets {}, &second()).unwrap();
    line.inbox.report(&[0; LEN], &mut |_| {});
    let mut began = [0; LEN];
    began[1] = 9;
    began[2..11].copy_from_slice(&event(3)[..9]);
    let mut progress = Progress::default();
    line.reports = Box::new(Once(Some(began.to_vec())));
    line.listen(&second(), 1, 0, &mut progress).unwrap();
    assert!(progress.began);
    assert_eq!(line.next_event(), Some(Event::Restarted));
}

struct Once(Option<Vec<u8>>);

impl Reports for Once {
    fn send(&mut self, _: &[u8], _: &Call) -> Result<(), Api> {
        Ok(())
    }

    fn receive(&mut self, report: &mut Vec<u8>, _: &Call) -> Result<(), Api> {
        report.clear();
        report.extend(self.0.take().ok_or(Api::Timeout)?);
        Ok(())
    }
}

#[test]
fn an_answer_that_is_not_of_its_form_is_an_error_of_protocol() {
    let mut line = begun(|id, _| response(id, 0, [1_u8, 2]));
    let response = line.request(&Targets {}, &second()).unwrap();
    let error = response.decode::<InField>().err().unwrap();
    assert!(matches!(Api::from(error), Api::Protocol { .. }));
}
