//! Panasonic: reports, fragments, texts, on both sides.

use madoguchi_driver_panasonic::codec::{
    DATA_LEN, Kind, MAX_FRAGMENTS, REPORT_LEN, Report, read_texts, text,
};
use madoguchi_driver_panasonic::message::{Assembly, Code};

use crate::device::Device;
use crate::feed::Feed;

/// Reports in both directions, proper ones and others.
pub fn panasonic(data: &[u8]) {
    let mut feed = Feed::new(data);
    let mut device = Device::new("panasonic", feed.byte());
    let mut assembly = Assembly::new(u16::from(feed.byte()), Code::Identify);
    while !feed.is_empty() {
        match feed.byte() % 8 {
            0 => decode(&feed.array::<REPORT_LEN>()),
            1 => decode(feed.chunk()),
            2 => device.receive(&feed.array::<REPORT_LEN>()),
            3 => device.receive(feed.chunk()),
            4 => texts(&mut feed),
            5 => device.act(&mut feed),
            6 => {
                let (transaction, index, count) = (u16::from(feed.byte()), feed.byte(), feed.byte());
                let code = Code::Identify as u8;
                let report = Report::new(
                    Kind::Reply,
                    transaction,
                    code,
                    (index, count),
                    feed.byte(),
                    feed.chunk(),
                );
                if let Ok(report) = report {
                    put_together(&mut assembly, report);
                }
            }
            _ => {
                let (transaction, code, index, count) = (feed.word(), feed.byte(), feed.byte(), feed.byte());
                if let Ok(report) =
                    Report::new(Kind::Command, transaction, code, (index, count), 0, feed.chunk())
                {
                    decode(report.as_bytes());
                    device.receive(report.as_bytes());
                }
            }
        }
        for said in device.said() {
            let read = Report::decode(&said);
            let read = read.unwrap_or_else(|damage| unreachable!("the device says nonsense: {damage}"));
            assert_ne!(read.kind(), Some(Kind::Command), "the device commands");
        }
    }
}

fn decode(bytes: &[u8]) {
    let Ok(report) = Report::decode(bytes) else {
        return;
    };
    assert!(report.data().len() <= DATA_LEN && report.index() < report.count());
    assert_eq!(&report.as_bytes()[..], bytes);
    let Some(kind) = report.kind() else {
        unreachable!("a report of no kind");
    };
    let again = Report::new(
        kind,
        report.transaction(),
        report.code(),
        (report.index(), report.count()),
        report.status(),
        report.data(),
    );
    assert!(
        again.is_ok_and(|again| again == report),
        "written anew it is another"
    );
}

/// A reply is whole or is none, and is not there twice.
fn put_together(assembly: &mut Assembly, report: Report) {
    let (index, count, status) = (report.index(), report.count(), report.status());
    let Some(reply) = assembly.push(report.clone()) else {
        return;
    };
    assert_eq!(index + 1, count, "whole before its last fragment");
    assert_eq!(reply.fragments.len(), usize::from(count));
    assert!(reply.fragments.len() <= MAX_FRAGMENTS);
    assert_eq!(reply.status, status);
    assert!(
        reply
            .fragments
            .last()
            .is_some_and(|last| last[..] == *report.data())
    );
    assert!(
        count == 1 || assembly.push(report).is_none(),
        "a reply taken twice"
    );
    let _ = read_texts(reply.fragments.iter().skip(1).map(|data| data.as_slice()));
}

fn texts(feed: &mut Feed<'_>) {
    let raw: Vec<&[u8]> = (0..feed.byte() % 6).map(|_| feed.chunk()).collect();
    let Some(texts) = read_texts(raw.iter().copied()) else {
        return;
    };
    let lines: Vec<_> = texts.iter().flat_map(|(role, line)| text(*role, line)).collect();
    assert!(lines.iter().all(|line| line.len() <= DATA_LEN));
    assert_eq!(read_texts(lines.iter().map(Vec::as_slice)), Some(texts));
}
