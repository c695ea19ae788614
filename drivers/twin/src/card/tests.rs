//! The state machine, APDU by APDU.

use super::*;
use crate::persona::Verification;
use rsa::Pkcs1v15Sign;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-06-15 10:00 +9);
const SELECT_AP: [u8; 15] = [0, 0xA4, 4, 0x0C, 10, 0xD3, 0x92, 0xF0, 0, 0x26, 1, 0, 0, 0, 1];
const PIN_1234: [u8; 9] = [0, 0x20, 0, 0x80, 4, b'1', b'2', b'3', b'4'];
const PIN_WRONG: [u8; 9] = [0, 0x20, 0, 0x80, 4, b'9', b'9', b'9', b'9'];
const TRIES: [u8; 4] = [0, 0x20, 0, 0x80];

fn card(name: &str) -> VirtualCard {
    let persona = Persona::by_name(name).unwrap().unwrap();
    let mut card = VirtualCard::new(&persona, &TestCa::new().unwrap(), NOW).unwrap();
    card.power_on();
    card
}

fn selected(name: &str) -> VirtualCard {
    let mut card = card(name);
    assert_eq!(card.transmit(&SELECT_AP), [0x90, 0]);
    card
}

fn ef(card: &mut VirtualCard, id: u8) {
    assert_eq!(
        card.transmit(&[0, 0xA4, 2, 0x0C, 2, 0, id]),
        [0x90, 0],
        "select {id:02X}"
    );
}

fn status(answer: &[u8]) -> u16 {
    u16::from_be_bytes(*answer.last_chunk().unwrap())
}

fn sign(card: &mut VirtualCard) -> Vec<u8> {
    let digest_info = [7; 51];
    card.transmit(&[&[0x80, 0x2A, 0, 0x80, 51][..], &digest_info, &[0]].concat())
}

#[test]
fn the_answer_to_reset_has_the_right_checksum() {
    assert_eq!(ATR[1..].iter().fold(0, |sum, byte| sum ^ byte), 0);
}

#[test]
fn nothing_answers_without_power_and_nothing_is_selected_after_it() {
    let mut card = selected("adult");
    ef(&mut card, 0x06);
    card.power_off();
    assert!(card.transmit(&SELECT_AP).is_empty());
    card.power_on();
    assert_eq!(status(&card.transmit(&[0, 0xB0, 0, 0, 32])), 0x6986);
    assert_eq!(
        status(&card.transmit(&[0, 0xA4, 2, 0x0C, 2, 0, 6])),
        0x6A82,
        "no application"
    );
}

#[test]
fn other_applications_files_and_commands_are_refused() {
    let mut card = selected("adult");
    let mut other = SELECT_AP;
    other[14] = 2;
    assert_eq!(status(&card.transmit(&other)), 0x6A82);
    assert_eq!(status(&card.transmit(&[0, 0xA4, 2, 0x0C, 2, 0, 0x99])), 0x6A82);
    assert_eq!(status(&card.transmit(&[0, 0xA4, 0, 0x0C, 2, 0x3F, 0])), 0x6A86);
    assert_eq!(status(&card.transmit(&[0, 0xCA, 0, 0, 0])), 0x6D00);
    assert_eq!(status(&card.transmit(&[0xB0, 0, 0, 0])), 0x6E00);
    assert_eq!(status(&card.transmit(&[0, 0x20])), 0x6700);
}

#[test]
fn select_with_control_information_gives_the_name() {
    let mut card = card("adult");
    let mut select = [&SELECT_AP[..], &[0]].concat();
    select[3] = 0;
    let answer = card.transmit(&select);
    assert_eq!(answer[..4], [0x6F, 0x0C, 0x84, 0x0A]);
    assert_eq!(status(&answer), 0x9000);
}

