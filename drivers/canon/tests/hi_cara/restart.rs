//! A device that starts anew behind a line that stays: its sessions and its card's power are gone, the plug is not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use madoguchi_driver_api::screen::{Answer, FaceOutcome, Page, Screen};
use madoguchi_driver_api::{Error, Reader};
use madoguchi_twin::device::{Act, Body, BodyEvent, Front, Generation, PageKind, Twin};

use crate::card::SELECT;
use crate::desk::{Desk, front, long, seen};
use crate::face::request;

/// The maker's firmware, which starts anew before the next report that it is sent, once told to.
struct Restarting {
    firmware: Box<dyn Front>,
    now: Arc<AtomicBool>,
}

impl Front for Restarting {
    fn receive(&mut self, bytes: &[u8], body: &mut Body, out: &mut dyn FnMut(&[u8])) {
        if self.now.swap(false, Ordering::AcqRel) {
            body.clear();
            body.slot().power_off();
            self.firmware.reboot();
            if body.card_present() {
                self.firmware.happened(BodyEvent::CardIn, body, out);
            }
        }
        self.firmware.receive(bytes, body, out);
    }

    fn happened(&mut self, event: BodyEvent, body: &mut Body, out: &mut dyn FnMut(&[u8])) {
        self.firmware.happened(event, body, out);
    }

    fn reboot(&mut self) {
        self.firmware.reboot();
    }
}

struct Counter {
    desk: Desk,
    twin: Twin,
    reader: Box<dyn Reader>,
    now: Arc<AtomicBool>,
}

fn counter() -> Counter {
    let desk = Desk::empty();
    let options = desk.options("1-1", "0001", Generation::New);
    let now = Arc::new(AtomicBool::new(false));
    let firmware = Restarting {
        firmware: front(&options.identity),
        now: Arc::clone(&now),
    };
    let twin = Twin::start(options, Box::new(firmware)).unwrap();
    let reader = desk.open("0001");
    twin.stage().insert("adult").unwrap();
    Counter {
        desk,
        twin,
        reader,
        now,
    }
}

fn screen(page: Page) -> Screen {
    Screen {
        page,
        language: "ja".to_owned(),
    }
}

#[test]
fn a_powered_card_was_reset_and_everything_else_goes_on() {
    let Counter {
        desk,
        twin,
        mut reader,
        now,
    } = counter();
    let mut response = Vec::new();
    for use_card in [
        |reader: &mut dyn Reader| reader.transmit(SELECT, &mut Vec::new(), &long()),
        |reader: &mut dyn Reader| reader.verify_face(&request(), &long()).map(drop),
        |reader: &mut dyn Reader| reader.accept_visual(&long()),
    ] {
        reader.power_on(&long()).unwrap();
        now.store(true, Ordering::Release);
        assert_eq!(use_card(&mut *reader), Err(Error::CardReset));
        // It stays so until somebody powers the card up anew.
        assert_eq!(
            reader.transmit(SELECT, &mut response, &long()),
            Err(Error::CardReset)
        );
        let page = screen(Page::Completed);
        assert_eq!(reader.present(&page, &long()), Ok(Answer::Seen));
    }
    now.store(true, Ordering::Release);
    reader.power_on(&long()).unwrap();
    assert_eq!(reader.verify_face(&request(), &long()), Ok(FaceOutcome::Match));
    reader.transmit(SELECT, &mut response, &long()).unwrap();
    assert_eq!(response, [0x90, 0]);
    assert_eq!(desk.readers()[0].selector, "0001");
    assert!(twin.stage().state().unwrap().connected);
}

#[test]
fn a_page_that_is_waited_for_is_shown_again() {
    let Counter {
        twin,
        mut reader,
        now,
        desk: _desk,
    } = counter();
    let stage = twin.stage();
    let register = screen(Page::Register);
    thread::scope(|scope| {
        let presented = scope.spawn(|| reader.present(&register, &long()));
        let is_shown = |times| {
            seen(stage, "the page", |state| {
                let shown = state.pages.iter().filter(|page| **page == PageKind::Register);
                state.panel.is_some() && shown.count() == times
            })
        };
        is_shown(1);
        now.store(true, Ordering::Release);
        is_shown(2);
        stage.act(Act::press(Answer::No)).unwrap();
        assert_eq!(presented.join().unwrap(), Ok(Answer::No));
    });
}

#[test]
fn a_restart_while_nobody_speaks_to_it_costs_nothing() {
    let Counter {
        desk,
        twin,
        mut reader,
        now,
    } = counter();
    assert_eq!(desk.readers()[0].firmware, "2.1.0");
    now.store(true, Ordering::Release);
    // Nobody speaks to it: it is the pump that notices, when it asks after a while.
    desk.wait_until("asked", |_| !now.load(Ordering::Acquire));
    reader.power_on(&long()).unwrap();
    assert_eq!(desk.readers()[0].selector, "0001");
    assert!(twin.stage().state().unwrap().card.unwrap().powered);
}
