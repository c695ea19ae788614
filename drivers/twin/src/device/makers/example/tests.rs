//! The page of the protocol, line by line.

use madoguchi_core::screen::Answer;

use super::*;
use crate::device::PageKind;

struct Desk {
    front: Example,
    body: Body,
}

impl Desk {
    fn new() -> Self {
        let body = Body::new(identity(Generation::Old, "EX-1"));
        let mut desk = Self {
            front: Example::default(),
            body,
        };
        assert_eq!(
            desk.say("1 hello 1\n"),
            "1 ok EX-1 Example-One 1.4 empty NFC_CARD SCREEN PIN_PAD\n"
        );
        desk
    }

    fn say(&mut self, text: &str) -> String {
        let mut said = Vec::new();
        self.front.receive(text.as_bytes(), &mut self.body, &mut |bytes| {
            said.extend_from_slice(bytes);
        });
        String::from_utf8(said).unwrap()
    }

    fn happens(&mut self, event: BodyEvent) -> String {
        let mut said = Vec::new();
        self.front.happened(event, &mut self.body, &mut |bytes| {
            said.extend_from_slice(bytes);
        });
        String::from_utf8(said).unwrap()
    }
}

#[test]
fn nothing_is_served_before_hello() {
    let mut desk = Desk::new();
    desk.front.reboot();
    assert_eq!(desk.happens(BodyEvent::CardIn), "");
    assert_eq!(desk.say("1 power-on\n"), "1 error syntax\n");
    assert_eq!(desk.say("1 hello 2\n"), "1 error version\n");
}

#[test]
fn half_lines_are_kept_and_nonsense_is_refused() {
    let mut desk = Desk::new();
    assert_eq!(desk.say("2 power"), "");
    assert_eq!(desk.say("-on\n3 power-off\n"), "2 error no-card\n3 ok\n");
    for (line, answer) in [
        ("nonsense", "0 error syntax"),
        ("4", "0 error syntax"),
        ("4 power-on now", "4 error syntax"),
        ("4  power-on", "0 error syntax"),
        ("4 apdu XY", "4 error syntax"),
        ("4 apdu 00", "4 error removed"),
        ("4 dance", "4 error unknown"),
        ("4 pin 99 patient ja", "4 error syntax"),
        ("4 show poem ja - -", "4 error page"),
        ("4 show register ja - -", "4 error page"),
        ("4 show idle ja - - yes", "4 error page"),
        ("4 show consent ja weather - yes no", "4 error page"),
        ("4 show choose_medium ja - - stone", "4 error page"),
        ("4 show idle j%G1 - -", "4 error page"),
    ] {
        assert_eq!(desk.say(&format!("{line}\n")), format!("{answer}\n"));
    }
    let long = "9".repeat(MAX_LINE + 1);
    assert_eq!(desk.say(&long), "");
    assert_eq!(desk.say("\n"), "0 error syntax\n");
}

#[test]
fn a_page_waits_for_its_button() {
    let mut desk = Desk::new();
    assert_eq!(desk.say("2 show take_card ja - -\n"), "2 ok\n");
    assert_eq!(
        desk.say("3 show consent ja surgery %E6%89%8B%E8%A1%93%20%25 yes no\n"),
        ""
    );
    let panel = desk.body.panel().unwrap();
    assert_eq!(
        (panel.page, panel.lines[0].as_str()),
        (PageKind::Consent, "手術 %")
    );
    assert!(panel.offers(&Answer::No));
    assert_eq!(desk.say("4 pin 4 patient ja\n"), "4 error busy\n");
    assert_eq!(desk.happens(BodyEvent::Pressed(Answer::Yes)), "3 ok yes\n");
    assert_eq!(desk.happens(BodyEvent::Pressed(Answer::Yes)), "", "once");
    assert_eq!(desk.say("5 show choose_medium ja - - card iphone\n"), "");
    assert_eq!(desk.happens(BodyEvent::Quit), "5 ok quit\n");
}

#[test]
fn clear_ends_what_waits() {
    let mut desk = Desk::new();
    assert_eq!(desk.say("2 pin 4 guardian ja\n"), "");
    assert!(desk.body.is_asking_pin());
    assert_eq!(desk.say("3 clear\n"), "2 error cancelled\n3 ok\n");
    assert!(!desk.body.is_asking_pin());
    assert_eq!(desk.say("4 pin 4 patient ja\n"), "");
    assert_eq!(desk.happens(BodyEvent::PinCancelled), "4 ok -\n");
}
