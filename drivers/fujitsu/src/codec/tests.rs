use std::borrow::Cow;

use proptest::prelude::*;

use super::Malformed;
use super::assembly::Assembly;
use super::crc::crc16;
use super::message::{Field, answer, request};
use super::report::{
    self, Fate, Incoming, LEN, MAX_MESSAGE, MIN_MESSAGE, Notice, NoticeKind, Order, ROOM, Report,
};

/// The bytes of an answer, as the device writes them.
fn answered(command: u8, code: u16, fields: &[Field<'_>]) -> Vec<u8> {
    // A request differs by the bit of the answer and by what its second and third byte mean.
    let mut bytes = request(command | 0x80, code, fields).to_vec();
    let content = bytes.len() - 2;
    let crc = crc16(&bytes[..content]);
    bytes[content..].copy_from_slice(&crc.to_be_bytes());
    bytes
}

fn feed<'r>(
    assembly: &mut Assembly,
    reports: impl IntoIterator<Item = &'r Report>,
) -> Result<Option<Vec<u8>>, Malformed> {
    let mut whole = None;
    for report in reports {
        let Incoming::Segment(segment) = report::read(&report[..])? else {
            panic!("a segment was written")
        };
        if let Some(message) = assembly.take(segment)? {
            assert!(whole.is_none(), "a message is whole once");
            whole = Some(message.to_vec());
        }
    }
    Ok(whole)
}

fn word(id: u8, number: u8, kind: u8, argument: u8) -> [u8; LEN] {
    let mut report = [0; LEN];
    report[..4].copy_from_slice(&[id, number, kind, argument]);
    let crc = crc16(&report[..4]).to_be_bytes();
    report[4..6].copy_from_slice(&crc);
    report
}

fn fields() -> impl Strategy<Value = Vec<(u8, Vec<u8>)>> {
    prop::collection::vec((any::<u8>(), prop::collection::vec(any::<u8>(), 0..300)), 0..8)
}

proptest! {
    #[test]
    fn whatever_is_sent_arrives(number in 1..=u8::MAX, fields in fields(), code in any::<u16>(), command in 0..0x80u8) {
        let borrowed: Vec<Field<'_>> = fields.iter().map(|(tag, value)| (*tag, Cow::from(value))).collect();
        let bytes = answered(command, code, &borrowed);
        let reports: Vec<_> = report::segments(number, &bytes).unwrap().collect();
        prop_assert_eq!(reports.len(), bytes.len().div_ceil(ROOM));
        let whole = feed(&mut Assembly::new(number), &reports).unwrap().unwrap();
        let read = answer(&whole).unwrap();
        prop_assert_eq!((read.command, read.code), (command, code));
        let got: Vec<_> = read.fields.iter().map(|(tag, value)| (tag, value.to_vec())).collect();
        prop_assert_eq!(got, fields);
    }

    #[test]
    fn duplicated_reports_change_nothing(len in MIN_MESSAGE..2000usize, twice in prop::collection::vec(any::<bool>(), 40)) {
        let message: Vec<u8> = (0..len).map(|at| at as u8).collect();
        let reports: Vec<_> = report::segments(7, &message).unwrap().collect();
        let last = reports.len() - 1;
        // The last one's duplicate comes after the end: it belongs to nothing.
        let line = reports.iter().enumerate().flat_map(|(at, report)| {
            std::iter::repeat_n(report, if at < last && twice[at] { 2 } else { 1 })
        });
        prop_assert_eq!(feed(&mut Assembly::new(7), line).unwrap(), Some(message));
    }

    #[test]
    fn a_lost_report_is_noticed_and_a_repetition_mends_it(len in 3 * ROOM..2000usize, lost in any::<prop::sample::Index>()) {
        let message: Vec<u8> = (0..len).map(|at| at as u8).collect();
        let reports: Vec<_> = report::segments(7, &message).unwrap().collect();
        let lost = lost.index(reports.len() - 1);
        let mut assembly = Assembly::new(7);
        let rest = reports.iter().enumerate().filter(|(at, _)| *at != lost).map(|(_, report)| report);
        match feed(&mut assembly, rest) {
            Err(Malformed::Gap) => prop_assert!(lost > 0),
            // Without its beginning it is no message.
            Ok(None) => prop_assert_eq!(lost, 0),
            other => prop_assert!(false, "{:?}", other),
        }
        assembly.restart();
        // What was still under way is skipped until the repetition begins.
        let line = reports[lost + 1..].iter().chain(&reports);
        prop_assert_eq!(feed(&mut assembly, line).unwrap(), Some(message));
    }

    #[test]
    fn a_flipped_bit_is_noticed(fields in fields(), at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let borrowed: Vec<Field<'_>> = fields.iter().map(|(tag, value)| (*tag, Cow::from(value))).collect();
        let mut bytes = answered(0x21, 0, &borrowed);
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert_eq!(answer(&bytes).err(), Some(Malformed::Checksum));
    }

    #[test]
    fn any_bytes_are_read_or_refused(reports in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..50)) {
        let mut assembly = Assembly::new(1);
        for bytes in reports {
            if let Ok(Incoming::Segment(segment)) = report::read(&bytes)
                && let Ok(Some(message)) = assembly.take(segment)
            {
                let _ = answer(&message);
            }
        }
    }

    #[test]
    fn any_reports_are_read_or_refused(
        reports in prop::collection::vec((1..4u8, 0..3u8, 0..4u8, 0..300u16, any::<u8>()), 0..200),
    ) {
        let mut assembly = Assembly::new(1);
        for (id, number, index, total, fill) in reports {
            let mut bytes = [fill; LEN];
            bytes[..3].copy_from_slice(&[id, number, index]);
            bytes[3..5].copy_from_slice(&total.to_be_bytes());
            if let Ok(Incoming::Segment(segment)) = report::read(&bytes)
                && let Ok(Some(message)) = assembly.take(segment)
            {
                prop_assert!((MIN_MESSAGE..=300).contains(&message.len()));
                let _ = answer(&message);
            }
        }
    }

    #[test]
    fn any_message_is_read_or_refused(mut content in prop::collection::vec(any::<u8>(), 0..200)) {
        let crc = crc16(&content);
        content.extend_from_slice(&crc.to_be_bytes());
        if let Ok(read) = answer(&content) {
            let total: usize = read.fields.iter().map(|(_, value)| value.len() + 3).sum();
            prop_assert_eq!(total + 5, content.len());
        }
    }
}