#[test]
fn binaries_are_read_by_offset_by_short_id_and_with_extended_length() {
    let mut card = selected("adult");
    let label = card.transmit(&[0, 0xB0, 0x86, 0, 32]);
    assert_eq!(&label[..15], b"JPKIAPICCTOKEN2");
    assert_eq!(card.transmit(&[0, 0xB0, 0, 0, 0]).len(), 160 + 2, "all there is");
    ef(&mut card, 0x0A);
    let head = card.transmit(&[0, 0xB0, 0, 0, 4]);
    assert_eq!(head[..2], [0x30, 0x82]);
    let whole = card.transmit(&[0, 0xB0, 0, 0, 0, 0, 0]);
    assert_eq!(whole.len(), 2048 + 2);
    let length = usize::from(u16::from_be_bytes([head[2], head[3]])) + 4;
    assert!(whole[length..2048].iter().all(|byte| *byte == 0xFF), "filler");
    assert_eq!(card.transmit(&[0, 0xB0, 1, 0, 0])[..256], whole[256..512]);
    let over = card.transmit(&[0, 0xB0, 0x07, 0xFE, 4]);
    assert_eq!(over, [0xFF, 0xFF, 0x62, 0x82]);
    assert_eq!(status(&card.transmit(&[0, 0xB0, 0x08, 0, 4])), 0x6B00);
    assert_eq!(status(&card.transmit(&[0, 0xB0, 0, 0])), 0x6700);
    ef(&mut card, 0x17);
    assert_eq!(
        status(&card.transmit(&[0, 0xB0, 0, 0, 4])),
        0x6981,
        "keys are not read"
    );
}

#[test]
fn wrong_pins_count_down_a_right_one_resets_and_three_wrong_lock() {
    let mut card = selected("adult");
    assert_eq!(
        status(&card.transmit(&TRIES)),
        0x6A88,
        "the PIN's file is not selected"
    );
    ef(&mut card, 0x18);
    assert_eq!(status(&card.transmit(&TRIES)), 0x63C3);
    assert_eq!(status(&card.transmit(&PIN_WRONG)), 0x63C2);
    assert_eq!(status(&card.transmit(&TRIES)), 0x63C2, "asking costs nothing");
    assert_eq!(status(&card.transmit(&PIN_1234)), 0x9000);
    assert_eq!(card.tries_left(), Some(3));
    for left in [0x63C2, 0x63C1, 0x63C0] {
        assert_eq!(status(&card.transmit(&PIN_WRONG)), left);
    }
    assert_eq!(
        status(&card.transmit(&PIN_1234)),
        0x6983,
        "locked, even for the right one"
    );
    card.power_off();
    card.power_on();
    assert_eq!(card.tries_left(), Some(0), "power does not unlock");
}

#[test]
fn only_a_verified_owner_signs_and_a_wrong_pin_or_the_power_takes_it_back() {
    let mut card = selected("adult");
    ef(&mut card, 0x17);
    assert_eq!(status(&sign(&mut card)), 0x6982);
    ef(&mut card, 0x18);
    assert_eq!(status(&card.transmit(&PIN_1234)), 0x9000);
    assert_eq!(status(&sign(&mut card)), 0x6A88, "the key's file is not selected");
    ef(&mut card, 0x17);
    let answer = sign(&mut card);
    assert_eq!(status(&answer), 0x9000);
    let public = card.key.to_public_key();
    public
        .verify(Pkcs1v15Sign::new_unprefixed(), &[7; 51], &answer[..256])
        .unwrap();
    assert_eq!(
        status(&card.transmit(&[0x80, 0x2A, 0, 0x80, 1, 7, 8])),
        0x6C00,
        "wants 256"
    );
    assert_eq!(
        status(&card.transmit(&[&[0x80, 0x2A, 0, 0x80, 250][..], &[7; 250], &[0]].concat())),
        0x6A80
    );
    ef(&mut card, 0x18);
    card.transmit(&PIN_WRONG);
    ef(&mut card, 0x17);
    assert_eq!(status(&sign(&mut card)), 0x6982);
    card.reset();
    assert_eq!(card.transmit(&SELECT_AP), [0x90, 0]);
    ef(&mut card, 0x17);
    assert_eq!(status(&sign(&mut card)), 0x6982);
}

#[test]
fn an_android_phone_gives_its_certificate_after_verify() {
    let mut card = selected("android");
    ef(&mut card, 0x0A);
    assert_eq!(status(&card.transmit(&[0, 0xB0, 0, 0, 4])), 0x6982);
    ef(&mut card, 0x18);
    assert_eq!(status(&card.transmit(&PIN_1234)), 0x9000);
    ef(&mut card, 0x0A);
    assert_eq!(status(&card.transmit(&[0, 0xB0, 0, 0, 4])), 0x9000);
}

#[test]
fn an_iphone_signs_without_a_pin() {
    let mut card = selected("iphone");
    ef(&mut card, 0x18);
    assert_eq!(status(&card.transmit(&TRIES)), 0x6984);
    ef(&mut card, 0x17);
    assert_eq!(status(&sign(&mut card)), 0x9000);
}

