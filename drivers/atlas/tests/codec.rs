//! The codec against whatever may come over the line.

use madoguchi_driver_atlas::codec::{Bytes, Deframer, Fault, MAX_LEN, MIN_LEN, Message, decode, request};
use proptest::prelude::*;

fn frames(bytes: &[u8], step: usize) -> (Vec<Vec<u8>>, Option<Fault>) {
    let mut deframer = Deframer::new();
    let mut frames = Vec::new();
    for chunk in bytes.chunks(step.max(1)) {
        if let Err(fault) = deframer.take(chunk, &mut |frame| frames.push(frame.as_bytes().to_vec())) {
            return (frames, Some(fault));
        }
    }
    (frames, None)
}

proptest! {
    #[test]
    fn bodies_come_out_as_they_went_in(bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), MIN_LEN..300), 0..6), step in 1_usize..64) {
        let mut stream = Vec::new();
        for body in &bodies {
            stream.extend((body.len() as u32).to_be_bytes());
            stream.extend(body);
        }
        prop_assert_eq!(frames(&stream, step), (bodies, None));
    }

    #[test]
    fn how_the_bytes_are_cut_changes_nothing(bytes in prop::collection::vec(any::<u8>(), 0..400), step in 1_usize..40) {
        prop_assert_eq!(frames(&bytes, step), frames(&bytes, bytes.len()));
    }

    #[test]
    fn no_body_makes_it_panic(bytes in any::<Vec<u8>>()) {
        let _ = Message::parse(&bytes);
    }

    #[test]
    fn neither_does_json_of_any_kind(id in any::<Option<i64>>(), ok in any::<Option<String>>(), note in any::<Option<String>>(), code in any::<Option<u64>>()) {
        let body = serde_json::json!({ "id": id, "ok": ok, "note": note, "no": code.map(|code| serde_json::json!({ "code": code })) });
        let text = body.to_string();
        if let Ok(message) = Message::parse(text.as_bytes()) {
            match message {
                Message::Ok { id: read, .. } => prop_assert_eq!(i64::from(read), id.unwrap()),
                Message::No { code: read, .. } => prop_assert_eq!(u64::from(read), code.unwrap()),
                Message::Note { name, .. } => prop_assert_eq!(Some(name), note.as_deref()),
            }
        }
    }

    #[test]
    fn requests_are_frames_whatever_they_carry(id in any::<u32>(), apdu in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let bytes = request(id, Some(7), "card.apdu", &serde_json::json!({ "apdu": Bytes(&apdu) })).unwrap();
        let (frames, fault) = frames(&bytes, 7);
        prop_assert_eq!(fault, None);
        let said: serde_json::Value = serde_json::from_slice(&frames[0]).unwrap();
        prop_assert_eq!(&said["id"], id);
        let mut back = Vec::new();
        prop_assert!(decode(said["with"]["apdu"].as_str().unwrap(), &mut back));
        prop_assert_eq!(back, apdu);
    }

    #[test]
    fn a_length_out_of_bounds_is_refused_before_anything_is_reserved(len in (MAX_LEN as u32 + 1)..) {
        prop_assert_eq!(frames(&len.to_be_bytes(), 4).1, Some(Fault::Length(len)));
    }
}
