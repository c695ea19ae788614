//! A twin with a toy protocol in front of it: links, stage, faults and the patient.

#[path = "device/driver.rs"]
mod driver;
#[path = "device/toy.rs"]
mod toy;

use std::time::{Duration, Instant};

use driver::Driver;
use madoguchi_core::check_in::Guidance;
use madoguchi_core::consent::Item;
use madoguchi_core::reader::Capability;
use madoguchi_core::screen::{Answer, FaceOutcome};
use madoguchi_core::{Medium, Method};
use madoguchi_twin::Faults;
use madoguchi_twin::device::{
    Act, At, DeviceFaults, End, FaceScript, Field, Generation, HidLink, Identity, Link, Options, PageKind,
    Panel, Patient, PtyLink, Quirk, Refused, StageClient, TcpLink, Twin, What,
};
use tempfile::TempDir;
use toy::Toy;

const SOON: Duration = Duration::from_secs(5);
const SELECT_AP: &str = "apdu 00A4040C0AD392F000260100000001";
const SELECT_KEY: &str = "apdu 00A4020C020017";
const SIGN: &str = "apdu 802A0080330102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F3031323300";

fn identity() -> Identity {
    Identity {
        maker: "toy".to_owned(),
        model: "T-1".to_owned(),
        firmware: "1.0".to_owned(),
        serial: "0042".to_owned(),
        generation: Generation::New,
        capabilities: vec![Capability::Screen, Capability::Face, Capability::PinPad],
    }
}

fn tcp() -> Link {
    Link::Tcp(TcpLink {
        address: ([127, 0, 0, 1], 0).into(),
    })
}

fn hid(folder: &TempDir) -> Link {
    Link::Hid(HidLink {
        folder: folder.path().to_owned(),
        port: "1-2".to_owned(),
        vendor_id: 0x4D47,
        product_id: 1,
        product: "Toy".to_owned(),
    })
}

fn pty(folder: &TempDir) -> Link {
    Link::Pty(PtyLink {
        folder: folder.path().to_owned(),
        port: "ttyUSB0".to_owned(),
    })
}

fn start(link: Link) -> Twin {
    Twin::start(Options::new(identity(), link), Box::new(Toy::default())).unwrap()
}

fn start_tcp() -> (Twin, Driver) {
    let twin = start(tcp());
    let driver = Driver::connect(&twin);
    (twin, driver)
}

#[test]
fn each_link_carries_frames_both_ways_and_goes_with_the_plug() {
    let folder = TempDir::new().unwrap();
    for link in [tcp(), hid(&folder), pty(&folder)] {
        let twin = start(link.clone());
        let mut driver = Driver::connect(&twin);
        assert_eq!(driver.ask("ping"), "pong", "{link:?}");
        twin.stage().insert("adult").unwrap();
        assert_eq!(driver.next(), "event card_in", "{link:?}");
        let state = twin.stage().state().unwrap();
        assert!(state.connected && state.frames_in >= 1, "{link:?}: {state:?}");
        assert_eq!(state.frames_out, 2, "{link:?}");
        let place = twin.place().unwrap();
        let state = twin.stage().act(Act::Unplug { back_after_ms: None }).unwrap();
        assert_eq!(state.place, None);
        assert_eq!(driver.try_next(), None, "the line ends with the plug: {link:?}");
        assert_eq!(std::fs::symlink_metadata(&place).is_ok(), false, "{place}");
        assert_eq!(
            twin.stage().act(Act::Touch).unwrap_err(),
            Refused::Unplugged,
            "{link:?}"
        );
        let port = Some("ttyUSB7".to_owned());
        let state = twin.stage().act(Act::Replug { port }).unwrap();
        let moved = state.place.unwrap();
        assert!(
            moved.contains("ttyUSB7") || moved == place,
            "a service keeps its address: {moved}"
        );
        let mut driver = Driver::connect(&twin);
        // What lay there the whole time is found again, before or after anybody asks.
        let answers = [driver.ask("ping"), driver.try_next_soon().unwrap_or_default()];
        assert!(answers.contains(&"pong".to_owned()), "{link:?}: {answers:?}");
    }
}

#[test]
fn a_driver_that_went_leaves_the_line_to_the_next_one() {
    let folder = TempDir::new().unwrap();
    for link in [tcp(), hid(&folder), pty(&folder)] {
        let twin = start(link.clone());
        for _ in 0..3 {
            let mut driver = Driver::connect(&twin);
            assert_eq!(driver.ask("ping"), "pong", "{link:?}");
        }
    }
}

