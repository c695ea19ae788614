use std::thread::sleep;
use std::time::Duration;

use madoguchi_core::Medium;
use madoguchi_core::screen::Answer;

use super::*;
use crate::device::Generation;

/// The device with what it says, and the host's count.
struct Desk {
    front: Almex,
    body: Body,
    said: Vec<Vec<u8>>,
    digit: u8,
}

impl Desk {
    fn new(generation: Generation) -> Self {
        let identity = identity(generation, "A1");
        Self {
            front: Almex::new(&identity),
            body: Body::new(identity),
            said: Vec::new(),
            digit: 9,
        }
    }

    fn send(&mut self, bytes: &[u8]) -> Vec<String> {
        let said = &mut self.said;
        self.front
            .receive(bytes, &mut self.body, &mut |frame| said.push(frame.to_vec()));
        self.take()
    }

    /// Sends a command and acknowledges what comes; says what came.
    fn ask(&mut self, body: &str) -> Vec<String> {
        self.digit = (self.digit + 1) % 10;
        let line = line(self.digit, body);
        let mut said = self.send(&line);
        assert_eq!(said.remove(0), format!("\x06{}", self.digit));
        said.extend(self.acknowledge(&said.clone()));
        said
    }

    fn tell(&mut self, event: BodyEvent) -> Vec<String> {
        let said = &mut self.said;
        self.front
            .happened(event, &mut self.body, &mut |frame| said.push(frame.to_vec()));
        let said = self.take();
        self.acknowledge(&said);
        said
    }

    fn acknowledge(&mut self, said: &[String]) -> Vec<String> {
        let digits: Vec<u8> = said
            .iter()
            .filter_map(|frame| frame.strip_prefix('\x02')?.as_bytes().get(4).copied())
            .collect();
        digits
            .into_iter()
            .flat_map(|digit| self.send(&[0x06, digit]))
            .collect()
    }

    fn take(&mut self) -> Vec<String> {
        let text = |frame: Vec<u8>| String::from_utf8_lossy(&frame).replace('\x1F', " ");
        std::mem::take(&mut self.said).into_iter().map(text).collect()
    }
}

fn line(digit: u8, body: &str) -> Vec<u8> {
    let body = format!("{digit}C{}", body.replace(' ', "\x1F"));
    let mut line = format!("\x02{:04X}{body}\x03", body.len()).into_bytes();
    let check = line.iter().skip(1).fold(0, |check, byte| check ^ byte);
    line.extend(format!("{check:02X}").bytes());
    line
}

/// The frame without its digit and what stands around it.
fn inside(frame: &str) -> &str {
    &frame[6..frame.len() - 3]
}

#[test]
fn it_says_who_it_is_by_generation() {
    let mut old = Desk::new(Generation::Old);
    assert_eq!(old.send(b"\x05"), ["\x06-"]);
    let said = old.ask("ID");
    assert_eq!(
        inside(&said[0]),
        "RID 0 000 ALMEX MT-100 A1 1.08 1 SJIS 9600 2 480 261 FPCS 0"
    );
    assert_eq!(inside(&old.ask("VIS")[0]), "RVIS 1 102");
    assert_eq!(inside(&old.ask("SP 115200")[0]), "RSP 2 103");
    let mut new = Desk::new(Generation::New);
    assert!(inside(&new.ask("ID")[0]).ends_with("2 UTF8 115200 12 1024 4096 FPCSVR 0"));
    assert_eq!(inside(&new.ask("XYZ")[0]), "RXYZ 1 101");
}

#[test]
fn a_repeat_is_acknowledged_and_not_carried_out() {
    let mut desk = Desk::new(Generation::New);
    let page = line(0, "DSP 01 00 ja 0 A 0");
    assert_eq!(desk.send(&page).len(), 2);
    desk.body.clear();
    assert_eq!(desk.send(&page), ["\x060"]);
    assert!(desk.body.panel().is_none());
    assert_eq!(
        desk.send(&line(0, "DSP 01 00 ja 0 B 0"))[0],
        "\x060",
        "not the same frame"
    );
    assert!(desk.body.panel().is_some());
}

#[test]
fn what_is_not_acknowledged_is_said_again_three_times() {
    let mut desk = Desk::new(Generation::New);
    let first = desk.send(&line(0, "ST"));
    assert_eq!(inside(&first[1]), "RST 0 000 0 0 0");
    assert_eq!(desk.send(b"\x15-"), [first[1].as_str()]);
    assert!(desk.send(b"\x05").len() == 1);
    sleep(Duration::from_millis(310));
    let woke = desk.tell(BodyEvent::Woke);
    assert_eq!(woke, [first[1].as_str()]);
    assert!(desk.send(b"\x15-").is_empty());
}

#[test]
fn a_page_that_asks_ends_with_the_button_s_code() {
    let mut desk = Desk::new(Generation::New);
    let said = desk.ask("DSP 02 00 ja 1 T 1 line CRD card L:en English");
    assert_eq!(inside(&said[0]), "RDSP 0 000");
    assert!(desk.body.panel().unwrap().offers(&Answer::Language("en".into())));
    assert_eq!(inside(&desk.ask("PIN 4 P T 0")[0]), "RPIN 1 104");
    let said = desk.tell(BodyEvent::Pressed(Answer::Medium(Medium::Card)));
    assert_eq!(inside(&said[0]), "EEND 0 000 CRD");
    assert!(
        desk.tell(BodyEvent::Pressed(Answer::Medium(Medium::Card)))
            .is_empty()
    );
    desk.ask("DSP 06 00 ja 1 T 0 YES yes");
    assert_eq!(inside(&desk.ask("CAN")[0]), "RCAN 3 000");
    assert!(desk.body.panel().is_none());
    assert!(desk.tell(BodyEvent::Quit).is_empty());
}

#[test]
fn an_old_one_shows_two_lines_of_shift_jis() {
    let mut desk = Desk::new(Generation::Old);
    assert_eq!(inside(&desk.ask("DSP 01 00 ja 0 T 2 a b")[0]), "RDSP 0 105");
    let mut page = line(1, "DSP 01 00 ja 0 TT 0");
    let at = page.windows(2).position(|pair| pair == b"TT").unwrap();
    page[at..at + 2].copy_from_slice(&[0x95, 0x5C]);
    let end = page.len() - 2;
    let check = page[1..end].iter().fold(0, |check, byte| check ^ byte);
    page.truncate(end);
    page.extend(format!("{check:02X}").bytes());
    desk.send(&page);
    assert_eq!(desk.body.panel().unwrap().title, "表");
}

#[test]
fn after_a_restart_it_announces_itself_and_knows_no_digit() {
    let mut desk = Desk::new(Generation::New);
    desk.ask("ST");
    desk.front.reboot();
    let said = desk.send(b"\x05");
    assert_eq!(said[0], "\x06-");
    assert!(said[1].contains("-ERDY"));
}
