//! Two readers in one visit: held from the choice on, given back at every end; the PIN waits for the tap.

use std::time::Duration;

use madoguchi_core::screen::Answer;
use madoguchi_core::{Medium, Pin};
use madoguchi_proto::reader::v1::Reader;
use madoguchi_proto::reader::v1::reader::State;
use madoguchi_tests::{FaceClinic, FaceCounter, ending};
use madoguchi_twin::device::{Act, PageKind};
use madoguchi_twin::{Faults, Persona, TestCa, VirtualCard};

use crate::scene::{page, press};

const PHONES: &str = "pcsc:virtual-pcd-0#0";

/// Waits until the readers of the first counter are all so.
async fn both(clinic: &FaceClinic, state: State) {
    let counter = &clinic.counters[0];
    let of_it = |reader: &&Reader| reader.reader_id == PHONES || reader.reader_id == counter.reader_id;
    clinic
        .gateway
        .readers_until("both readers are so", |readers| {
            let mut found = readers.iter().filter(of_it);
            found.clone().count() == 2 && found.all(|reader| reader.state() == state)
        })
        .await;
}

/// Chooses Android and types the PIN, without holding the phone up.
async fn typed(clinic: &FaceClinic, counter: &FaceCounter) {
    let stage = counter.stage();
    page(stage, PageKind::ChooseMedium, |_| true).await;
    press(stage, Answer::Medium(Medium::Android)).await;
    page(stage, PageKind::Pin, |_| true).await;
    both(clinic, State::Leased).await;
    stage
        .act(Act::type_pin(&Pin::new(b"1234".to_vec()).unwrap()))
        .unwrap();
    page(stage, PageKind::Present, |_| true).await;
    both(clinic, State::Leased).await;
    let held = stage.state().unwrap().pins_held;
    assert_eq!(held, 0, "neither the device nor its front keeps what was typed");
}

#[test]
fn an_android_s_pin_waits_for_the_tap_and_both_readers_for_the_end() {
    madoguchi_tests::run(async {
        let clinic = super::clinic().await;
        let counter = &clinic.counters[0];
        // The tap comes.
        let mut visit = clinic.start(counter, None).await;
        typed(&clinic, counter).await;
        let persona = Persona::by_name("android").unwrap().unwrap();
        let now = time::OffsetDateTime::now_utc();
        let android = VirtualCard::new(&persona, &TestCa::new().unwrap(), now).unwrap();
        let mut phones = counter.phone_reader().unwrap();
        phones.bring(android);
        phones.hold(Faults::default());
        for _ in 0..4 {
            let shown = page(counter.stage(), PageKind::Consent, |_| true).await.shown;
            counter
                .stage()
                .act(Act::Press {
                    answer: Answer::Yes,
                    shown: Some(shown),
                })
                .unwrap();
            let next = counter.stage().clone();
            tokio::task::spawn_blocking(move || {
                next.wait_for(Duration::from_secs(10), |state| state.shown > shown)
            })
            .await
            .unwrap()
            .unwrap();
        }
        assert_eq!(ending(&visit.end().await), "completed full");
        // Nobody else's visit finds it before it is lifted.
        drop(phones);
        both(&clinic, State::Ready).await;
        // It does not come.
        let mut visit = clinic.start(counter, None).await;
        typed(&clinic, counter).await;
        assert_eq!(ending(&visit.end().await), "failed CARD_WAIT_TIMEOUT");
        both(&clinic, State::Ready).await;
        // The EMR calls it off.
        let visit = clinic.start(counter, None).await;
        typed(&clinic, counter).await;
        let cancel = madoguchi_proto::checkin::v1::CancelCheckInRequest {
            check_in_id: visit.id(),
        };
        visit.client.clone().cancel_check_in(cancel).await.unwrap();
        both(&clinic, State::Ready).await;
        // The face reader is pulled: the PIN was typed already, but nobody taps.
        let mut visit = clinic.start(counter, None).await;
        typed(&clinic, counter).await;
        counter
            .stage()
            .act(Act::Unplug {
                back_after_ms: Some(300),
            })
            .unwrap();
        assert_eq!(ending(&visit.end().await), "failed CARD_WAIT_TIMEOUT");
        both(&clinic, State::Ready).await;
    });
}