#[test]
fn frames_are_answered_at_once() {
    let folder = TempDir::new().unwrap();
    for link in [tcp(), hid(&folder), pty(&folder)] {
        let twin = start(link.clone());
        let mut driver = Driver::connect(&twin);
        driver.ask("ping");
        let began = Instant::now();
        for _ in 0..50 {
            driver.ask("ping");
        }
        let each = began.elapsed() / 50;
        assert!(each < Duration::from_millis(5), "{link:?}: {each:?}");
    }
}

#[test]
fn a_button_answers_only_where_it_is_shown() {
    let (twin, mut driver) = start_tcp();
    let stage = twin.stage();
    assert_eq!(
        stage.act(Act::press(Answer::Yes)).unwrap_err(),
        Refused::NoSuchButton
    );
    let shown = driver.show(
        Panel::new(PageKind::Consent)
            .about(Field::Item(Item::Diagnosis))
            .button(Answer::Yes, "同意する")
            .button(Answer::Quit, "やめる"),
    );
    assert_eq!(
        stage.act(Act::press(Answer::No)).unwrap_err(),
        Refused::NoSuchButton
    );
    stage.act(Act::press(Answer::Yes)).unwrap();
    assert_eq!(driver.next(), "event pressed Yes");
    stage.act(Act::press(Answer::Quit)).unwrap();
    assert_eq!(driver.next(), "event quit");
    driver.show(Panel::new(PageKind::StaffCheck).button(Answer::Yes, "一致"));
    let late = Act::Press {
        answer: Answer::Yes,
        shown: Some(shown),
    };
    assert_eq!(
        stage.act(late).unwrap_err(),
        Refused::NoSuchButton,
        "it was another page's"
    );
    let state = stage.state().unwrap();
    assert_eq!(state.pages, [PageKind::Consent, PageKind::StaffCheck]);
}

#[test]
fn no_digit_outlives_its_call() {
    let (twin, mut driver) = start_tcp();
    let stage = twin.stage();
    driver.ask("pin 4");
    assert_eq!(stage.state().unwrap().pins_held, 1, "the pad is open");
    let type_digits = |digits: &[u8]| {
        stage
            .act(Act::TypePin {
                digits: madoguchi_twin::device::Typed::new(digits),
            })
            .unwrap()
    };
    assert_eq!(type_digits(b"12").pin.unwrap().typed, 2);
    let state = type_digits(b"34");
    assert_eq!(driver.next(), "event pin 1234");
    assert_eq!((state.pin, state.pins_held), (None, 0));
    for (end, event) in [
        (Some(Act::CancelPin), Some("event pin_cancelled")),
        (None, None),
        (Some(Act::Quit), Some("event quit")),
    ] {
        driver.ask("pin 4");
        type_digits(b"99");
        match end {
            Some(act) => drop(stage.act(act).unwrap()),
            None => drop(driver.ask("clear")),
        }
        if let Some(event) = event {
            assert_eq!(driver.next(), event);
        }
        assert_eq!(stage.state().unwrap().pins_held, 0);
    }
    // A front that keeps them is found out, and a reboot ends even that.
    driver.ask("keep");
    driver.ask("pin 4");
    assert_eq!(type_digits(b"1234").pins_held, 1);
    driver.next();
    let state = stage.act(Act::Reboot { takes_ms: 0 }).unwrap();
    assert_eq!(state.pins_held, 0);
}

#[test]
fn a_matched_face_lets_the_card_sign_until_its_power_goes() {
    let (twin, mut driver) = start_tcp();
    let stage = twin.stage();
    let script = [FaceOutcome::NoMatch, FaceOutcome::Match];
    stage
        .act(Act::Face(FaceScript::sequence(script).thinking(1)))
        .unwrap();
    assert_eq!(driver.ask("face"), "no card", "nothing lies there");
    stage.insert("no-pin").unwrap();
    assert_eq!(driver.next(), "event card_in");
    assert_eq!(driver.ask("face"), "no card", "it has no power");
    assert_eq!(driver.ask("on"), "3BE000FF8131FE4514");
    driver.ask(SELECT_AP);
    driver.ask(SELECT_KEY);
    assert_eq!(driver.ask(SIGN), "6982");
    driver.ask("face");
    assert_eq!(driver.next(), "event face NoMatch");
    driver.ask("face");
    assert_eq!(driver.next(), "event face Match");
    assert_eq!(driver.ask(SELECT_KEY), "9000", "the application is selected");
    assert_eq!(driver.ask(SIGN).len(), 2 * 258);
    driver.ask("on");
    driver.ask(SELECT_AP);
    driver.ask(SELECT_KEY);
    assert_eq!(driver.ask(SIGN), "6982");
    assert_eq!(driver.ask("visual"), "true");
    driver.ask(SELECT_KEY);
    assert_eq!(driver.ask(SIGN).len(), 2 * 258);
    let card = stage.state().unwrap().card.unwrap();
    assert_eq!(
        (card.pins_sent, card.tries_left, card.persona.as_str()),
        (0, None, "no-pin")
    );
}

