//! Against a listener that speaks vpcd's side.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use time::macros::datetime;

use super::*;
use crate::{Persona, TestCa};

const SELECT_AP: [u8; 15] = [0, 0xA4, 4, 0x0C, 10, 0xD3, 0x92, 0xF0, 0, 0x26, 1, 0, 0, 0, 1];

struct Vpcd {
    listener: TcpListener,
}

impl Vpcd {
    fn listen() -> Self {
        Self {
            listener: TcpListener::bind("127.0.0.1:0").unwrap(),
        }
    }

    fn card(&self, faults: Faults) -> VpcdCard {
        let persona = Persona::by_name("adult").unwrap().unwrap();
        let now = datetime!(2026-06-15 10:00 +9);
        let card = VirtualCard::new(&persona, &TestCa::new().unwrap(), now).unwrap();
        VpcdCard::connect(self.listener.local_addr().unwrap(), card, faults).unwrap()
    }

    fn accept(&self) -> TcpStream {
        let stream = self.listener.accept().unwrap().0;
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream
    }
}

fn send(stream: &mut TcpStream, data: &[u8]) {
    // In two writes, as vpcd does.
    stream.write_all(&(data.len() as u16).to_be_bytes()).unwrap();
    stream.write_all(data).unwrap();
}

/// A frame, or nothing where the other side closed.
fn receive(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut len = [0; 2];
    if let Err(error) = stream.read_exact(&mut len) {
        let closed = [
            std::io::ErrorKind::UnexpectedEof,
            std::io::ErrorKind::ConnectionReset,
        ];
        assert!(closed.contains(&error.kind()), "{error}");
        return None;
    }
    let mut data = vec![0; usize::from(u16::from_be_bytes(len))];
    stream.read_exact(&mut data).unwrap();
    Some(data)
}

#[test]
fn a_card_answers_atr_power_and_apdus() {
    let vpcd = Vpcd::listen();
    let card = vpcd.card(Faults::default());
    let mut stream = vpcd.accept();
    send(&mut stream, &[4]);
    assert_eq!(receive(&mut stream).unwrap(), crate::card::ATR);
    send(&mut stream, &[1]);
    send(&mut stream, &SELECT_AP);
    assert_eq!(receive(&mut stream).unwrap(), [0x90, 0x00]);
    send(&mut stream, &[2]);
    send(&mut stream, &[0, 0xA4, 2, 0x0C, 2, 0, 6]);
    assert_eq!(
        receive(&mut stream).unwrap(),
        [0x6A, 0x82],
        "the reset lost the selection"
    );
    let report = card.report().unwrap();
    assert_eq!(report.apdu_count, 2);
    assert_eq!(report.seen[0].header, [0, 0xA4, 4, 0x0C]);
    assert!(report.inserted && report.connected);
}

#[test]
fn a_pulled_card_stays_off_until_it_is_put_on_again() {
    let vpcd = Vpcd::listen();
    let card = vpcd.card(Faults::pull_at(1));
    let mut stream = vpcd.accept();
    send(&mut stream, &[1]);
    send(&mut stream, &SELECT_AP);
    assert_eq!(receive(&mut stream), None, "closed without an answer");
    assert!(!card.report().unwrap().inserted);
    card.set_faults(Faults::default()).unwrap();
    card.insert().unwrap();
    let mut stream = vpcd.accept();
    send(&mut stream, &[1]);
    send(&mut stream, &SELECT_AP);
    assert_eq!(receive(&mut stream).unwrap(), [0x90, 0x00]);
    card.remove().unwrap();
    assert_eq!(receive(&mut stream), None);
}

#[test]
fn a_card_that_hangs_or_is_slow_can_still_be_taken_off() {
    for faults in [
        Faults {
            hang_at_apdu: Some(1),
            ..Faults::default()
        },
        Faults {
            delay_ms: 60_000,
            ..Faults::default()
        },
    ] {
        let vpcd = Vpcd::listen();
        let card = vpcd.card(faults);
        let mut stream = vpcd.accept();
        send(&mut stream, &[1]);
        send(&mut stream, &SELECT_AP);
        while card.report().unwrap().apdu_count == 0 {
            std::thread::yield_now();
        }
        card.remove().unwrap();
        assert_eq!(receive(&mut stream), None, "{faults:?}");
    }
}

#[test]
fn another_card_takes_its_place() {
    let vpcd = Vpcd::listen();
    let card = vpcd.card(Faults::default());
    let mut stream = vpcd.accept();
    let iphone = Persona::by_name("iphone").unwrap().unwrap();
    let iphone = VirtualCard::new(&iphone, &TestCa::new().unwrap(), datetime!(2026-06-15 10:00 +9)).unwrap();
    assert!(!card.replace(iphone).unwrap().inserted);
    assert_eq!(receive(&mut stream), None);
    assert_eq!(card.insert().unwrap().tries_left, None);
    let mut stream = vpcd.accept();
    send(&mut stream, &[1]);
    send(&mut stream, &SELECT_AP);
    assert_eq!(receive(&mut stream).unwrap(), [0x90, 0x00]);
    send(&mut stream, &[0, 0xB0, 0x86, 0, 14]);
    assert_eq!(&receive(&mut stream).unwrap()[..14], b"JPKIAPIOSTOKEN");
}

#[test]
fn a_card_comes_back_with_its_vpcd_and_leaves_with_its_handle() {
    let vpcd = Vpcd::listen();
    let card = vpcd.card(Faults::default());
    drop(vpcd.accept());
    let mut stream = vpcd.accept();
    send(&mut stream, &[4]);
    assert!(receive(&mut stream).is_some());
    drop(card);
    assert_eq!(receive(&mut stream), None);
}