#[test]
fn the_longest_message_has_256_segments_and_a_longer_one_is_refused() {
    let longest = vec![1; MAX_MESSAGE];
    let reports: Vec<_> = report::segments(1, &longest).unwrap().collect();
    assert_eq!(reports.len(), 256);
    assert_eq!(feed(&mut Assembly::new(1), &reports).unwrap(), Some(longest));
    for len in [MAX_MESSAGE + 1, 0x1_0000, 0x1_0005] {
        assert_eq!(
            report::segments(1, &vec![1; len]).err(),
            Some(Malformed::TooLong(len))
        );
    }
}

#[test]
fn short_words_are_read() {
    let notice = |number, kind| Incoming::Notice(Notice { number, kind });
    let cases = [
        (word(2, 9, 1, 0), notice(9, NoticeKind::CardIn)),
        (word(2, 9, 2, 0), notice(9, NoticeKind::CardOut)),
        (word(2, 9, 3, 0), notice(9, NoticeKind::Touched)),
        (word(2, 9, 4, 3), notice(9, NoticeKind::Button(3))),
        (word(2, 0, 5, 0), notice(0, NoticeKind::Restarted)),
        (word(2, 9, 99, 0), notice(9, NoticeKind::Other(99))),
        (word(3, 8, 3, 0), Incoming::Fate(8, Fate::Running)),
        (word(3, 8, 4, 0), Incoming::Fate(8, Fate::Unknown)),
    ];
    for (report, expected) in cases {
        assert!(report::read(&report) == Ok(expected));
        let mut spoilt = report;
        spoilt[2] ^= 1;
        assert!(report::read(&spoilt) == Err(Malformed::Checksum));
    }
    assert!(report::read(&word(3, 8, 1, 0)) == Err(Malformed::Operation(1)));
    assert!(report::read(&word(4, 8, 1, 0)) == Err(Malformed::ReportId(4)));
    assert!(report::read(&word(2, 9, 1, 0)[..32]) == Err(Malformed::Length(32)));
}

#[test]
fn orders_are_what_the_document_says() {
    let abort = report::order(0x2A, Order::Abort);
    assert_eq!(abort[..4], [3, 0x2A, 1, 0]);
    assert_eq!(abort[4..6], crc16(&[3, 0x2A, 1, 0]).to_be_bytes());
    assert_eq!(report::order(0x2A, Order::Repeat)[2], 2);
}

#[test]
fn a_request_is_as_long_as_its_buffer() {
    let fields = [
        (0x31, Cow::Borrowed(&b"9731"[..])),
        (0x40, Cow::Owned(vec![0; 100])),
    ];
    let bytes = request(0x21, 7, &fields);
    assert_eq!(bytes[..3], [0x21, 0, 7]);
    assert_eq!(
        bytes.capacity(),
        bytes.len(),
        "a buffer that grows leaves copies behind"
    );
}