#[test]
fn a_card_that_leaves_ends_the_face() {
    let (twin, mut driver) = start_tcp();
    let stage = twin.stage();
    stage.act(Act::Face(FaceScript::nobody())).unwrap();
    stage.insert("adult").unwrap();
    driver.next();
    driver.ask("on");
    driver.ask("face");
    let state = stage.act(Act::Remove).unwrap();
    assert_eq!(
        [driver.next(), driver.next()],
        ["event face_no_card", "event card_out"]
    );
    assert!(!state.face && !state.card_present);
    assert_eq!(stage.act(Act::Remove).unwrap_err(), Refused::SlotEmpty);
}

#[test]
fn a_phone_is_not_what_a_face_is_compared_with() {
    let (twin, mut driver) = start_tcp();
    twin.stage().insert("iphone").unwrap();
    driver.next();
    driver.ask("on");
    assert_eq!(driver.ask("visual"), "false");
    driver.ask("face");
    assert_eq!(driver.next(), "event face_no_card");
}

#[test]
fn an_iphone_signs_while_it_is_armed() {
    let (twin, mut driver) = start_tcp();
    let stage = twin.stage();
    let Act::Insert(mut insert) = Act::insert("iphone") else {
        unreachable!()
    };
    insert.armed_ms = Some(40);
    stage.act(Act::Insert(insert)).unwrap();
    driver.next();
    driver.ask("on");
    driver.ask(SELECT_AP);
    driver.ask(SELECT_KEY);
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(driver.ask(SIGN), "6982");
    stage.act(Act::Arm).unwrap();
    assert_eq!(driver.ask(SIGN).len(), 2 * 258);
}

#[test]
fn not_everything_that_is_put_on_a_reader_is_a_my_number_card() {
    let (twin, mut driver) = start_tcp();
    let stage = twin.stage();
    stage.insert("not-my-number").unwrap();
    driver.next();
    assert_eq!(driver.ask("on"), "3BE000FF8131FE4514");
    assert_eq!(driver.ask(SELECT_AP), "6A82");
    assert_eq!(driver.ask("visual"), "false");
    assert_eq!(
        stage.act(Act::insert("paper-card")).unwrap_err(),
        Refused::SlotOccupied
    );
    stage.act(Act::Remove).unwrap();
    driver.next();
    assert!(stage.insert("paper-card").unwrap().card_present);
    assert_eq!(driver.next(), "event card_in");
    assert_eq!(driver.ask("on"), "none", "there is no chip");
    assert_eq!(stage.insert("nobody").unwrap_err(), Refused::UnknownPersona);
}

#[test]
fn a_card_that_comes_again_remembers_its_tries_and_a_fresh_one_does_not() {
    let (twin, mut driver) = start_tcp();
    let stage = twin.stage();
    stage.insert("adult").unwrap();
    driver.next();
    driver.ask("on");
    driver.ask(SELECT_AP);
    driver.ask("apdu 00A4020C020018");
    assert_eq!(driver.ask("apdu 002000800430303030"), "63C2");
    stage.act(Act::Remove).unwrap();
    let card = stage.state().unwrap().card.unwrap();
    assert_eq!(
        (card.inserted, card.pins_sent, card.tries_left),
        (false, 1, Some(2))
    );
    let card = stage.insert("adult").unwrap().card.unwrap();
    assert_eq!(card.tries_left, Some(2));
    stage.act(Act::Remove).unwrap();
    let Act::Insert(mut insert) = Act::insert("adult") else {
        unreachable!()
    };
    insert.fresh = true;
    let card = stage.act(Act::Insert(insert)).unwrap().card.unwrap();
    assert_eq!((card.tries_left, card.pins_sent), (Some(3), 0));
}

