//! The patient who acts by himself.

use super::*;

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
    assert_eq!(visit.pins_sent, [0, 0], "nobody sent what was typed");
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
fn a_phone_is_held_to_the_reader_beside() {
    let (twin, mut driver) = start_tcp();
    let vpcd = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let persona = Persona::by_name("adult").unwrap().unwrap();
    let card = VirtualCard::new(&persona, &TestCa::new().unwrap(), time::OffsetDateTime::now_utc()).unwrap();
    let reader = VpcdCard::beside(vpcd.local_addr().unwrap(), card, Faults::default()).unwrap();
    let visit = Patient::new("android")
        .start(
            twin.stage().clone(),
            Some(Box::new(reader)),
            Duration::from_secs(20),
        )
        .unwrap();
    let media = Panel::new(PageKind::ChooseMedium)
        .button(Answer::Medium(Medium::Card), "カード")
        .button(Answer::Medium(Medium::Android), "Android");
    driver.show(media);
    assert_eq!(driver.next(), "event pressed Medium(Android)");
    driver.ask("pin 4");
    assert_eq!(driver.next(), "event pin 1234");
    driver.show(Panel::new(PageKind::Present).about(Field::Medium(Medium::Android)));
    let mut phone = vpcd.accept().unwrap().0;
    assert!(
        !twin.stage().state().unwrap().card_present,
        "not on the face reader"
    );
    driver.show(Panel::new(PageKind::Completed));
    let visit = visit.join().unwrap();
    assert_eq!((visit.end, visit.taps), (End::Completed, 1));
    let mut rest = Vec::new();
    std::io::Read::read_to_end(&mut phone, &mut rest).unwrap();
    assert!(rest.is_empty(), "taken away");
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
