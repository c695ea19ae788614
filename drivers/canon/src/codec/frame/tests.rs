use proptest::prelude::*;

use super::*;

type Heard = Vec<Result<Vec<u8>, Damage>>;

fn find(finder: &mut Finder, bytes: &[u8]) -> Heard {
    let mut heard = Heard::new();
    finder.push(bytes, &mut |found| {
        heard.push(found.map(|message| message.to_vec()))
    });
    heard
}

fn messages(heard: Heard) -> Vec<Vec<u8>> {
    heard.into_iter().filter_map(Result::ok).collect()
}

#[test]
fn the_checksum_is_the_one_that_the_page_names() {
    // The check value of CRC-32/ISO-HDLC.
    assert_eq!(CRC.checksum(b"123456789"), 0xCBF4_3926);
    assert_eq!(
        seal(&[0x80]).unwrap().as_slice(),
        [0xCA, 0x9A, 0x00, 0x01, 0x80, 0x0B, 0xE2, 0x6B, 0x73]
    );
    assert_eq!(
        seal(&vec![0; MAX_MESSAGE + 1]).err(),
        Some(TooLong(MAX_MESSAGE + 1))
    );
}

#[test]
fn a_wrong_checksum_costs_that_frame_only() {
    let mut bytes = seal(b"first").unwrap().to_vec();
    bytes[6] ^= 1;
    bytes.extend_from_slice(&seal(b"second").unwrap());
    let heard = find(&mut Finder::default(), &bytes);
    assert_eq!(heard[0], Err(Damage::Checksum));
    assert_eq!(messages(heard), [b"second".to_vec()]);
}

#[test]
fn half_a_frame_hides_the_next_one_only_until_it_is_given_up() {
    let mut finder = Finder::default();
    let half = &seal(&[1; 200]).unwrap()[..100];
    assert!(find(&mut finder, half).is_empty());
    assert!(find(&mut finder, &seal(b"next").unwrap()).is_empty());
    assert!(finder.is_in_frame());
    let mut heard = Heard::new();
    finder.give_up(&mut |found| heard.push(found.map(|message| message.to_vec())));
    assert_eq!(heard[0], Err(Damage::Half));
    assert_eq!(messages(heard), [b"next".to_vec()]);
    assert!(!finder.is_in_frame());
}

#[test]
fn nothing_of_a_message_is_left_in_the_buffer() {
    let mut finder = Finder::default();
    assert_eq!(find(&mut finder, &seal(b"9731").unwrap()).len(), 1);
    let room = finder.buffer.capacity();
    finder.buffer.resize(room, 0);
    // What was consumed was overwritten; `resize` itself writes zeroes, so look at what was there before it.
    assert!(finder.buffer.windows(4).all(|bytes| bytes != b"9731"));
}

proptest! {
    #[test]
    fn frames_are_found_however_the_stream_is_cut(
        sent in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..8),
        cut in 1_usize..200,
    ) {
        let stream: Vec<u8> = sent.iter().flat_map(|message| seal(message).unwrap().to_vec()).collect();
        let mut finder = Finder::default();
        let heard: Heard = stream.chunks(cut).flat_map(|chunk| find(&mut finder, chunk)).collect();
        prop_assert!(heard.iter().all(Result::is_ok));
        prop_assert_eq!(messages(heard), sent);
        prop_assert!(!finder.is_in_frame());
    }

    #[test]
    fn noise_never_hides_a_frame_for_good(
        noise in prop::collection::vec(prop_oneof![any::<u8>(), Just(0xCA), Just(0x9A)], 0..400),
        message in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let mut finder = Finder::default();
        let mut heard = find(&mut finder, &noise);
        heard.extend(find(&mut finder, &seal(&message).unwrap()));
        finder.give_up(&mut |found| heard.push(found.map(|message| message.to_vec())));
        prop_assert!(messages(heard).contains(&message));
        prop_assert!(!finder.is_in_frame());
    }

    #[test]
    fn the_buffer_never_grows(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(0xCA), Just(0x9A), Just(0x1F)], 0..20_000)) {
        let mut finder = Finder::default();
        let room = finder.buffer.capacity();
        find(&mut finder, &bytes);
        prop_assert_eq!(finder.buffer.capacity(), room);
    }
}
