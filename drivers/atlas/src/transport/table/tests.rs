use madoguchi_driver_api::Error;
use madoguchi_driver_api::visit::Progress;
use proptest::prelude::*;

use super::*;
use crate::codec::Deframer;

fn frame(body: &[u8]) -> Option<Frame> {
    let mut bytes = (body.len() as u32).to_be_bytes().to_vec();
    bytes.extend(body);
    let mut frame = None;
    Deframer::new()
        .take(&bytes, &mut |whole| frame = Some(whole))
        .ok()?;
    frame
}

fn hear(table: &mut Table, text: &str) -> Result<(), Error> {
    table.hear(frame(text.as_bytes()).unwrap())
}

fn is_protocol(result: &Result<(), Error>) -> bool {
    matches!(result, Err(Error::Protocol { .. }))
}

const HELLO: &str = r#"{"note":"hello","with":{"service":"s","version":"5","instance":"i","protocol":{"min":2,"max":3},"beat_ms":1000}}"#;

fn unit(handle: u32) -> String {
    format!(
        r#"{{"handle":{handle},"serial":"S{handle}","port":"p","name":"n","model":"m","firmware":"f","generation":2,"features":["visit"],"card":false}}"#
    )
}

fn open() -> Table {
    let mut table = Table::new();
    hear(&mut table, HELLO).unwrap();
    table.list(vec![]).unwrap();
    hear(&mut table, &attached(1)).unwrap();
    table
}

fn attached(handle: u32) -> String {
    format!(r#"{{"note":"attached","with":{{"device":{}}}}}"#, unit(handle))
}

#[test]
fn a_request_has_one_answer_and_takes_its_notes_first() {
    let mut table = open();
    table.ask(1);
    hear(
        &mut table,
        r#"{"note":"progress","of":1,"with":{"stage":"verifying"}}"#,
    )
    .unwrap();
    hear(&mut table, r#"{"id":1,"ok":{}}"#).unwrap();
    assert_eq!(table.take_its_note(1), Some(Note::Progress(Progress::Verifying)));
    assert!(table.take_reply(1).is_some() && table.take_reply(1).is_none());
    assert!(
        is_protocol(&hear(&mut table, r#"{"id":1,"ok":{}}"#)),
        "a second answer"
    );
}

#[test]
fn a_second_answer_is_noticed_also_before_the_first_was_taken() {
    let mut table = open();
    table.ask(1);
    hear(&mut table, r#"{"id":1,"ok":{}}"#).unwrap();
    assert!(is_protocol(&hear(&mut table, r#"{"id":1,"no":{"code":2002}}"#)));
    assert!(
        is_protocol(&hear(&mut table, r#"{"id":7,"ok":{}}"#)),
        "to nothing"
    );
}

#[test]
fn what_was_called_off_may_be_answered_late_but_once() {
    let mut table = open();
    table.ask(1);
    table.stop(1).unwrap();
    assert!(table.is_stopping(1));
    hear(
        &mut table,
        r#"{"note":"progress","of":1,"with":{"stage":"signing"}}"#,
    )
    .unwrap();
    hear(&mut table, r#"{"id":1,"no":{"code":5001}}"#).unwrap();
    assert!(!table.is_stopping(1) && table.take_reply(1).is_none());
    assert!(is_protocol(&hear(&mut table, r#"{"id":1,"ok":{}}"#)));
    table.ask(2);
    hear(&mut table, r#"{"id":2,"ok":{}}"#).unwrap();
    table.stop(2).unwrap();
    assert!(!table.is_stopping(2), "it was answered already");
}

#[test]
fn a_service_that_never_stops_what_is_called_off_is_given_up() {
    let mut table = open();
    let stopped = (1..).take(MAX_STOPPED + 1).map(|id| {
        table.ask(id);
        table.stop(id)
    });
    let results: Vec<_> = stopped.collect();
    assert_eq!(results.last(), Some(&Err(Error::ServiceUnavailable)));
    assert!(results[..MAX_STOPPED].iter().all(Result::is_ok));
}

#[test]
fn devices_come_and_go_also_while_the_list_is_being_read() {
    let mut table = Table::new();
    hear(&mut table, HELLO).unwrap();
    hear(&mut table, &attached(2)).unwrap();
    hear(&mut table, r#"{"note":"detached","with":{"handle":1}}"#).unwrap();
    hear(
        &mut table,
        r#"{"note":"card","device":2,"with":{"present":true}}"#,
    )
    .unwrap();
    assert!(table.units().is_empty());
    let first = serde_json::from_str(&unit(1)).unwrap();
    table.list(vec![first]).unwrap();
    let [second] = table.units() else {
        panic!("{:?}", table.units());
    };
    assert!(second.handle == 2 && second.card);
    assert_eq!(table.take_note(2), Some(Note::Card { present: true }));
    hear(&mut table, r#"{"note":"touched","device":1}"#).unwrap();
    assert!(!table.has_note(1), "it is not there any more");
}

#[test]
fn too_much_of_anything_ends_it() {
    let mut table = open();
    let touched = r#"{"note":"touched","device":1}"#;
    for _ in 0..=MAX_NOTES {
        hear(&mut table, touched).unwrap();
    }
    hear(
        &mut table,
        r#"{"note":"card","device":1,"with":{"present":true}}"#,
    )
    .unwrap();
    let notes: Vec<_> = std::iter::from_fn(|| table.take_note(1)).collect();
    assert_eq!(notes.len(), MAX_NOTES);
    assert_eq!(notes.last(), Some(&Note::Card { present: true }));
    table.ask(1);
    let progress = r#"{"note":"progress","of":1,"with":{"stage":"signing"}}"#;
    let mut heard = (0..=MAX_NOTES).map(|_| hear(&mut table, progress));
    assert!(is_protocol(&heard.find(Result::is_err).unwrap()));
    let mut table = open();
    for handle in 2..=MAX_UNITS as u32 {
        hear(&mut table, &attached(handle)).unwrap();
    }
    assert!(is_protocol(&hear(&mut table, &attached(9_999))));
    assert!(is_protocol(&hear(&mut table, HELLO)), "a second greeting");
}

#[test]
fn the_first_reason_counts() {
    let mut table = open();
    table.lose(protocol("garbage"));
    table.lose(Error::ServiceUnavailable);
    assert!(matches!(table.lost(), Some(Error::Protocol { .. })));
}

proptest! {
    #[test]
    fn nothing_that_comes_makes_it_panic_or_grow_without_bound(
        said in prop::collection::vec((0_u32..4, 0_u32..6, any::<Vec<u8>>()), 0..200),
    ) {
        let mut table = open();
        for id in 0..4 {
            table.ask(id);
        }
        for (id, kind, garbage) in said {
            let text = match kind {
                0 => format!(r#"{{"id":{id},"ok":{{}}}}"#).into_bytes(),
                1 => format!(r#"{{"note":"progress","of":{id},"with":{{"stage":"signing"}}}}"#).into_bytes(),
                2 => attached(id).into_bytes(),
                3 => format!(r#"{{"note":"detached","with":{{"handle":{id}}}}}"#).into_bytes(),
                4 => format!(r#"{{"note":"card","device":{id},"with":{{"present":true}}}}"#).into_bytes(),
                _ => garbage,
            };
            if let Some(frame) = frame(&text)
                && table.hear(frame).is_err()
            {
                break;
            }
        }
        prop_assert!(table.units().len() <= MAX_UNITS);
        prop_assert!(table.notes.values().all(|notes| notes.len() <= MAX_NOTES));
        prop_assert!(table.requests.len() <= 4);
    }
}
