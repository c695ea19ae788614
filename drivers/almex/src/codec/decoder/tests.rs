use proptest::prelude::*;

use super::super::frame::{Kind, build};
use super::*;

fn pieces(line: &[u8]) -> Vec<Piece> {
    let mut decoder = Decoder::default();
    line.iter().filter_map(|byte| decoder.feed(*byte)).collect()
}

fn frames(line: &[u8]) -> Vec<Frame> {
    pieces(line)
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Frame(frame) => Some(frame),
            _ => None,
        })
        .collect()
}

fn mark() -> impl Strategy<Value = Mark> {
    "[0-9-]".prop_map(|text| Mark::parse(text.as_bytes()[0]).unwrap())
}

fn kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(vec![Kind::Command, Kind::Response, Kind::Event])
}

/// Fields hold any byte but the separator.
fn fields() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let byte = any::<u8>().prop_map(|byte| if byte == US { 0 } else { byte });
    prop::collection::vec(prop::collection::vec(byte, 0..40), 0..6)
}

fn line(mark: Mark, kind: Kind, mnemonic: &str, fields: &[Vec<u8>]) -> Vec<u8> {
    let fields: Vec<&[u8]> = fields.iter().map(Vec::as_slice).collect();
    build(mark, kind, mnemonic, &fields).to_vec()
}

#[test]
fn the_line_is_as_the_protocol_writes_it() {
    let built = build(
        Mark::parse(b'7').unwrap(),
        Kind::Command,
        "APD",
        &[b"00A4", b"\x02"],
    );
    assert_eq!(&built[..], b"\x02000C7CAPD\x1F00A4\x1F\x10\x42\x0376");
    let frame = &frames(&built)[0];
    assert_eq!(frame.mnemonic(), b"APD");
    assert_eq!(frame.fields().collect::<Vec<_>>(), [&b"00A4"[..], b"\x02"]);
    assert_eq!(format!("{frame:?}").matches("00A4").count(), 0);
}

#[test]
fn acknowledgements_have_a_digit() {
    let digit = |byte| Mark::parse(byte).unwrap();
    assert_eq!(
        pieces(b"x\x063\x15-\x05\x06\x069"),
        [
            Piece::Accepted(digit(b'3')),
            Piece::Refused(Mark::NONE),
            Piece::Enquiry,
            Piece::Accepted(digit(b'9')),
        ]
    );
}

#[test]
fn what_is_no_frame_says_why() {
    let good = line(Mark::NONE.next(), Kind::Event, "CRD", &[b"1".to_vec()]);
    let mut wrong = good.clone();
    *wrong.last_mut().unwrap() ^= 1;
    let cases: [(&[u8], Flaw); 5] = [
        (&wrong, Flaw::Check),
        (b"\x020006\x06", Flaw::Control),
        (b"\x02\x1FFFF0CID\x03", Flaw::Length),
        (b"\x0200040CI9\x03", Flaw::Head),
        (b"\x02+0040CID\x03", Flaw::Length),
    ];
    for (bytes, flaw) in cases {
        let mut bytes = bytes.to_vec();
        if bytes.last() == Some(&ETX) {
            let check = bytes.iter().skip(1).fold(0, |check, byte| check ^ byte);
            bytes.extend(format!("{check:02X}").bytes());
        }
        assert_eq!(pieces(&bytes), [Piece::Broken(flaw)], "{bytes:02X?}");
    }
    let mut decoder = Decoder::default();
    let mut long = vec![STX];
    long.resize(MAX_BODY + 6, b'A');
    let found: Vec<_> = long.iter().filter_map(|byte| decoder.feed(*byte)).collect();
    assert_eq!(found, [Piece::Broken(Flaw::TooLong)]);
}

#[test]
fn a_gap_ends_what_was_begun() {
    let mut decoder = Decoder::default();
    let good = line(Mark::NONE.next(), Kind::Event, "CRD", &[b"1".to_vec()]);
    for byte in &good[..good.len() - 1] {
        assert_eq!(decoder.feed(*byte), None);
        assert!(decoder.is_amid());
    }
    assert_eq!(decoder.gap(), Some(Piece::Broken(Flaw::Half)));
    assert!(!decoder.is_amid());
    assert_eq!(decoder.gap(), None);
    assert_eq!(frames(&good).len(), 1);
}

proptest! {
    #[test]
    fn what_is_built_is_read(mark in mark(), kind in kind(), mnemonic in "[A-Z]{2,3}", fields in fields()) {
        let line = line(mark, kind, &mnemonic, &fields);
        prop_assert!(!line[1..line.len() - 3].iter().any(|byte| [STX, ETX, ENQ, ACK, NAK].contains(byte)));
        let read = frames(&line);
        prop_assert_eq!(read.len(), 1);
        prop_assert_eq!(read[0].mark(), mark);
        prop_assert_eq!(read[0].kind(), kind);
        prop_assert_eq!(read[0].mnemonic(), mnemonic.as_bytes());
        prop_assert_eq!(read[0].fields().map(<[u8]>::to_vec).collect::<Vec<_>>(), fields);
    }

    /// Behind any garbage a frame is found again: at once where the garbage left nothing open, else by its repeat.
    #[test]
    fn the_frame_behind_garbage_is_found(garbage in prop::collection::vec(any::<u8>(), 0..200), fields in fields()) {
        let line = line(Mark::NONE.next(), Kind::Response, "ST", &fields);
        let mut decoder = Decoder::default();
        for byte in &garbage {
            decoder.feed(*byte);
        }
        let mut found = 0;
        for _ in 0..2 {
            found += line.iter().filter_map(|byte| decoder.feed(*byte)).filter(|piece| {
                matches!(piece, Piece::Frame(frame)
                    if frame.fields().map(<[u8]>::to_vec).collect::<Vec<_>>() == fields)
            }).count();
        }
        prop_assert!(found >= 1);
    }

    /// One byte that changed on the way never makes another frame.
    #[test]
    fn one_wrong_byte_is_noticed(fields in fields(), at in any::<prop::sample::Index>(), flip in 1_u8..) {
        let good = line(Mark::NONE.next(), Kind::Response, "APD", &fields);
        let mut bad = good.clone();
        let at = at.index(bad.len());
        bad[at] ^= flip;
        prop_assert_eq!(frames(&bad).len(), 0);
    }

    #[test]
    fn no_bytes_make_it_hold_more_than_one_frame(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let mut decoder = Decoder::default();
        for byte in &bytes {
            decoder.feed(*byte);
            prop_assert!(decoder.inside.capacity() == MAX_BODY + 4);
        }
    }
}
