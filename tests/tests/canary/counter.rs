//! A day at a counter with a PC/SC reader, and everything that goes wrong there.

use std::time::Duration;

use madoguchi_proto::certificate::v1::Medium;
use madoguchi_proto::checkin::v1::check_in::State;
use madoguchi_proto::checkin::v1::{CancelCheckInRequest, GetCheckInRequest};
use madoguchi_proto::reader::v1::reader_service_client::ReaderServiceClient;
use madoguchi_proto::reader::v1::{
    ListReadersRequest, ReturnReaderToServiceRequest, TakeReaderOutOfServiceRequest,
};
use madoguchi_tests::{Clinic, Visit, Watched, ending, request};
use madoguchi_twin::Faults;
use rustix::process::{Pid, Signal, kill_process};

use crate::heard::Heard;
use crate::planted::{People, WRONG};
use crate::visitor::Visitor;

/// What staff wrote of a reader: a patient's name is not meant to be there, and stays where it is.
pub(crate) const NOTE: &str = "患者　鳴鳥奏多様の時に故障";

/// Everybody with a card or a phone.
pub(crate) async fn everybody(clinic: &Clinic, people: &People, heard: &mut Heard) {
    let no = Visitor {
        consents: false,
        ..Visitor::typing(&[""])
    };
    let declines = Visitor {
        registers: false,
        ..Visitor::typing(&[""])
    };
    let yes = Visitor::typing(&[""]);
    let mistaken = Visitor::typing(&[WRONG, "739152846073517391", ""]);
    let stubborn = Visitor::typing(&[WRONG]);
    for (name, medium, visitor, expected) in [
        ("adult", Medium::Card, &mistaken, "completed full"),
        ("adult", Medium::Card, &no, "completed full"),
        ("child", Medium::Card, &yes, "completed full"),
        ("android", Medium::Android, &yes, "completed full"),
        ("iphone", Medium::Iphone, &yes, "completed full"),
        (
            "expired-in-grace",
            Medium::Card,
            &yes,
            "completed eligibility only",
        ),
        (
            "expired-out-of-grace",
            Medium::Card,
            &yes,
            "failed CERTIFICATE_EXPIRED",
        ),
        ("locked-pin", Medium::Card, &yes, "failed PIN_LOCKED"),
        ("no-pin", Medium::Card, &yes, "failed PIN_NOT_SET"),
        ("not-my-number", Medium::Card, &yes, "failed CARD_NOT_RECOGNIZED"),
        (
            "unregistered",
            Medium::Card,
            &declines,
            "failed REGISTRATION_DECLINED",
        ),
        ("unregistered", Medium::Card, &yes, "completed full"),
        ("adult", Medium::Card, &stubborn, "failed PIN_LOCKED"),
    ] {
        let somebody = people.get(name);
        let card = clinic.card_of(&somebody.persona);
        let mut visitor = visitor.clone();
        for pin in &mut visitor.pins {
            if pin.is_empty() {
                pin.clone_from(&somebody.pin);
            }
        }
        let mut visit = Visit::start(clinic.gateway.channel().await, medium).await;
        let end = visitor.goes_through(&mut visit, Some(&card), heard).await;
        assert_eq!(end, expected, "{name}");
        clinic.take_off(&card).await;
    }
}

/// Visits that come to nothing.
pub(crate) async fn troubles(clinic: &Clinic, people: &People, heard: &mut Heard) {
    let adult = people.get("adult");
    let visitor = Visitor::typing(&[&adult.pin]);
    for faults in [
        Faults::pull_at(3),
        Faults::pull_at(12),
        Faults {
            garbage_at_apdu: Some(5),
            ..Faults::default()
        },
        Faults {
            cut_at_apdu: Some(6),
            ..Faults::default()
        },
        Faults {
            cut_at_apdu: Some(12),
            ..Faults::default()
        },
    ] {
        let card = clinic.card_of(&adult.persona);
        let _ = card.set_faults(faults).unwrap();
        let mut visit = Visit::start(clinic.gateway.channel().await, Medium::Card).await;
        let _end = visitor.clone().goes_through(&mut visit, Some(&card), heard).await;
        clinic.take_off(&card).await;
    }
    // Nobody comes; time is up; the EMR calls it off while a PIN is asked.
    let mut visit = Visit::start(clinic.gateway.channel().await, Medium::Card).await;
    let end = visitor.clone().goes_through(&mut visit, None, heard).await;
    assert_eq!(end, "failed CARD_WAIT_TIMEOUT");
    // Nobody types.
    let mut short = request("1", Medium::Card);
    short.visit_timeout = Some(prost_types::Duration {
        seconds: 10,
        nanos: 0,
    });
    let card = clinic.card_of(&adult.persona);
    clinic.put_on(&card).await;
    let mut visit = Visit::start_with(clinic.gateway.channel().await, short)
        .await
        .unwrap();
    visit.until_state(State::WaitingForPin).await;
    let end = visit.end().await;
    heard.check_in(&end);
    assert_eq!(ending(&end), "expired");
    clinic.take_off(&card).await;
    let card = clinic.card_of(&adult.persona);
    clinic.put_on(&card).await;
    let mut visit = Visit::start(clinic.gateway.channel().await, Medium::Card).await;
    visit.until_state(State::WaitingForPin).await;
    let cancel = CancelCheckInRequest {
        check_in_id: visit.id(),
    };
    visit.client.cancel_check_in(cancel).await.unwrap();
    assert_eq!(ending(&visit.end().await), "cancelled by caller");
    clinic.take_off(&card).await;
}

