//! Borders between our own processes: what plugins say, links to devices elsewhere, virtual readers, stages.

use madoguchi_core::screen::{Answer, FaceOutcome};
use madoguchi_core::visit::{Outcome, Plan, Progress};
use madoguchi_driver_abi::message;
use madoguchi_driver_api::{Error, Event};
use madoguchi_transport::hid::arrived::{Arrived, MAX_REPORT};
use madoguchi_twin::device::fuzzing::stage_line;
use madoguchi_twin::vpcd::frames::{Frames, framed};
use serde_json::Value;

use crate::feed::Feed;

/// Any bytes at any of the borders.
pub(super) fn border(feed: &mut Feed<'_>) {
    match feed.byte() % 8 {
        0 | 1 => link(feed),
        2 | 3 => vpcd(feed),
        4 => stage(feed.take(usize::MAX)),
        5 => messages(feed.take(usize::MAX)),
        _ => {
            let body = feed.take(usize::MAX);
            messages(&[br#"{"version":1,"body":"#, body, b"}"].concat());
        }
    }
}

/// In whatever pieces reports arrive, they are the same, and little is kept.
fn link(feed: &mut Feed<'_>) {
    let mut arrived = Arrived::default();
    let (mut stream, mut reports, mut lost) = (Vec::new(), Vec::new(), false);
    'line: while !feed.is_empty() {
        let piece = match feed.byte() % 3 {
            0 => feed.chunk().to_vec(),
            1 => {
                let report = feed.chunk();
                let head = u16::try_from(report.len()).unwrap_or(u16::MAX).to_be_bytes();
                [&head, report].concat()
            }
            // A long one, which the fuzzer need not spell out.
            _ => vec![feed.byte(); usize::from(feed.word()) % MAX_REPORT],
        };
        for read in piece.chunks(MAX_REPORT) {
            stream.extend_from_slice(read);
            arrived.add(read);
            loop {
                let mut report = Vec::new();
                match arrived.take(&mut report) {
                    Ok(true) => reports.push(report),
                    Ok(false) => break,
                    Err(error) => {
                        assert_eq!(error, Error::ReaderRemoved);
                        lost = true;
                        break 'line;
                    }
                }
            }
            assert!(arrived.len() < 2 + MAX_REPORT, "{} bytes are kept", arrived.len());
        }
    }
    let mut rest = &stream[..];
    for report in &reports {
        let (head, behind) = rest.split_at(2);
        let (body, behind) = behind.split_at(report.len());
        assert!(
            report.len() <= MAX_REPORT && usize::from(u16::from_be_bytes([head[0], head[1]])) == report.len()
        );
        assert_eq!(body, report);
        rest = behind;
    }
    // What is left is half a report, or one that is too long where the line was given up for that.
    let next = rest
        .first_chunk::<2>()
        .map(|head| usize::from(u16::from_be_bytes(*head)));
    assert_eq!(lost, next.is_some_and(|len| len > MAX_REPORT));
    assert!(
        lost || next.is_none_or(|len| rest.len() < 2 + len),
        "a whole report is not given out"
    );
}

fn vpcd(feed: &mut Feed<'_>) {
    let mut frames = Frames::default();
    let (mut sent, mut taken) = (Vec::new(), Vec::new());
    while !feed.is_empty() {
        let frame = feed.chunk();
        let Some(line) = framed(frame) else {
            unreachable!("a chunk is no longer than a frame");
        };
        sent.push(frame.to_vec());
        for piece in line.chunks(usize::from(feed.byte()).max(1)) {
            frames.add(piece);
            while let Some(frame) = frames.take() {
                taken.push(frame);
            }
        }
    }
    assert!(taken == sent, "frames are lost or doubled");
    assert!(frames.take().is_none());
}

fn stage(line: &[u8]) {
    if let Some(written) = stage_line(line) {
        assert_eq!(stage_line(&written), Some(written), "written anew it is another");
    }
}

/// What a plugin says is understood or refused, and what is understood stays the same when it is written anew.
fn messages(bytes: &[u8]) {
    macro_rules! again {
        ($name:literal, $read:expr) => {
            if let Ok(body) = $read(bytes) {
                let written = message::encode($name, &body);
                let same = written.and_then(|written| $read(&written));
                assert!(
                    same.is_ok_and(|same| same == body),
                    concat!($name, " changes when it is written anew")
                );
            }
        };
    }
    again!("readers", message::readers);
    again!("screen", message::screen);
    again!("PIN request", message::pin_request);
    again!("face request", message::face_request);
    again!("answer", |bytes: &[u8]| message::decode::<Answer>(
        "answer", bytes
    ));
    again!("face outcome", |bytes: &[u8]| message::decode::<FaceOutcome>(
        "face outcome",
        bytes
    ));
    again!("plan", |bytes: &[u8]| message::decode::<Plan>("plan", bytes));
    again!("progress", |bytes: &[u8]| message::decode::<Progress>(
        "progress", bytes
    ));
    again!("outcome", |bytes: &[u8]| message::decode::<Outcome>(
        "outcome", bytes
    ));
    if let Ok(Some(event)) = message::event(bytes) {
        let written = message::encode::<Event>("event", &event);
        assert!(written.is_ok_and(|written| message::event(&written) == Ok(Some(event))));
    }
    if let Err(Error::Protocol { detail }) = message::decode::<Value>("any", bytes) {
        assert!(detail.len() < 80, "a refusal quotes what was said");
    }
}
