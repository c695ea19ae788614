//! What is done to a device, and what its front is told.

use super::*;

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
        ["event card_out", "event face_no_card"]
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
fn a_card_on_a_pcsc_reader_is_the_devices_card() {
    let vpcd = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut options = Options::new(identity(), tcp());
    options.vpcd = Some(vpcd.local_addr().unwrap());
    options.face = FaceScript::always(FaceOutcome::Match).thinking(1);
    let twin = Twin::start(options, Box::new(Toy::default())).unwrap();
    let mut driver = Driver::connect(&twin);
    let stage = twin.stage();
    let Act::Insert(mut insert) = Act::insert("no-pin") else {
        unreachable!()
    };
    insert.faults = Faults::pull_at(3);
    stage.act(Act::Insert(insert)).unwrap();
    assert_eq!(driver.next(), "event card_in");
    let mut service = Service(vpcd.accept().unwrap().0);
    assert_eq!(driver.ask("face"), "no card", "the service did not power it");
    service.send(&[1]);
    service.send(&[4]);
    assert_eq!(service.receive().unwrap(), madoguchi_twin::card::ATR);
    assert_eq!(driver.ask("face"), "ok");
    assert_eq!(driver.next(), "event face Match");
    let select_key = hex::decode(&SELECT_KEY["apdu ".len()..]).unwrap();
    service.send(&select_key);
    assert_eq!(service.receive().unwrap(), [0x90, 0x00]);
    service.send(&hex::decode(&SIGN["apdu ".len()..]).unwrap());
    assert_eq!(service.receive().unwrap().len(), 258);
    assert_eq!(
        driver.ask(SELECT_AP),
        "unpowered",
        "the device does not talk to it"
    );
    let card = stage.state().unwrap().card.unwrap();
    assert_eq!((card.apdu_count, card.pins_sent, card.powered), (2, 0, true));
    service.send(&select_key);
    assert_eq!(service.receive(), None);
    assert_eq!(driver.next(), "event card_out");
    assert!(!stage.state().unwrap().card_present);
}
