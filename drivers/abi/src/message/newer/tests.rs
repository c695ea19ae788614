//! Messages of a newer contract, and that nothing of today's is lost.

use madoguchi_driver_api::screen::{FaceOutcome, Page};
use madoguchi_driver_api::{Capability, Reason};

use super::super::encode;
use super::*;

fn info() -> ReaderInfo {
    ReaderInfo {
        selector: "1".to_owned(),
        display_name: "Reader".to_owned(),
        model: "M".to_owned(),
        firmware: "2.0".to_owned(),
        capabilities: vec![Capability::NfcCard, Capability::Solitary],
        card_present: true,
        unavailable: Some(Error::Protocol {
            detail: "d".to_owned(),
        }),
    }
}

#[test]
fn today_s_messages_are_read_whole() {
    assert_eq!(
        readers(&encode("readers", &[info(), info()]).unwrap()),
        Ok(vec![info(), info()])
    );
    let selector = || "1".to_owned();
    for known in [
        Event::ReaderChanged(info()),
        Event::ReaderGone { selector: selector() },
        Event::CardInserted { selector: selector() },
        Event::CardGone { selector: selector() },
        Event::Touched { selector: selector() },
    ] {
        assert_eq!(event(&encode("event", &known).unwrap()), Ok(Some(known)));
    }
    let pin = PinRequest {
        medium: Medium::Card,
        digits: 4,
        tries_left: Some(2),
        holder: PinHolder::Guardian,
        again_because: Some(Reason::PinWrong),
        language: "ja".to_owned(),
    };
    assert_eq!(pin_request(&encode("PIN request", &pin).unwrap()), Ok(pin));
    let face = FaceRequest {
        again_because: Some(FaceOutcome::NoFace),
        language: "ja".to_owned(),
    };
    assert_eq!(face_request(&encode("face request", &face).unwrap()), Ok(face));
}

#[test]
fn every_event_that_the_contract_knows_is_known_here() {
    let said = serde_json::from_str::<Event>(r#""of the future""#)
        .unwrap_err()
        .to_string();
    let names: Vec<_> = said.split('`').skip(3).step_by(2).collect();
    assert_eq!(names, EVENTS, "{said}");
}

#[test]
fn an_unknown_capability_is_skipped_and_an_unknown_reason_is_a_plain_one() {
    let bytes = br#"{"version":1,"body":[{"selector":"1","display_name":"n",
        "capabilities":["FACE","SMELL",{"TASTE":5},"NFC_CARD"],"card_present":false,
        "unavailable":{"haunted":{"by":"x"}},"colour":"red"}]}"#;
    let found = readers(bytes).unwrap().remove(0);
    assert_eq!(found.capabilities, [Capability::Face, Capability::NfcCard]);
    assert!(matches!(found.unavailable, Some(Error::ReaderUnavailable { .. })));

    let bytes = br#"{"version":1,"body":{"reader_changed":{"selector":"1","display_name":"n",
        "capabilities":["SMELL"],"card_present":true,"unavailable":null}}}"#;
    let Ok(Some(Event::ReaderChanged(found))) = event(bytes) else {
        panic!("not read");
    };
    assert_eq!((found.capabilities, found.unavailable), (vec![], None));
}

#[test]
fn an_unknown_event_is_ignored_and_nonsense_is_not() {
    let body = |body: &str| event(format!(r#"{{"version":1,"body":{body}}}"#).as_bytes());
    assert_eq!(body(r#"{"rained_on":{"selector":"1"}}"#), Ok(None));
    assert_eq!(body(r#""rained""#), Ok(None));
    for nonsense in [
        r#"{"touched":{}}"#,
        r#"{"reader_changed":{"selector":"1"}}"#,
        r#"{"a":1,"b":2}"#,
        "{}",
        "[]",
        "7",
    ] {
        assert!(body(nonsense).is_err(), "{nonsense}");
    }
}

#[test]
fn an_unknown_hint_does_not_keep_a_request_from_being_served() {
    let pin = br#"{"version":1,"body":{"medium":"card","digits":4,"tries_left":null,"holder":"patient",
        "again_because":"OF_THE_FUTURE","language":"ja","music":true}}"#;
    assert_eq!(pin_request(pin).unwrap().again_because, None);
    let face = br#"{"version":1,"body":{"again_because":"sneezed","language":"ja"}}"#;
    assert_eq!(face_request(face).unwrap().again_because, None);
    let medium = br#"{"version":1,"body":{"medium":"ring","digits":4}}"#;
    assert!(pin_request(medium).is_err(), "a PIN of what?");
}

#[test]
fn an_unknown_notice_does_not_keep_a_page_from_being_shown() {
    let page = |options: &str, notice: &str| {
        let page = format!(r#"{{"choose_medium":{{"options":[{options}],"notice":"{notice}"}}}}"#);
        screen(format!(r#"{{"version":1,"body":{{"page":{page},"language":"ja"}}}}"#).as_bytes())
    };
    let notice_of = |read: Result<Screen, Error>| match read.unwrap().page {
        Page::ChooseMedium { notice, .. } => notice,
        other => panic!("{other:?}"),
    };
    assert!(notice_of(page(r#""card""#, "touch_screen_first")).is_some());
    assert_eq!(notice_of(page(r#""card""#, "sing")), None);
    assert!(page(r#""ring""#, "sing").is_err());
    assert!(screen(br#"{"version":1,"body":{"page":"of the future","language":"ja"}}"#).is_err());
}
