//! What must hold for any bytes: the parsers never panic, and what was encoded is decoded to the same.

use madoguchi_apdu::{Command, Le, Response, total_len};
use proptest::prelude::*;

fn le() -> impl Strategy<Value = Le> {
    prop_oneof![
        Just(Le::None),
        (1u16..=256).prop_map(Le::Short),
        (1u32..=65_536).prop_map(Le::Extended),
    ]
}

proptest! {
    #[test]
    fn encoded_commands_are_decoded_to_the_same(
        header in any::<[u8; 4]>(),
        body in proptest::collection::vec(any::<u8>(), 0..600),
        le in le(),
    ) {
        let sent = Command::new(header, &body, le).unwrap();
        let seen = Command::decode(sent.as_bytes()).unwrap();
        prop_assert_eq!(seen.header(), header);
        prop_assert_eq!(seen.body(), &body[..]);
        prop_assert_eq!(seen.le(), sent.le());
        prop_assert_eq!(seen.is_extended(), sent.is_extended());
        let asked = |le| match le { Le::None => 0, Le::Short(len) => u32::from(len), Le::Extended(len) => len };
        prop_assert_eq!(asked(seen.le()), asked(le));
    }

    #[test]
    fn no_bytes_make_a_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), cap in 0usize..70_000) {
        if let Ok(command) = Command::decode(&bytes) {
            prop_assert!(command.body().len() < bytes.len());
            prop_assert_eq!(command.as_bytes(), &bytes[..]);
        }
        if let Ok(len) = total_len(&bytes, cap) {
            prop_assert!(len <= cap);
        }
        let len = bytes.len();
        match Response::parse(bytes) {
            Ok(response) => prop_assert_eq!(response.data().len() + 2, len),
            Err(_) => prop_assert!(len < 2),
        }
    }

    #[test]
    fn debug_never_shows_a_body(pin in "[1-8]{4,16}") {
        let verify = Command::new([0x00, 0x20, 0x00, 0x80], pin.as_bytes(), Le::None).unwrap();
        let shown = format!("{verify:?} {:?}", Response::parse([pin.as_bytes(), &[0x90, 0]].concat()).unwrap());
        let hex: String = pin.bytes().map(|byte| format!("{byte:02X}")).collect();
        prop_assert!(!shown.contains(&pin) && !shown.contains(&hex));
    }
}