#[test]
fn card_faults_count_from_the_insertion() {
    let (twin, mut driver) = start_tcp();
    let stage = twin.stage();
    let insert = |faults: Faults| {
        let Act::Insert(mut insert) = Act::insert("adult") else {
            unreachable!()
        };
        insert.faults = faults;
        stage.act(Act::Insert(insert)).unwrap();
    };
    insert(Faults::pull_at(2));
    driver.next();
    driver.ask("on");
    driver.ask(SELECT_AP);
    assert_eq!(driver.ask(SELECT_KEY), "removed");
    assert_eq!(driver.next(), "event card_out");
    assert!(!stage.state().unwrap().card_present);
    insert(Faults {
        delay_ms: 60,
        ..Faults::default()
    });
    driver.next();
    driver.ask("on");
    let began = Instant::now();
    driver.send(SELECT_AP);
    // The device itself goes on meanwhile.
    stage.state().unwrap();
    assert!(began.elapsed() < Duration::from_millis(50));
    assert_eq!(driver.next(), "9000");
    assert!(began.elapsed() >= Duration::from_millis(60));
    stage.act(Act::Remove).unwrap();
    driver.next();
    insert(Faults {
        hang_at_apdu: Some(1),
        ..Faults::default()
    });
    driver.next();
    driver.ask("on");
    assert_eq!(driver.ask(SELECT_AP), "silent");
}

#[test]
fn faults_happen_at_their_frame() {
    let spoilt = |what| {
        let mut options = Options::new(identity(), tcp());
        options.faults = DeviceFaults::one(At::Sent(2), what);
        let twin = Twin::start(options, Box::new(Toy::default())).unwrap();
        let mut driver = Driver::connect(&twin);
        assert_eq!(driver.ask("ping"), "pong");
        driver.send("ping");
        (twin, driver)
    };
    let (_twin, mut driver) = spoilt(What::Duplicate);
    assert_eq!([driver.next(), driver.next()], ["pong", "pong"]);
    let (_twin, mut driver) = spoilt(What::WrongChecksum);
    assert_eq!(driver.next(), "qong", "the toy spoils its first byte");
    let (_twin, mut driver) = spoilt(What::Lost);
    assert_eq!(driver.try_next_soon(), None);
    assert_eq!(driver.ask("ping"), "pong");
    let (_twin, mut driver) = spoilt(What::Half);
    assert_eq!(driver.ask("ping"), "popong", "half a frame, then the next one");
    let slow = What::Slow {
        delay_ms: 80,
        frames: 1,
    };
    let began = Instant::now();
    let (_twin, mut driver) = spoilt(slow);
    assert_eq!(driver.next(), "pong");
    assert!(began.elapsed() >= Duration::from_millis(80));
    let (twin, mut driver) = spoilt(What::Unplug {
        back_after_ms: Some(60),
    });
    assert_eq!(driver.try_next(), None);
    assert!(
        twin.stage()
            .wait_for(SOON, |state| state.place.is_some())
            .unwrap()
            .is_some()
    );
    assert_eq!(
        Driver::connect(&twin).ask("ping"),
        "pong",
        "frames are not counted anew"
    );
    let (twin, mut driver) = spoilt(What::Freeze { for_ms: None });
    assert_eq!(driver.try_next_soon(), None);
    assert!(twin.stage().state().unwrap().frozen);
    assert_eq!(twin.stage().act(Act::Touch).unwrap_err(), Refused::Frozen);
    driver.send("ping");
    assert_eq!(driver.try_next_soon(), None);
    twin.stage().act(Act::Replug { port: None }).unwrap();
    assert_eq!(Driver::connect(&twin).ask("ping"), "pong");
    let (twin, mut driver) = spoilt(What::Freeze { for_ms: Some(30) });
    assert!(
        twin.stage()
            .wait_for(SOON, |state| !state.frozen)
            .unwrap()
            .is_some()
    );
    assert_eq!(driver.ask("ping"), "pong");
}

#[test]
fn a_clock_may_jump() {
    let (twin, mut driver) = start_tcp();
    let clock = |driver: &mut Driver| driver.ask("clock").parse::<i64>().unwrap();
    let before = clock(&mut driver);
    let jump = What::ClockJump { by_s: -3_600 };
    let faults = DeviceFaults::one(At::Received(1), jump);
    twin.stage().act(Act::Faults(faults)).unwrap();
    let after = clock(&mut driver);
    assert!((3_590..=3_600).contains(&(before - after)), "{before} {after}");
}

