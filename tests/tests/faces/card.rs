//! A card on a face reader.

use madoguchi_proto::auth::v1::Method;
use madoguchi_tests::{FaceClinic, Setup, Stand, ending};
use madoguchi_twin::device::{End, Patient};

#[test]
fn a_face_checks_a_patient_in_and_the_card_is_asked_back() {
    madoguchi_tests::run(async {
        let clinic = FaceClinic::open(&[Stand::new("fujitsu")], Setup::default()).await;
        let counter = &clinic.counters[0];
        let mut visit = clinic.start(counter, None).await;
        let patient = counter.comes(Patient::new("adult"));
        let end = visit.end().await;
        assert_eq!(ending(&end), "completed full");
        assert_eq!(end.method(), Method::Face);
        let seen = tokio::task::spawn_blocking(|| patient.join())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(seen.end, End::Completed, "{:?}", seen.pages);
    });
}
