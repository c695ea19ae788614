//! The example of a driver in C, built as its Makefile builds it, on a twin of its device.
#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use madoguchi_core::consent::Item;
use madoguchi_driver_abi::load;
use madoguchi_driver_api::screen::{Answer, Page, PinHolder, PinRequest, Screen};
use madoguchi_driver_api::{
    Call, CancelFlag, Capability, Driver, Error, Event, Host, Medium, Method, PoweredCard, Reader,
};
use madoguchi_twin::device::makers::Maker;
use madoguchi_twin::device::{
    Act, Field, Generation, Link, Options, PageKind, Stage, State, TcpLink, Twin, Typed,
};

const SOON: Duration = Duration::from_secs(10);
const SELECT: [u8; 15] = [
    0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01,
];

struct Desk {
    twin: Twin,
    driver: Box<dyn Driver>,
}

impl Desk {
    fn new() -> Self {
        let maker = Maker::by_name("example").unwrap();
        let identity = (maker.identity)(Generation::New, "EX-0001");
        let front = (maker.front)(&identity);
        let link = Link::Tcp(TcpLink {
            address: "127.0.0.1:0".parse().unwrap(),
        });
        let twin = Twin::start(Options::new(identity, link), front).unwrap();
        let place: SocketAddr = twin.place().unwrap().parse().unwrap();
        let host = Host::new(|_, _| {}).with_settings(&format!(r#"{{ "port" : {} }}"#, place.port()));
        let driver = load(&library(), host).unwrap().driver;
        let desk = Self { twin, driver };
        let found = desk.event();
        assert!(
            matches!(&found, Event::ReaderChanged(info)
                if info.selector == "EX-0001" && info.model == "Example-Two"),
            "{found:?}"
        );
        desk
    }

    fn event(&self) -> Event {
        self.driver.next_event(SOON).unwrap().unwrap()
    }

    fn stage(&self) -> &Stage {
        self.twin.stage()
    }

    fn wait_for(&self, wished: impl Fn(&State) -> bool) -> State {
        self.stage().wait_for(SOON, wished).unwrap().unwrap()
    }

    fn open(&self) -> Box<dyn Reader> {
        self.driver.open("EX-0001", &call()).unwrap()
    }

    /// What the reader comes to while a person does something on the device.
    fn meanwhile<T: Send>(
        &self,
        work: impl FnOnce(&mut dyn Reader) -> T + Send,
        person: impl FnOnce(&Self),
    ) -> T {
        let mut reader = self.open();
        thread::scope(|scope| {
            let working = scope.spawn(|| work(&mut *reader));
            person(self);
            working.join().unwrap()
        })
    }
}

fn library() -> std::path::PathBuf {
    let sources = ["driver.c", "line.c", "json.c"].map(|file| format!("plugins/c-example/{file}"));
    let sources: Vec<_> = sources.iter().map(String::as_str).collect();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    madoguchi_fixture_build::c_library(&sources, &[], &folder.join("c-example")).unwrap()
}

fn call() -> Call {
    Call::within(SOON)
}

fn screen(page: Page) -> Screen {
    Screen {
        page,
        language: "ja".into(),
    }
}

fn pin_request() -> PinRequest {
    PinRequest {
        medium: Medium::Card,
        digits: 4,
        tries_left: None,
        holder: PinHolder::Guardian,
        again_because: None,
        language: "ja".into(),
    }
}

#[test]
fn it_says_what_it_is_and_what_it_needs() {
    let desk = Desk::new();
    let info = desk.driver.info();
    let manifest = include_str!("../../../plugins/c-example/plugin.toml");
    for (key, value) in [
        ("id", &info.id),
        ("maker", &info.maker),
        ("version", &info.version),
    ] {
        assert!(manifest.contains(&format!("{key} = \"{value}\"\n")), "{key}");
    }
    assert!(manifest.contains("abi = 101\n"));
    let readers = desk.driver.readers().unwrap();
    assert_eq!(
        readers[0].capabilities,
        [
            Capability::NfcCard,
            Capability::NfcPhone,
            Capability::Screen,
            Capability::PinPad
        ]
    );
    for settings in ["{}", r#"{"port":0}"#, r#"{"port":4,"address":"nowhere"}"#] {
        let refused = load(&library(), Host::new(|_, _| {}).with_settings(settings)).unwrap_err();
        assert!(refused.to_string().contains('`'), "{refused}");
    }
    let _open = desk.open();
    assert_eq!(
        desk.driver.open("EX-0001", &call()).err(),
        Some(Error::ReaderBusy)
    );
    assert_eq!(
        desk.driver.open("EX-0002", &call()).err(),
        Some(Error::ReaderRemoved)
    );
}

#[test]
fn a_card_comes_answers_and_goes() {
    let desk = Desk::new();
    let mut reader = desk.open();
    assert_eq!(reader.power_on(&call()), Err(Error::NoCard));
    desk.stage().insert("adult").unwrap();
    let selector = || "EX-0001".to_owned();
    assert_eq!(desk.event(), Event::CardInserted { selector: selector() });
    assert!(desk.driver.readers().unwrap()[0].card_present);
    let mut response = Vec::new();
    {
        let mut card = PoweredCard::power_on(&mut *reader, &call()).unwrap();
        assert_eq!(card.atr().0.first(), Some(&0x3B));
        card.transmit(&SELECT, &mut response, &call()).unwrap();
        assert_eq!(response, [0x90, 0x00]);
        // An extended APDU: the certificate in one piece.
        card.transmit(
            &[0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x0A],
            &mut response,
            &call(),
        )
        .unwrap();
        card.transmit(
            &[0x00, 0xB0, 0x00, 0x00, 0x00, 0x00, 0x00],
            &mut response,
            &call(),
        )
        .unwrap();
        assert!(
            response.len() > 1000 && response.ends_with(&[0x90, 0x00]),
            "{}",
            response.len()
        );
        desk.stage().act(Act::Remove).unwrap();
        assert_eq!(desk.event(), Event::CardGone { selector: selector() });
        assert_eq!(
            card.transmit(&SELECT, &mut response, &call()),
            Err(Error::CardRemoved)
        );
    }
    desk.stage().act(Act::Touch).unwrap();
    assert_eq!(desk.event(), Event::Touched { selector: selector() });
}

#[test]
fn pages_are_shown_and_answered() {
    let desk = Desk::new();
    let cases = [
        (
            Page::ChooseMedium {
                options: vec![Medium::IPhone, Medium::Card],
                notice: None,
            },
            Answer::Medium(Medium::Card),
        ),
        (
            Page::ChooseMethod {
                options: vec![Method::Pin, Method::GuardianPin],
            },
            Answer::Method(Method::GuardianPin),
        ),
        (Page::Register, Answer::No),
    ];
    for (page, answer) in cases {
        let pressed = answer.clone();
        let answered = desk.meanwhile(
            |reader| reader.present(&screen(page), &call()),
            |desk| {
                desk.wait_for(|state| state.panel.as_ref().is_some_and(|panel| panel.offers(&pressed)));
                desk.stage().act(Act::press(pressed)).unwrap();
            },
        );
        assert_eq!(answered, Ok(answer));
    }

    let text = "手術の \"情報\" 100% を\n提供します - よいですか？\\";
    let consent = screen(Page::Consent {
        item: Item::Surgery,
        text: text.to_owned(),
    });
    let answered = desk.meanwhile(
        |reader| reader.present(&consent, &call()),
        |desk| {
            let state = desk.wait_for(|state| state.page() == Some(PageKind::Consent));
            let panel = state.panel.unwrap();
            assert_eq!(
                (panel.about, &panel.lines[..]),
                (Some(Field::Item(Item::Surgery)), &[text.to_owned()][..])
            );
            desk.stage().act(Act::Quit).unwrap();
        },
    );
    assert_eq!(answered, Ok(Answer::Quit));

    let present = screen(Page::Present { medium: Medium::Card });
    assert_eq!(desk.open().present(&present, &call()), Ok(Answer::Seen));
    let state = desk.wait_for(|state| state.page() == Some(PageKind::Present));
    assert_eq!(state.panel.unwrap().about, Some(Field::Medium(Medium::Card)));
    let face = desk.open().verify_face(
        &madoguchi_driver_api::screen::FaceRequest {
            again_because: None,
            language: "ja".into(),
        },
        &call(),
    );
    assert_eq!(face, Err(Error::Unsupported));
}

#[test]
fn a_pin_is_typed_or_not_and_nowhere_afterwards() {
    let desk = Desk::new();
    let asking = |state: &State| state.pin.is_some();
    let typed = desk.meanwhile(
        |reader| reader.enter_pin(&pin_request(), &call()),
        |desk| {
            let pad = desk.wait_for(asking).pin.unwrap().pad;
            assert_eq!((pad.digits, pad.holder), (4, PinHolder::Guardian));
            desk.stage()
                .act(Act::TypePin {
                    digits: Typed::new(b"4711"),
                })
                .unwrap();
        },
    );
    assert_eq!(typed.unwrap().unwrap().expose(), b"4711");
    assert_eq!(desk.stage().state().unwrap().pins_held, 0);
    for act in [Act::CancelPin, Act::Quit] {
        let typed = desk.meanwhile(
            |reader| reader.enter_pin(&pin_request(), &call()),
            |desk| {
                desk.wait_for(asking);
                desk.stage().act(act).unwrap();
            },
        );
        assert!(typed.unwrap().is_none());
    }
}

#[test]
fn calling_off_clears_the_device_within_the_patience() {
    let desk = Desk::new();
    let flag = CancelFlag::default();
    let cancelled = Call::new(Instant::now() + Duration::from_secs(60), flag.clone());
    let mut ended = None;
    let mut called_off = None;
    let result = desk.meanwhile(
        |reader| {
            let result = reader.enter_pin(&pin_request(), &cancelled).map(|_| ());
            ended = Some(Instant::now());
            result
        },
        |desk| {
            desk.wait_for(|state| state.pin.is_some());
            called_off = Some(Instant::now());
            flag.cancel();
        },
    );
    assert_eq!(result, Err(Error::Cancelled));
    let took = ended.unwrap() - called_off.unwrap();
    assert!(took < Call::PATIENCE * 4, "{took:?}, on a machine that is busy");
    let state = desk.wait_for(|state| state.page().is_none());
    assert_eq!(state.pins_held, 0);

    let mut reader = desk.open();
    let short = Call::within(Duration::from_millis(30));
    assert_eq!(
        reader.present(&screen(Page::Register), &short),
        Err(Error::Timeout)
    );
    desk.wait_for(|state| state.page().is_none());
    assert_eq!(
        reader.present(&screen(Page::Idle), &call()),
        Ok(Answer::Seen),
        "the next one"
    );
}

#[test]
fn a_device_that_is_unplugged_ends_the_call_and_comes_back() {
    let desk = Desk::new();
    let result = desk.meanwhile(
        |reader| reader.present(&screen(Page::Register), &call()),
        |desk| {
            desk.wait_for(|state| state.page() == Some(PageKind::Register));
            desk.stage().act(Act::Unplug { back_after_ms: None }).unwrap();
        },
    );
    assert_eq!(result, Err(Error::ReaderRemoved));
    assert_eq!(
        desk.event(),
        Event::ReaderGone {
            selector: "EX-0001".into()
        }
    );
    assert_eq!(desk.driver.readers(), Ok(vec![]));
    desk.stage().act(Act::Replug { port: None }).unwrap();
    assert!(matches!(desk.event(), Event::ReaderChanged(_)));
    assert_eq!(
        desk.open().present(&screen(Page::Idle), &call()),
        Ok(Answer::Seen)
    );

    thread::scope(|scope| {
        let waiting = scope.spawn(|| desk.driver.next_event(Duration::from_secs(60)));
        desk.driver.interrupt();
        assert_eq!(waiting.join().unwrap(), Ok(None));
    });
}
