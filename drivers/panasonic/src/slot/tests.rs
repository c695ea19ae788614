//! Which PC/SC reader is the slot, and what moved in it.

use super::*;

fn slot(name: &str, card_present: bool, card_moves: u16) -> Slot {
    Slot {
        name: CString::new(name).unwrap(),
        card_present,
        held: false,
        card_moves,
    }
}

fn identity(name: &str, serial: &str) -> Identity {
    Identity {
        slot_name: name.into(),
        slot_serial: serial.into(),
        ..Identity::default()
    }
}

fn picked(identity: &Identity, configured: Option<&str>) -> Result<String, String> {
    let slots = [
        slot("Sony RC-S300/S (1234567) 00 00", false, 0),
        slot("Panasonic XC-STFR1J-MN Slot (P-7) 01 00", false, 0),
        slot("Panasonic XC-STFR1J-MN Slot 02 00", false, 0),
    ];
    // The last one tells its number by its driver only.
    let serial = |slot: &Slot| slot.name.to_bytes().ends_with(b"02 00").then(|| "P-8".to_owned());
    pick(&slots, &marks(identity, configured), serial).map(|slot| slot.name.into_string().unwrap())
}

#[test]
fn the_slot_is_found_by_serial_number_else_by_name_and_as_configured_before_both() {
    let by_name = picked(&identity("(P-7)", ""), None).unwrap();
    assert!(by_name.ends_with("01 00"));
    assert!(picked(&identity("Slot", "P-8"), None).unwrap().ends_with("02 00"));
    assert!(picked(&identity("Slot", "P-7"), None).unwrap().ends_with("01 00"));
    assert!(
        picked(&identity("RC-S300", "P-9"), None)
            .unwrap()
            .starts_with("Sony")
    );
    assert!(
        picked(&identity("Slot", "P-8"), Some("RC-S300"))
            .unwrap()
            .starts_with("Sony")
    );
}

#[test]
fn the_slot_is_configured_by_what_the_generic_driver_calls_it_too() {
    let configured = |selector: &str| picked(&identity("", ""), Some(selector));
    let panasonic = "panasonic-xc-stfr1j-mn-slot";
    assert!(
        configured(&format!("{panasonic}:P-7"))
            .unwrap()
            .ends_with("01 00")
    );
    assert!(
        configured(&format!("{panasonic}:P-8"))
            .unwrap()
            .ends_with("02 00")
    );
    assert!(configured(&format!("{panasonic}:P-8#1")).is_err());
    let slots = [
        "Virtual PCD 0 00 00",
        "Virtual PCD 0 00 01",
        "Virtual PCD 1 01 00",
    ]
    .map(|name| slot(name, false, 0));
    assert_eq!(
        selectors(&slots, &mut |_| None),
        ["virtual-pcd-0#0", "virtual-pcd-0#1", "virtual-pcd-1#0"]
    );
}

#[test]
fn a_slot_that_is_missing_ambiguous_or_nameless_is_said_to_be() {
    let why = |name: &str, configured| picked(&identity(name, ""), configured).unwrap_err();
    assert!(why("Panasonic", None).contains("more than one"));
    assert!(why("Canon", None).contains("is missing"));
    assert!(why("", None).contains("setting `slot`"));
    let configured = why("Sony", Some("no such"));
    assert!(configured.contains("no such"), "{configured}");
}

#[test]
fn cards_move_however_quickly() {
    let cases: [(bool, u16, bool, u16, &[Move]); 5] = [
        (false, 0, true, 1, &[Move::In]),
        (true, 1, false, 2, &[Move::Out]),
        (true, 1, true, 3, &[Move::Out, Move::In]),
        (false, 2, false, 4, &[Move::In, Move::Out]),
        (true, 1, true, 1, &[]),
    ];
    for (was, old, is, new, expected) in cases {
        assert_eq!(moves(&slot("s", was, old), &slot("s", is, new)), expected);
    }
}
