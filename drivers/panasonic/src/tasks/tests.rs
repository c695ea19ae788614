//! Tasks on a device that forgets, mumbles or is called off.

use std::time::{Duration, Instant};

use madoguchi_driver_api::CancelFlag;

use super::*;
use crate::transport::tests::{Scripted, event, reply};

fn tasks(answers: impl IntoIterator<Item = Vec<Vec<u8>>>) -> Tasks<Scripted> {
    let wire = Scripted {
        answers: answers.into_iter().collect(),
        ..Scripted::default()
    };
    Tasks::new(Conversation::new(wire, 1))
}

fn show() -> Message {
    Message::new(Code::Show, &[0; 7])
}

fn shown() -> Vec<u8> {
    reply(Code::Show, 0, &[])
}

fn fetched(data: &[u8]) -> Vec<u8> {
    reply(Code::Fetch, 0, data)
}

fn cleared() -> Vec<Vec<u8>> {
    vec![reply(Code::Clear, 0, &[])]
}

fn call() -> Call {
    Call::within(Duration::from_secs(5))
}

fn codes(tasks: &Tasks<Scripted>) -> Vec<u8> {
    tasks.wire().sent.iter().map(|report| report.code()).collect()
}

#[test]
fn a_task_ends_when_a_person_ends_it() {
    let mut tasks = tasks([
        // An old task's end, then this one's.
        vec![shown(), event(1, 9, 1), event(1, 2, 2)],
        vec![fetched(&[1, 7])],
    ]);
    let end = tasks.run(&show(), &call(), || Ok(())).unwrap();
    assert!(matches!(end, End::Button(7)));
    assert_eq!(codes(&tasks), [0x02, 0x06], "the page stays");
}

#[test]
fn an_end_that_was_not_heard_is_noticed() {
    let mut spoiled = event(1, 2, 1);
    spoiled[10] ^= 1;
    let mut tasks = tasks([
        vec![shown(), spoiled],
        vec![fetched(&[0])],
        vec![fetched(&[1, 8])],
    ]);
    let end = tasks.run(&show(), &call(), || Ok(())).unwrap();
    assert!(matches!(end, End::Button(8)));
}

#[test]
fn a_forgotten_task_is_started_anew_but_not_for_ever() {
    let started = || vec![shown(), event(3, 0, 0)];
    let forgotten = || vec![reply(Code::Fetch, 4, &[])];
    let mut tasks_once = tasks([
        started(),
        forgotten(),
        vec![shown(), event(1, 4, 1)],
        vec![fetched(&[1, 7])],
    ]);
    assert!(matches!(
        tasks_once.run(&show(), &call(), || Ok(())),
        Ok(End::Button(7))
    ));
    let mut tasks_ever = tasks([vec![shown(), event(3, 0, 0)], forgotten()]);
    tasks_ever.wire_mut().answers.extend([
        vec![shown(), event(2, 0, 0), event(3, 0, 0)],
        forgotten(),
        vec![shown(), event(2, 0, 0), event(3, 0, 0)],
        forgotten(),
        cleared(),
    ]);
    assert_eq!(
        tasks_ever.run(&show(), &call(), || Ok(())).err(),
        Some(Error::Forgetful)
    );
    assert_eq!(codes(&tasks_ever).last(), Some(&0x07), "and taken back");
}

#[test]
fn what_is_called_off_is_taken_back_at_once() {
    let flag = CancelFlag::default();
    let call = Call::new(Instant::now() + Duration::from_secs(60), flag.clone());
    let mut tasks = tasks([vec![shown()], cleared()]);
    let mut cancelled = None;
    let result = tasks.run(&show(), &call, || {
        flag.cancel();
        cancelled.get_or_insert_with(Instant::now);
        Ok(())
    });
    assert_eq!(result.err(), Some(Error::Ended(Driver::Cancelled)));
    assert!(cancelled.is_some_and(|at| at.elapsed() < Call::PATIENCE));
    assert_eq!(codes(&tasks), [0x02, 0x07]);
    assert!(!tasks.untidy);
}

#[test]
fn what_could_not_be_cleared_is_cleared_later_or_replaced() {
    let mut tasks = tasks([vec![], vec![], cleared()]);
    tasks.clear();
    assert!(tasks.untidy);
    tasks.tidy();
    assert!(!tasks.untidy);
    tasks.tidy();
    assert_eq!(codes(&tasks), [7, 7, 7], "once is enough");
    tasks.untidy = true;
    tasks.wire_mut().answers.push_back(vec![shown()]);
    tasks.show(&show(), &call()).unwrap();
    assert!(!tasks.untidy);
}

#[test]
fn a_wait_ends_with_the_slot() {
    let mut tasks = tasks([vec![shown()], cleared()]);
    let result = tasks.run(&show(), &call(), || Err(Driver::ServiceUnavailable));
    assert_eq!(result.err(), Some(Error::Ended(Driver::ServiceUnavailable)));
    assert_eq!(codes(&tasks), [0x02, 0x07]);
}

#[test]
fn a_refused_task_is_an_error() {
    let mut tasks = tasks([vec![reply(Code::Show, 6, &[])], cleared()]);
    assert_eq!(
        tasks.run(&show(), &call(), || Ok(())).err(),
        Some(Error::Refused {
            command: Code::Show,
            status: 6
        })
    );
}