#[test]
fn a_stage_is_the_same_on_a_line_of_json() {
    let mut options = Options::new(identity(), tcp());
    options.stage = Some(([127, 0, 0, 1], 0).into());
    let twin = Twin::start(options, Box::new(Toy::default())).unwrap();
    let mut driver = Driver::connect(&twin);
    let address = twin.stage_address().unwrap();
    let mut client = StageClient::connect(address).unwrap();
    let state = client.act_json(r#"{"insert":{"persona":"adult"}}"#).unwrap();
    assert!(state.card_present);
    assert_eq!(driver.next(), "event card_in");
    assert_eq!(client.act(Act::Look).unwrap(), twin.stage().state().unwrap());
    driver.ask("pin 4");
    client.act_json(r#"{"type_pin":{"digits":"1234"}}"#).unwrap();
    assert_eq!(driver.next(), "event pin 1234");
    let refused = client.act_json(r#"{"press":{"answer":"yes"}}"#).unwrap_err();
    assert_eq!(refused.to_string(), "no such button is shown");
    let wrong = client.act_json(r#"{"dance":{}}"#).unwrap_err().to_string();
    assert!(wrong.contains("dance"), "{wrong}");
    // A watch ends with the change and not with its time.
    let state = client.act(Act::Look).unwrap();
    let watcher = std::thread::spawn(move || client.watch(state.sequence, Duration::from_secs(20)));
    let began = Instant::now();
    driver.show(Panel::new(PageKind::Completed));
    let seen = watcher.join().unwrap().unwrap();
    assert_eq!(seen.page(), Some(PageKind::Completed));
    assert!(began.elapsed() < SOON);
    drop(twin);
    assert!(StageClient::connect(address).is_err(), "it closes with the twin");
}

#[test]
fn only_loopback_reaches_a_stage_or_a_service() {
    let mut options = Options::new(identity(), tcp());
    options.stage = Some(([0, 0, 0, 0], 0).into());
    assert!(Twin::start(options, Box::new(Toy::default())).is_err());
    let link = Link::Tcp(TcpLink {
        address: ([0, 0, 0, 0], 0).into(),
    });
    assert!(Twin::start(Options::new(identity(), link), Box::new(Toy::default())).is_err());
}

#[test]
fn a_patient_goes_through_a_visit_by_himself() {
    let (twin, mut driver) = start_tcp();
    let mut patient = Patient::new("adult").typing(["9999", "1234"]);
    patient.methods = vec![Method::Face, Method::Pin];
    patient.refuses = vec![Item::Surgery];
    patient.language = Some("en".to_owned());
    let visit = patient
        .start(twin.stage().clone(), None, Duration::from_secs(20))
        .unwrap();
    let media = Panel::new(PageKind::ChooseMedium)
        .language("ja")
        .button(Answer::Medium(Medium::Card), "カード")
        .button(Answer::Language("en".to_owned()), "English");
    driver.show(media.clone());
    assert_eq!(driver.next(), r#"event pressed Language("en")"#);
    driver.show(media.language("en"));
    assert_eq!(driver.next(), "event pressed Medium(Card)");
    driver.show(Panel::new(PageKind::Present).about(Field::Medium(Medium::Card)));
    assert_eq!(driver.next(), "event card_in");
    let methods = Panel::new(PageKind::ChooseMethod)
        .button(Answer::Method(Method::Pin), "暗証番号")
        .button(Answer::Method(Method::Face), "顔認証");
    driver.show(methods.clone());
    assert_eq!(driver.next(), "event pressed Method(Face)");
    driver.show(methods);
    assert_eq!(driver.next(), "event pressed Method(Pin)");
    driver.ask("pin 4");
    assert_eq!(driver.next(), "event pin 9999");
    driver.ask("pin 4");
    assert_eq!(driver.next(), "event pin 1234");
    for (item, answer) in [(Item::Diagnosis, "Yes"), (Item::Surgery, "No")] {
        driver.show(
            Panel::new(PageKind::Consent)
                .about(Field::Item(item))
                .button(Answer::Yes, "yes")
                .button(Answer::No, "no"),
        );
        assert_eq!(driver.next(), format!("event pressed {answer}"));
    }
    driver.show(Panel::new(PageKind::Completed));
    assert_eq!(driver.next(), "event card_out");
    let visit = visit.join().unwrap();
    assert_eq!(
        (visit.end, visit.pins_typed, visit.card_left),
        (End::Completed, 2, false)
    );
    assert_eq!(twin.stage().state().unwrap().pins_held, 0);
}

#[test]
fn a_patient_has_quirks() {
    let (twin, mut driver) = start_tcp();
    let visit = |patient: Patient| {
        patient
            .start(twin.stage().clone(), None, Duration::from_secs(20))
            .unwrap()
    };
    let present = || Panel::new(PageKind::Present).about(Field::Medium(Medium::Card));
    let guide = |guidance| Panel::new(PageKind::Guide).about(Field::Guidance(guidance));
    // He holds it up too early, and leaves it until he was reminded long enough.
    let early = visit(
        Patient::new("adult")
            .with(Quirk::EarlyTap)
            .with(Quirk::LeavesCard { ms: 400 }),
    );
    assert_eq!(driver.next(), "event card_in");
    driver.show(guide(Guidance::TouchScreenFirst));
    assert_eq!(driver.next(), "event touched");
    let began = Instant::now();
    driver.show(Panel::new(PageKind::TakeCard));
    assert_eq!(driver.next(), "event card_out");
    assert!(began.elapsed() >= Duration::from_millis(400));
    driver.show(Panel::new(PageKind::Completed));
    assert_eq!(early.join().unwrap().end, End::Completed);
    // The next one does not take the page of the last one for his own.
    let quits = visit(Patient::new("adult").with(Quirk::Quits { at: PageKind::Pin }));
    driver.show(present());
    assert_eq!(driver.next(), "event card_in");
    driver.ask("pin 4");
    assert_eq!([driver.next(), driver.next()], ["event quit", "event card_out"]);
    assert_eq!(quits.join().unwrap().end, End::Quit);
    // Something else first, taken away too soon, then the right one.
    let other = visit(Patient::new("adult").with(Quirk::HoldsOther {
        persona: "not-my-number".to_owned(),
    }));
    driver.show(present());
    assert_eq!(driver.next(), "event card_in");
    driver.ask("on");
    assert_eq!(driver.ask(SELECT_AP), "6A82");
    driver.show(guide(Guidance::TryAgain));
    assert_eq!(
        [driver.next(), driver.next()],
        ["event card_out", "event card_in"]
    );
    driver.ask("on");
    assert_eq!(driver.ask(SELECT_AP), "9000");
    driver.show(Panel::new(PageKind::Failed));
    assert_eq!(driver.next(), "event card_out");
    assert_eq!(other.join().unwrap().end, End::Failed);
    // One who goes away leaves his card; one who is called off does not.
    let gone = visit(Patient::new("adult").with(Quirk::WalksAway {
        at: PageKind::StaffCheck,
    }));
    driver.show(present());
    driver.next();
    driver.show(Panel::new(PageKind::StaffCheck));
    let gone = gone.join().unwrap();
    assert_eq!((gone.end, gone.card_left), (End::WalkedAway, true));
    assert!(twin.stage().act(Act::Remove).is_ok());
    driver.next();
    let called = visit(Patient::new("adult"));
    driver.show(present());
    driver.next();
    called.call_off();
    assert_eq!(driver.next(), "event card_out");
    assert_eq!(called.join().unwrap().end, End::CalledOff);
}

#[test]
fn an_iphone_is_armed_again_when_its_owner_is_told() {
    let (twin, mut driver) = start_tcp();
    let quirk = Quirk::ArmsTooEarly { window_ms: 1 };
    let visit = Patient::new("iphone")
        .with(quirk)
        .start(twin.stage().clone(), None, Duration::from_secs(20))
        .unwrap();
    driver.show(Panel::new(PageKind::Present).about(Field::Medium(Medium::IPhone)));
    let sign = |driver: &mut Driver| {
        assert_eq!(driver.next(), "event card_in");
        driver.ask("on");
        driver.ask(SELECT_AP);
        driver.ask(SELECT_KEY);
        driver.ask(SIGN)
    };
    assert_eq!(sign(&mut driver), "6982");
    driver.show(Panel::new(PageKind::Guide).about(Field::Guidance(Guidance::ArmWallet)));
    assert_eq!(driver.next(), "event card_out");
    assert_eq!(sign(&mut driver).len(), 2 * 258);
    driver.show(Panel::new(PageKind::Completed));
    assert_eq!(driver.next(), "event card_out", "a phone is taken away at once");
    let visit = visit.join().unwrap();
    assert_eq!((visit.end, visit.taps), (End::Completed, 2));
}
