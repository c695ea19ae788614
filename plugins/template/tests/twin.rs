//! The driver on a twin of its device: what a gateway asks of it, and what a device does to it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use madoguchi_driver_api::screen::{Answer, Page, PinHolder, PinRequest, Screen};
use madoguchi_driver_api::{
    Call, CancelFlag, Capability, Driver, Error, Event, Host, Item, Medium, PoweredCard, Reader,
};
use madoguchi_twin::device::makers::Maker;
use madoguchi_twin::device::{Act, Generation, Link, Options, Stage, State, TcpLink, Twin, Typed};

const SOON: Duration = Duration::from_secs(10);

/// On a machine that is busy with other things. Alone it is a few milliseconds.
const AT_ONCE: Duration = Duration::from_millis(500);

const SERIAL: &str = "EX-0001";

/// SELECT of the card's application for user authentication.
const SELECT: [u8; 15] = [
    0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01,
];

/// A device and a driver that has found it.
struct Desk {
    driver: Box<dyn Driver>,
    twin: Twin,
}

impl Desk {
    fn new(generation: Generation) -> Self {
        let maker = Maker::by_name("example").unwrap();
        let identity = (maker.identity)(generation, SERIAL);
        let front = (maker.front)(&identity);
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let twin = Twin::start(Options::new(identity, Link::Tcp(TcpLink { address })), front).unwrap();
        let settings = format!(r#"{{"address":"{}"}}"#, twin.place().unwrap());
        let driver = face_one::start(Host::new(|_, _| ()).with_settings(&settings)).unwrap();
        let desk = Self { driver, twin };
        desk.until(|event| matches!(event, Event::ReaderChanged(info) if info.selector == SERIAL));
        desk
    }

    fn stage(&self) -> &Stage {
        self.twin.stage()
    }

    /// Waits for an event; what happens before is passed over.
    fn until(&self, wished: impl Fn(&Event) -> bool) -> Event {
        let until = Instant::now() + SOON;
        while Instant::now() < until {
            if let Some(event) = self.driver.next_event(SOON).unwrap()
                && wished(&event)
            {
                return event;
            }
        }
        panic!("it did not happen")
    }

    fn shows(&self, wished: impl Fn(&State) -> bool) -> State {
        self.stage().wait_for(SOON, wished).unwrap().unwrap()
    }

    fn open(&self) -> Box<dyn Reader> {
        self.driver.open(SERIAL, &call()).unwrap()
    }

    /// What the reader comes to while a person does something on the device.
    fn meanwhile<T: Send>(
        &self,
        work: impl FnOnce(&mut dyn Reader) -> T + Send,
        person: impl FnOnce(&Stage),
    ) -> T {
        let mut reader = self.open();
        thread::scope(|scope| {
            let working = scope.spawn(|| work(&mut *reader));
            person(self.stage());
            working.join().unwrap()
        })
    }
}

fn call() -> Call {
    Call::within(SOON)
}

fn screen(page: Page) -> Screen {
    Screen {
        page,
        language: "ja".to_owned(),
    }
}

fn pin_request() -> PinRequest {
    PinRequest {
        medium: Medium::Card,
        digits: 4,
        tries_left: None,
        holder: PinHolder::Patient,
        again_because: None,
        language: "ja".to_owned(),
    }
}

#[test]
fn the_manifest_says_what_the_driver_says() {
    let info = face_one::start(Host::new(|_, _| ())).unwrap().info();
    let manifest = include_str!("../plugin.toml");
    for (key, value) in [("id", info.id), ("maker", info.maker), ("version", info.version)] {
        assert!(
            manifest.contains(&format!("\n{key} = \"{value}\"\n")),
            "{key} = {value:?}"
        );
    }
    assert!(manifest.contains("\nabi = 2\n"));
}

#[test]
fn settings_that_are_wrong_are_refused_with_their_key() {
    for settings in [r#"{"address":"nowhere"}"#, r#"{"colour":"blue"}"#] {
        let refused = face_one::start(Host::new(|_, _| ()).with_settings(settings))
            .err()
            .unwrap();
        assert!(
            refused.to_string().contains("drivers.settings.face-one"),
            "{refused}"
        );
    }
}

#[test]
fn capabilities_are_the_device_s_own() {
    let old = Desk::new(Generation::Old).driver.readers().unwrap();
    let new = Desk::new(Generation::New).driver.readers().unwrap();
    let phones = |readers: &[madoguchi_driver_api::ReaderInfo]| {
        readers[0].capabilities.contains(&Capability::NfcPhone)
    };
    assert!(!phones(&old) && phones(&new));
    assert_eq!(new[0].unavailable, None);
}

#[test]
fn a_card_comes_answers_and_goes() {
    let desk = Desk::new(Generation::New);
    let mut reader = desk.open();
    assert_eq!(desk.driver.open(SERIAL, &call()).err(), Some(Error::ReaderBusy));
    assert_eq!(reader.power_on(&call()), Err(Error::NoCard));
    desk.stage().insert("adult").unwrap();
    desk.until(|event| matches!(event, Event::CardInserted { selector } if selector == SERIAL));
    let mut response = Vec::new();
    {
        let mut card = PoweredCard::power_on(&mut *reader, &call()).unwrap();
        assert_eq!(card.atr().0.first(), Some(&0x3B));
        card.transmit(&SELECT, &mut response, &call()).unwrap();
        assert_eq!(response, [0x90, 0x00]);
        desk.stage().act(Act::Remove).unwrap();
        desk.until(|event| matches!(event, Event::CardGone { .. }));
        let result = card.transmit(&SELECT, &mut response, &call());
        assert_eq!((result, response.len()), (Err(Error::CardRemoved), 0));
    }
    assert_eq!(
        reader.transmit(&SELECT, &mut response, &call()),
        Err(Error::NoCard)
    );
    desk.stage().act(Act::Touch).unwrap();
    desk.until(|event| matches!(event, Event::Touched { .. }));
}

#[test]
fn a_page_is_shown_and_answered() {
    let desk = Desk::new(Generation::New);
    let consent = screen(Page::Consent {
        item: Item::Surgery,
        text: "手術の情報を 100% 提供しますか？".to_owned(),
    });
    let answer = desk.meanwhile(
        |reader| reader.present(&consent, &call()),
        |stage| {
            let state = stage
                .wait_for(SOON, |state| state.panel.is_some())
                .unwrap()
                .unwrap();
            assert_eq!(state.panel.unwrap().lines, ["手術の情報を 100% 提供しますか？"]);
            stage.act(Act::press(Answer::Yes)).unwrap();
        },
    );
    assert_eq!(answer, Ok(Answer::Yes));
    assert_eq!(
        desk.open().present(&screen(Page::TakeCard), &call()),
        Ok(Answer::Seen)
    );
}

#[test]
fn a_pin_is_typed_or_not_and_nowhere_afterwards() {
    let desk = Desk::new(Generation::New);
    let asked = |stage: &Stage| {
        stage.wait_for(SOON, |state| state.pin.is_some()).unwrap();
    };
    let typed = desk.meanwhile(
        |reader| reader.enter_pin(&pin_request(), &call()),
        |stage| {
            asked(stage);
            let digits = Typed::new(b"4711");
            stage.act(Act::TypePin { digits }).unwrap();
        },
    );
    assert_eq!(typed.unwrap().unwrap().expose(), b"4711");
    assert_eq!(desk.stage().state().unwrap().pins_held, 0);
    let declined = desk.meanwhile(
        |reader| reader.enter_pin(&pin_request(), &call()),
        |stage| {
            asked(stage);
            stage.act(Act::CancelPin).unwrap();
        },
    );
    assert!(declined.unwrap().is_none());
}

#[test]
fn a_call_that_is_called_off_clears_its_page() {
    let desk = Desk::new(Generation::New);
    let flag = CancelFlag::default();
    let cancelled = Call::new(Instant::now() + SOON, flag.clone());
    let mut since = Instant::now();
    let (result, ended) = desk.meanwhile(
        |reader| {
            (
                reader.present(&screen(Page::Register), &cancelled),
                Instant::now(),
            )
        },
        |stage| {
            stage.wait_for(SOON, |state| state.panel.is_some()).unwrap();
            since = Instant::now();
            flag.cancel();
        },
    );
    assert_eq!(result, Err(Error::Cancelled));
    assert!(ended - since < AT_ONCE, "{:?}", ended - since);
    assert!(desk.shows(|state| state.page().is_none()).panel.is_none());
    let short = Call::within(Duration::from_millis(30));
    let late = desk.open().enter_pin(&pin_request(), &short);
    assert_eq!(late.err(), Some(Error::Timeout));
    desk.shows(|state| state.pin.is_none());
}

#[test]
fn a_device_that_is_unplugged_ends_the_call_and_comes_back() {
    let desk = Desk::new(Generation::New);
    let result = desk.meanwhile(
        |reader| reader.present(&screen(Page::Register), &call()),
        |stage| {
            stage.wait_for(SOON, |state| state.panel.is_some()).unwrap();
            stage.act(Act::Unplug { back_after_ms: None }).unwrap();
        },
    );
    assert_eq!(result, Err(Error::ReaderRemoved));
    desk.until(|event| matches!(event, Event::ReaderGone { .. }));
    assert_eq!(desk.driver.readers(), Ok(Vec::new()));
    desk.stage().act(Act::Replug { port: None }).unwrap();
    desk.until(|event| matches!(event, Event::ReaderChanged(info) if info.unavailable.is_none()));
    assert_eq!(
        desk.open().present(&screen(Page::Idle), &call()),
        Ok(Answer::Seen)
    );
}