#[test]
fn a_card_without_a_pin_takes_none_and_does_not_sign() {
    let mut card = selected("no-pin");
    assert_eq!(
        Persona::by_name("no-pin").unwrap().unwrap().verification(),
        Verification::NotSet
    );
    ef(&mut card, 0x18);
    assert_eq!(status(&card.transmit(&TRIES)), 0x6984);
    assert_eq!(status(&card.transmit(&PIN_1234)), 0x6984);
    ef(&mut card, 0x17);
    assert_eq!(status(&sign(&mut card)), 0x6982);
    assert_eq!(card.tries_left(), None);
}

#[test]
fn the_signing_application_is_only_there_to_be_looked_at() {
    let mut card = selected("adult");
    ef(&mut card, 0x1B);
    assert_eq!(status(&card.transmit(&TRIES)), 0x63C5);
    assert_eq!(status(&card.transmit(&PIN_1234)), 0x6A81);
    ef(&mut card, 0x01);
    assert_eq!(status(&card.transmit(&[0, 0xB0, 0, 0, 4])), 0x6982);
    ef(&mut card, 0x02);
    assert_eq!(status(&card.transmit(&[0, 0xB0, 0, 0, 4])), 0x9000);
    ef(&mut card, 0x1A);
    assert_eq!(status(&sign(&mut card)), 0x6982);
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_chip_panic_or_fall_silent(
        commands in proptest::collection::vec(proptest::collection::vec(proptest::arbitrary::any::<u8>(), 0..20), 0..20),
        headers in proptest::collection::vec((0usize..6, proptest::arbitrary::any::<[u8; 3]>()), 0..40),
    ) {
        let mut card = SHARED.clone();
        card.power_on();
        card.transmit(&SELECT_AP);
        for (kind, [a, b, c]) in headers {
            let command = match kind {
                0 => vec![0, 0xA4, 2, 0x0C, 2, 0, a & 0x1F],
                1 => vec![0, 0xB0, a, b, c],
                2 => vec![0, 0xB0, a, b, 0, c, a],
                3 => vec![0, 0x20, 0, 0x80, 2, a, b],
                4 => vec![0x80, 0x2A, 0, 0x80, 2, a, b, c],
                _ => PIN_1234.to_vec(),
            };
            proptest::prop_assert!(card.transmit(&command).len() >= 2);
        }
        for command in &commands {
            proptest::prop_assert!(card.transmit(command).len() >= 2);
        }
    }
}

/// Reading a key takes longer than everything else in that test.
static SHARED: std::sync::LazyLock<VirtualCard> = std::sync::LazyLock::new(|| card("adult"));

#[test]
fn a_makers_operation_lets_a_card_sign_until_its_power_goes() {
    for name in ["adult", "no-pin", "locked-pin"] {
        let mut card = card(name);
        let tries = card.tries_left();
        assert!(card.authorize(), "{name}");
        ef(&mut card, 0x17);
        assert_eq!(status(&sign(&mut card)), 0x9000, "{name}");
        assert_eq!(card.tries_left(), tries, "it costs no try");
        card.reset();
        assert_eq!(card.transmit(&SELECT_AP), [0x90, 0]);
        ef(&mut card, 0x17);
        assert_eq!(status(&sign(&mut card)), 0x6982, "{name}");
    }
}

#[test]
fn it_needs_a_powered_my_number_card() {
    for name in ["iphone", "android", "not-my-number"] {
        assert!(!card(name).authorize(), "{name}");
    }
    let mut card = card("adult");
    card.power_off();
    assert!(!card.authorize());
}

#[test]
fn a_foreign_chip_has_no_application() {
    let mut card = card("not-my-number");
    assert_eq!(status(&card.transmit(&SELECT_AP)), 0x6A82);
    assert_eq!(status(&card.transmit(&[0, 0xA4, 2, 0x0C, 2, 0, 6])), 0x6A82);
    assert_eq!(status(&card.transmit(&PIN_1234)), 0x6A88);
    assert_eq!(status(&sign(&mut card)), 0x6A88);
}

#[test]
fn wallet_closes_by_itself_and_is_armed_again() {
    let mut card = selected("iphone");
    ef(&mut card, 0x17);
    card.set_armed(Some(std::time::Duration::ZERO));
    assert_eq!(status(&sign(&mut card)), 0x6982);
    card.set_armed(Some(std::time::Duration::from_secs(60)));
    assert_eq!(status(&sign(&mut card)), 0x9000);
    card.set_armed(Some(std::time::Duration::from_millis(30)));
    std::thread::sleep(std::time::Duration::from_millis(40));
    assert_eq!(status(&sign(&mut card)), 0x6982);
    card.arm();
    assert_eq!(status(&sign(&mut card)), 0x9000);
}
