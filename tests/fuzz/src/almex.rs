//! Almex: the line, taken apart byte by byte, on both sides.

use madoguchi_driver_almex::codec::{Decoder, Frame, Kind, MAX_BODY, Mark, Piece, build};

use crate::device::Device;
use crate::feed::Feed;

/// What a field cannot hold: it ends one.
const SEPARATOR: u8 = 0x1F;

/// Bytes in both directions, proper frames and others.
pub fn almex(data: &[u8]) {
    let mut feed = Feed::new(data);
    let mut device = Device::new("almex", feed.byte());
    let mut ear = Decoder::default();
    let mut from_device = Decoder::default();
    while !feed.is_empty() {
        match feed.byte() % 6 {
            0 => hear(&mut ear, feed.chunk()),
            1 => device.receive(feed.chunk()),
            2 => {
                let gap = ear.gap();
                assert!(matches!(gap, None | Some(Piece::Broken(_))));
                assert!(!ear.is_amid());
            }
            3 => device.act(&mut feed),
            4 => {
                let frame = framed(&mut feed);
                hear(&mut ear, &frame);
            }
            _ => {
                let frame = framed(&mut feed);
                device.receive(&frame);
            }
        }
        for said in device.said() {
            for byte in said {
                if let Some(Piece::Broken(flaw)) = from_device.feed(byte) {
                    unreachable!("the device says nonsense: {flaw}");
                }
            }
            assert!(!from_device.is_amid(), "the device says half a frame");
        }
    }
}

/// A proper frame, of any content.
fn framed(feed: &mut Feed<'_>) -> Vec<u8> {
    const NAMES: [&str; 12] = [
        "ID", "CAN", "ST", "COF", "SP", "CON", "APD", "DSP", "PIN", "FAC", "VIS", "CLR",
    ];
    let mark = Mark::parse(b'-' + feed.byte() % 13).unwrap_or(Mark::NONE);
    let kind = match feed.byte() % 4 {
        0 => Kind::Response,
        1 => Kind::Event,
        _ => Kind::Command,
    };
    let own = feed.array::<3>().map(|letter| b'A' + letter % 26);
    let name = NAMES.get(usize::from(feed.byte() % 16)).copied();
    let name = name.unwrap_or_else(|| std::str::from_utf8(&own).unwrap_or_default());
    let mut fields = Vec::new();
    for _ in 0..feed.byte() % 8 {
        let mut field = feed.chunk().to_vec();
        field.retain(|byte| *byte != SEPARATOR);
        fields.push(field);
    }
    let fields: Vec<&[u8]> = fields.iter().map(Vec::as_slice).collect();
    let line = build(mark, kind, name, &fields);
    if name.len() > 1
        && let Some(frame) = only(&line)
    {
        assert_eq!(
            (frame.mark(), frame.kind(), frame.mnemonic()),
            (mark, kind, name.as_bytes())
        );
        assert!(frame.fields().eq(fields.iter().copied()), "fields are lost");
    }
    line.to_vec()
}

fn hear(ear: &mut Decoder, bytes: &[u8]) {
    for byte in bytes {
        let Some(Piece::Frame(frame)) = ear.feed(*byte) else {
            continue;
        };
        assert!(!ear.is_amid());
        let fields: Vec<_> = frame.fields().collect();
        let len = frame.mnemonic().len() + fields.iter().map(|field| field.len() + 1).sum::<usize>();
        assert!(len + 2 <= MAX_BODY, "a frame of {len} bytes");
        let Ok(mnemonic) = std::str::from_utf8(frame.mnemonic()) else {
            unreachable!("a mnemonic that is no text");
        };
        let again = only(&build(frame.mark(), frame.kind(), mnemonic, &fields));
        // Not the check characters: the length may have come in small letters.
        let same = again.is_some_and(|again| {
            (again.mark(), again.kind(), again.mnemonic()) == (frame.mark(), frame.kind(), frame.mnemonic())
                && again.fields().eq(frame.fields())
        });
        assert!(same, "written anew it is another");
    }
}

/// The one frame on this line; nothing where it is too long to be one.
fn only(line: &[u8]) -> Option<Frame> {
    let mut decoder = Decoder::default();
    let mut pieces = line.iter().filter_map(|byte| decoder.feed(*byte));
    match pieces.next() {
        Some(Piece::Frame(frame)) => Some(frame),
        _ => {
            assert!(line.len() > MAX_BODY, "a proper frame is refused");
            None
        }
    }
}