/// The driver's process crashes in the middle, as a bug in a maker's library would have it.
pub(crate) async fn a_driver_crashes(clinic: &Clinic, people: &People, heard: &mut Heard) {
    let adult = people.get("adult");
    let card = clinic.card_of(&adult.persona);
    clinic.put_on(&card).await;
    let mut visit = Visit::start(clinic.gateway.channel().await, Medium::Card).await;
    visit.until_state(State::WaitingForPin).await;
    visit.pin(&adult.pin, false).await.unwrap();
    visit.until_state(State::WaitingForConsent).await;
    let id = clinic.gateway.driver("pcsc").await.process_id;
    let process = Watched::new(id);
    let pid = Pid::from_raw(id.try_into().unwrap()).unwrap();
    kill_process(pid, Signal::ABORT).unwrap();
    process.ends("a driver that crashed").await;
    let end = Visitor::typing(&[&adult.pin])
        .goes_through(&mut visit, None, heard)
        .await;
    assert!(
        ["completed full", "failed DRIVER_FAILED"].contains(&&*end),
        "{end}"
    );
    clinic.take_off(&card).await;
}

/// The gateway is killed while a visit is under way. Returns what it had said on standard output.
pub(crate) async fn the_gateway_is_killed(
    clinic: &mut Clinic,
    people: &People,
    heard: &mut Heard,
) -> Vec<u8> {
    let adult = people.get("adult");
    let card = clinic.card_of(&adult.persona);
    clinic.put_on(&card).await;
    let mut visit = Visit::start(clinic.gateway.channel().await, Medium::Card).await;
    visit.until_state(State::WaitingForPin).await;
    visit.pin(&adult.pin, false).await.unwrap();
    visit.until_state(State::WaitingForConsent).await;
    let driver = Watched::new(clinic.gateway.driver("pcsc").await.process_id);
    clinic.gateway.kill();
    driver.ends("the driver of a gateway that was killed").await;
    let said = clinic.gateway.rest_of_stdout();
    clinic.restart_gateway().await;
    let get = GetCheckInRequest {
        check_in_id: visit.id(),
    };
    let found = clinic.gateway.check_ins().await.get_check_in(get).await;
    heard.check_in(&found.unwrap().into_inner().check_in.unwrap());
    clinic.take_off(&card).await;
    said
}

/// Staff take a reader away, with a note that says more than it should.
pub(crate) async fn a_reader_is_out_of_service(clinic: &Clinic, people: &People, heard: &mut Heard) {
    let mut readers = ReaderServiceClient::new(clinic.gateway.channel().await);
    let listed = readers
        .list_readers(ListReadersRequest {})
        .await
        .unwrap()
        .into_inner();
    let reader_id = listed.readers[0].reader_id.clone();
    let name = &people.get("adult").persona.record().insurances[0].name;
    // A name is no staff id.
    let mut take = TakeReaderOutOfServiceRequest {
        reader_id: reader_id.clone(),
        staff_id: name.clone(),
        note: NOTE.to_owned(),
    };
    heard.refusal(
        &readers
            .take_reader_out_of_service(take.clone())
            .await
            .unwrap_err(),
    );
    take.staff_id = "staff-7".to_owned();
    readers.take_reader_out_of_service(take).await.unwrap();
    heard.told(
        &readers
            .list_readers(ListReadersRequest {})
            .await
            .unwrap()
            .into_inner(),
    );
    match Visit::start_with(clinic.gateway.channel().await, request("1", Medium::Card)).await {
        Ok(mut visit) => {
            let end = Visitor::typing(&["0000"])
                .goes_through(&mut visit, None, heard)
                .await;
            assert!(end.starts_with("failed"), "{end}");
        }
        Err(status) => heard.refusal(&status),
    }
    let back = ReturnReaderToServiceRequest {
        reader_id,
        staff_id: "staff-7".to_owned(),
    };
    readers.return_reader_to_service(back).await.unwrap();
    tokio::time::timeout(Duration::from_secs(20), clinic.empty())
        .await
        .unwrap();
}
