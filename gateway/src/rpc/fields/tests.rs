use super::*;
use madoguchi_core::CounterId;
use proptest::prelude::*;

fn fields_of(read: impl FnOnce(&mut Fields)) -> Vec<String> {
    let mut fields = Fields::default();
    read(&mut fields);
    fields
        .violations
        .into_iter()
        .map(|violation| violation.field)
        .collect()
}

#[test]
fn durations_outside_their_form_or_bounds_are_violations() {
    let bounds = Duration::from_secs(10)..=Duration::from_secs(900);
    let default = Duration::from_secs(300);
    let read = |value| Fields::default().duration("t", value, default, bounds.clone());
    let of = |seconds, nanos| Some(prost_types::Duration { seconds, nanos });
    assert_eq!(read(None), Some(default));
    assert_eq!(read(of(10, 0)), Some(Duration::from_secs(10)));
    assert_eq!(read(of(900, 0)), Some(Duration::from_secs(900)));
    for wrong in [
        (9, 999_999_999),
        (900, 1),
        (-1, 0),
        (20, -1),
        (20, 1_000_000_000),
        (i64::MAX, 0),
        (i64::MIN, i32::MIN),
    ] {
        assert_eq!(read(of(wrong.0, wrong.1)), None, "{wrong:?}");
        let named = fields_of(|fields| {
            fields.duration("t", of(wrong.0, wrong.1), default, bounds.clone());
        });
        assert_eq!(named, ["t"]);
    }
}

#[test]
fn moments_outside_the_calendar_are_violations() {
    let of = |seconds, nanos| Some(prost_types::Timestamp { seconds, nanos });
    let read = |value| Fields::default().moment("at", value);
    assert_eq!(read(None), Some(None));
    assert_eq!(
        read(of(0, 5)).flatten().map(|at| at.unix_timestamp_nanos()),
        Some(5)
    );
    for wrong in [
        (i64::MAX, 0),
        (i64::MIN, 0),
        (0, -1),
        (0, 1_000_000_000),
        (253_402_300_800, 0),
    ] {
        assert_eq!(read(of(wrong.0, wrong.1)), None, "{wrong:?}");
    }
}

#[test]
fn certificates_are_bounded_and_each_wrong_one_is_named() {
    let named = fields_of(|fields| {
        fields.certificate("certificate", vec![]);
        fields.certificate("certificate", vec![0; 16 * 1024 + 1]);
        fields.intermediates("intermediates", vec![vec![1], vec![], vec![2], vec![]]);
        fields.intermediates("intermediates", vec![vec![1]; 9]);
    });
    assert_eq!(
        named,
        [
            "certificate",
            "certificate",
            "intermediates[1]",
            "intermediates[3]",
            "intermediates"
        ]
    );
    assert!(
        Fields::default()
            .intermediates("intermediates", vec![vec![1]; 8])
            .is_some()
    );
}

#[test]
fn media_languages_ids_and_texts() {
    let mut fields = Fields::default();
    assert_eq!(fields.medium("m", 3), Some(Medium::IPhone));
    assert_eq!(fields.optional_medium("m", 0), Some(None));
    assert_eq!(fields.language("l", String::new()).as_deref(), Some("ja"));
    assert_eq!(fields.language("l", "en-US".to_owned()).as_deref(), Some("en-US"));
    assert_eq!(fields.optional_id::<CounterId>("c", String::new()), Some(None));
    assert_eq!(fields.finish(Some(1)), Ok(1));
    let named = fields_of(|fields| {
        fields.medium("medium", 0);
        fields.medium("medium", 4);
        fields.optional_medium("medium", -1);
        fields.language("language", "日本語".to_owned());
        fields.language("language", "a-".to_owned());
        fields.language("language", "x".repeat(40));
        fields.id::<CounterId>("counter_id", String::new());
        fields.id::<CounterId>("counter_id", "a b".to_owned());
        fields.text("wording_version", String::new(), 4);
        fields.text("wording_version", "12345".to_owned(), 4);
    });
    assert_eq!(named.iter().filter(|field| *field == "medium").count(), 3);
    assert_eq!(named.iter().filter(|field| *field == "language").count(), 3);
    assert_eq!(named.iter().filter(|field| *field == "counter_id").count(), 2);
    assert_eq!(
        named.iter().filter(|field| *field == "wording_version").count(),
        2
    );
}

#[test]
fn nothing_read_is_never_accepted() {
    assert!(Fields::default().finish::<()>(None).is_err());
    let mut fields = Fields::default();
    fields.wrong("x", "is wrong");
    assert_eq!(fields.finish(Some(1)).unwrap_err().violations[0].field, "x");
}

proptest! {
    #[test]
    fn times_never_panic(seconds: i64, nanos: i32) {
        let bounds = Duration::from_secs(1)..=Duration::from_secs(120);
        let duration = prost_types::Duration { seconds, nanos };
        if let Some(read) = Fields::default().duration("t", Some(duration), Duration::ZERO, bounds.clone()) {
            prop_assert!(bounds.contains(&read));
        }
        let moment = prost_types::Timestamp { seconds, nanos };
        let read = Fields::default().moment("at", Some(moment));
        prop_assert!(read.is_none() || read == Some(OffsetDateTime::from_unix_timestamp_nanos(
            i128::from(seconds) * 1_000_000_000 + i128::from(nanos)).ok()));
    }
}
