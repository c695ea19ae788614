//! A card on each maker's face reader.

use madoguchi_proto::auth::v1::Method;
use madoguchi_tests::{FaceClinic, Setup, Stand, ending};
use madoguchi_twin::device::{End, Patient};

async fn a_face_checks_a_patient_in(maker: &'static str) {
    let clinic = FaceClinic::open(&[Stand::new(maker)], Setup::default()).await;
    let counter = &clinic.counters[0];
    let mut visit = clinic.start(counter, None).await;
    let patient = counter.comes(Patient::new("adult"));
    let end = visit.end().await;
    let seen = tokio::task::spawn_blocking(|| patient.join())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(ending(&end), "completed full", "{:?}", seen.pages);
    assert_eq!(end.method(), Method::Face);
    assert!(!seen.card_left, "{:?}", seen.pages);
    assert_eq!(seen.end, End::Completed, "{:?}", seen.pages);
}

#[test]
fn fujitsu() {
    madoguchi_tests::run(a_face_checks_a_patient_in("fujitsu"));
}

#[test]
fn panasonic() {
    madoguchi_tests::run(a_face_checks_a_patient_in("panasonic"));
}

#[test]
fn almex() {
    madoguchi_tests::run(a_face_checks_a_patient_in("almex"));
}

#[test]
fn canon() {
    madoguchi_tests::run(a_face_checks_a_patient_in("canon"));
}

#[test]
fn atlas() {
    madoguchi_tests::run(a_face_checks_a_patient_in("atlas"));
}

#[test]
fn paper_on_almex_s_flat_tray_is_told_as_no_my_number_card() {
    madoguchi_tests::run(async {
        // He is told that it is the wrong one, and has no other.
        let setup = Setup::default().set("check_in.card_wait_seconds", 3);
        let clinic = FaceClinic::open(&[Stand::new("almex")], setup).await;
        let counter = &clinic.counters[0];
        let mut visit = clinic.start(counter, None).await;
        let patient = counter.comes(Patient::new("paper-card"));
        let end = visit.end().await;
        let seen = tokio::task::spawn_blocking(|| patient.join())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(ending(&end), "failed CARD_NOT_RECOGNIZED", "{:?}", seen.pages);
        assert!(!seen.card_left, "{:?}", seen.pages);
    });
}
