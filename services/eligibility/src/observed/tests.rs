use madoguchi_core::eligibility::{
    ConsentFlag, ElderlyCertificate, Insurance, LimitCertificate, NationalConsent, NationalItem,
    PublicExpense, Source, SpecificDisease, Validity, What,
};
use proptest::prelude::*;
use time::macros::{date, datetime};
use time::{Date, Duration};

use super::*;
use crate::xml::{Charset, parse, write};

const HEADER: &[(&str, &str)] = &[
    ("ProcessExecutionTime", "20261122090000"),
    ("QualificationConfirmationDate", "20261122"),
    ("MedicalInstitutionCode", "1312345678"),
    ("SegmentOfResult", "1"),
];

fn day() -> impl Strategy<Value = Option<Date>> {
    prop::option::of((0i64..40_000).prop_map(|days| date!(1920 - 01 - 01) + Duration::days(days)))
}

fn code() -> impl Strategy<Value = Option<String>> {
    prop::option::of("[0-9A-Z]{1,8}")
}

/// Names in the form that the normalised copy has.
fn named() -> impl Strategy<Value = String> {
    "[一-龠ぁ-んァ-ヶ●A-Z]{1,5}(　[一-龠ァ-ヶ●]{1,5})?"
}

fn insurance() -> impl Strategy<Value = Insurance> {
    let numbers = ("[0-9]{1,8}", "[0-9A-Za-z]{1,20}", code(), code(), code(), code());
    let names = (
        named(),
        prop::option::of(named()),
        prop::option::of(named()),
        prop::option::of(named()),
    );
    let days = (day(), day(), day(), day(), day());
    let percent = (prop::option::of(0u8..=100), 1u8..=3, prop::option::of(1u8..=3));
    let flags = prop::sample::subsequence(
        vec![
            NationalItem::LimitCertificate,
            NationalItem::SpecificDiseases,
            NationalItem::HealthCheckup,
            NationalItem::Medication,
            NationalItem::Diagnosis,
            NationalItem::Surgery,
        ],
        0..=6,
    );
    (numbers, names, days, percent, flags, 0usize..3).prop_map(
        |(numbers, names, days, percent, flags, count)| Insurance {
            insurer_number: numbers.0,
            insurer_name: names.0.clone(),
            number: numbers.1,
            branch_number: numbers.2.clone(),
            card_classification: numbers.3.clone(),
            relation: numbers.4.clone(),
            symbol: numbers.5.clone(),
            name: names.0,
            name_kana: names.1,
            insured_name: names.2,
            name_of_other: names.3,
            birth_date: days.0,
            qualified_on: days.1,
            disqualified_on: days.2,
            valid_from: days.3,
            valid_until: days.4,
            contribution_percent: percent.0,
            sex: percent.1,
            sex2: percent.2,
            elderly: days.1.map(|_| ElderlyCertificate {
                valid_from: days.1,
                contribution_percent: percent.0,
                ..ElderlyCertificate::default()
            }),
            limit_classification: numbers.2.clone(),
            limit: numbers.2.clone().map(|classification| LimitCertificate {
                certificate: numbers.3.clone(),
                classification: Some(classification),
                valid_until: days.4,
                ..LimitCertificate::default()
            }),
            specific_diseases: (0..count)
                .map(|index| SpecificDisease {
                    category: Some(format!("0{index}")),
                    valid_from: days.0,
                    self_pay_yen: Some(10_000),
                    ..SpecificDisease::default()
                })
                .collect(),
            public_expenses: (0..count)
                .map(|index| PublicExpense {
                    ticket_type: Some("1".to_owned()),
                    issue_number: Some(format!("{index:04}")),
                    self_pay_yen: Some(0),
                    ..PublicExpense::default()
                })
                .collect(),
            consents: flags
                .into_iter()
                .map(|item| NationalConsent {
                    item,
                    flag: ConsentFlag::Given,
                    given_at: Some(datetime!(2026-11-21 09:00:01 +9)),
                    available_until: Some(datetime!(2026-11-22 09:00:01 +9)),
                })
                .collect(),
            ..Insurance::default()
        },
    )
}

proptest! {
    #[test]
    fn a_record_survives_its_file(all in prop::collection::vec(insurance(), 0..4)) {
        for charset in [Charset::ShiftJis, Charset::Utf8] {
            let bytes = write(&document(HEADER, Validity::Valid, &all, Some("1")), charset);
            let record = read(&parse(&bytes).unwrap()).unwrap();
            prop_assert_eq!(record.insurances.len(), all.len());
            for (read, made) in record.insurances.iter().zip(&all) {
                // Each raw value is in the record, in order, and makes the same file again.
                let raw: Vec<_> = result_leaves(made).into_iter().map(|leaf| (leaf.path, leaf.value)).collect();
                let kept: Vec<_> = read.raw.iter().map(|field| (field.path.clone(), field.value.clone())).collect();
                prop_assert_eq!(kept, raw);
                let normalised = Insurance { raw: Vec::new(), ..read.clone() };
                prop_assert!(normalised == *made);
            }
            let again = write(&document(HEADER, Validity::Valid, &record.insurances, Some("1")), charset);
            prop_assert_eq!(&again, &bytes);
            let spots = |one: &Insurance| result_leaves(one).iter().map(|leaf| leaf.value.matches('●').count()).sum::<usize>();
            let reported = record.reports.iter().filter(|report| report.what == What::GaijiReplaced).count();
            prop_assert_eq!(reported, all.iter().map(spots).sum::<usize>(), "each ● once");
        }
    }
}

fn face(body: &str) -> Record {
    let header: String = HEADER
        .iter()
        .map(|(name, value)| format!("<{name}>{value}</{name}>"))
        .collect();
    let text =
        format!("<XmlMsg><MessageHeader>{header}</MessageHeader><MessageBody>{body}</MessageBody></XmlMsg>");
    read(&parse(text.as_bytes()).unwrap()).unwrap()
}

#[test]
fn a_sample_as_seen_in_the_field_is_read() {
    let record = face(
        "<ResultList><ResultOfQualificationConfirmation>\
         <Name>診療　●郎</Name><NameKana>ｼﾝﾘｮｳ ｻﾞﾌﾞﾛｳ</NameKana><InsurerNumber>  123456</InsurerNumber>\
         <InsuredIdentificationNumber>４２６０</InsuredIdentificationNumber><InsuredCardSymbol>12-34</InsuredCardSymbol>\
         <Birthdate>20010327</Birthdate><Sex1>1</Sex1><InsuredPartialContributionRatio>030</InsuredPartialContributionRatio>\
         <QualificationDate>20261332</QualificationDate><InsurerName>東京都</InsurerName>\
         <PharmacistsInfoConsFlg>1</PharmacistsInfoConsFlg><PharmacistsInfoConsTime>20230221174835</PharmacistsInfoConsTime>\
         <PharmacistsInfoAvailableTime>20230222174835</PharmacistsInfoAvailableTime>\
         <NewElement><Inner>\u{E000}値</Inner></NewElement>\
         </ResultOfQualificationConfirmation></ResultList>\
         <ProcessingResultStatus>1</ProcessingResultStatus><QualificationValidity>1</QualificationValidity>\
         <Strange>x</Strange>",
    );
    let one = &record.insurances[0];
    assert_eq!((record.source, record.simulated), (Source::Folder, false));
    assert_eq!(
        (one.name.as_str(), one.name_kana.as_deref()),
        ("診療　●郎", Some("シンリョウ　ザブロウ"))
    );
    assert_eq!(
        (one.insurer_number.as_str(), one.number.as_str()),
        ("123456", "4260")
    );
    assert_eq!(one.raw_value("InsurerNumber"), Some("  123456"));
    assert_eq!(one.raw_value("NameKana"), Some("ｼﾝﾘｮｳ ｻﾞﾌﾞﾛｳ"));
    assert_eq!(one.raw_value("NewElement/Inner"), Some("\u{E000}値"));
    assert_eq!(
        (one.birth_date, one.contribution_percent),
        (Some(date!(2001 - 03 - 27)), Some(30))
    );
    assert_eq!(
        one.consents[0].available_until,
        Some(datetime!(2023-02-22 17:48:35 +9))
    );
    assert_eq!(one.qualified_on, None);
    let reports: Vec<_> = record
        .reports
        .iter()
        .map(|report| {
            (
                report.insurance,
                report.path.as_str(),
                report.index,
                report.what.clone(),
            )
        })
        .collect();
    assert_eq!(
        reports,
        [
            (Some(0), "QualificationDate", None, What::Malformed),
            (Some(0), "Name", Some(3), What::GaijiReplaced),
            (Some(0), "NewElement/Inner", None, What::UnknownElement),
            (Some(0), "NewElement/Inner", Some(0), What::PrivateUse),
            (None, "MessageBody/Strange", None, What::UnknownElement),
        ]
    );
    assert!(
        !format!("{record:?} {one:?} {:?}", one.raw).contains("診療"),
        "Debug shows no personal data"
    );
}

#[test]
fn a_name_is_widened_and_its_kanji_stay() {
    assert_eq!(full_width("ﾊﾟﾝﾀﾞ  ﾌﾞﾗｳﾝ"), "パンダ　ブラウン");
    assert_eq!(full_width("ＳＭＩＴＨ　ＪＯＨＮ "), "SMITH　JOHN");
    // U+FA19 and U+FA11: NFKC would make the first another character.
    assert_eq!(full_width("\u{FA19}谷\u{FA11}子"), "\u{FA19}谷\u{FA11}子");
}

#[test]
fn a_result_without_its_essentials_is_none() {
    let with = |header: &str, body: &str| {
        let text = format!(
            "<XmlMsg><MessageHeader>{header}</MessageHeader><MessageBody>{body}</MessageBody></XmlMsg>"
        );
        read(&parse(text.as_bytes()).unwrap()).unwrap_err()
    };
    assert_eq!(
        with("<SegmentOfResult>2</SegmentOfResult>", ""),
        Unreadable::InProgress
    );
    let refused = "<SegmentOfResult>9</SegmentOfResult><ErrorCode>OQS00123</ErrorCode>";
    assert_eq!(with(refused, ""), Unreadable::Refused("OQS00123".to_owned()));
    let ok = "<SegmentOfResult>1</SegmentOfResult>";
    assert_eq!(with(ok, ""), Unreadable::Element("QualificationValidity"));
    let refused =
        "<ProcessingResultStatus>2</ProcessingResultStatus><ProcessingResultCode>E1</ProcessingResultCode>";
    assert_eq!(with(ok, refused), Unreadable::Refused("E1".to_owned()));
    assert_eq!(with("", ""), Unreadable::Element("SegmentOfResult"));
}

#[test]
fn a_refusal_names_a_code_and_nothing_else_that_stands_in_its_place() {
    let refused = |code: &str| {
        let text = format!(
            "<XmlMsg><MessageHeader><SegmentOfResult>9</SegmentOfResult><ErrorCode>{code}</ErrorCode></MessageHeader>\
             <MessageBody></MessageBody></XmlMsg>"
        );
        read(&parse(text.as_bytes()).unwrap()).unwrap_err().to_string()
    };
    assert!(refused("OQS00123").contains("OQS00123"));
    for code in ["見本花子", "A 1\nB", "12345678901234567"] {
        assert_eq!(refused(code), "the national service refused with malformed");
    }
}

fn paths(record: &Record, wanted: &What) -> Vec<String> {
    let those = record.reports.iter().filter(|report| report.what == *wanted);
    those.map(|report| report.path.clone()).collect()
}

#[test]
fn what_stands_beside_the_insurances_of_a_batch_is_kept_and_reported() {
    let text = "<XmlMsg><MessageHeader><SegmentOfResult>1</SegmentOfResult><NewHead>h</NewHead></MessageHeader><MessageBody>\
         <Beside>b</Beside>\
         <BulkConfirmUnit><QualificationConfirmSearchInfo><ArbitraryIdentifier>000000</ArbitraryIdentifier>\
         </QualificationConfirmSearchInfo><QualificationValidity>4</QualificationValidity><Mine>●</Mine></BulkConfirmUnit>\
         <BulkConfirmUnit><QualificationValidity>4</QualificationValidity>\
         <Deep><ResultOfQualificationConfirmation><Name>x</Name></ResultOfQualificationConfirmation></Deep>\
         </BulkConfirmUnit></MessageBody></XmlMsg>";
    let units = units(&parse(text.as_bytes()).unwrap()).unwrap();
    let [one, other] = [0, 1].map(|index| units[index].record.clone().unwrap());
    let unit = "MessageBody/BulkConfirmUnit";
    assert_eq!(
        paths(&one, &What::UnknownElement),
        [
            "MessageHeader/NewHead",
            "MessageBody/Beside",
            &format!("{unit}/Mine")
        ]
    );
    assert_eq!(paths(&one, &What::GaijiReplaced), [format!("{unit}/Mine")]);
    assert!(
        one.raw
            .iter()
            .any(|field| field.path == format!("{unit}/Mine") && field.value == "●")
    );
    assert!(
        other.raw.iter().all(|field| !field.path.ends_with("Mine")),
        "another person's"
    );
    // What might need a consent is named and not shown.
    assert_eq!(
        paths(&other, &What::LeftOut),
        [format!("{unit}/Deep/ResultOfQualificationConfirmation")]
    );
    assert!(other.raw.iter().all(|field| field.value != "x"));
}

#[test]
fn insurances_beyond_the_bound_are_reported_one_by_one() {
    let one = "<ResultOfQualificationConfirmation><Name>n</Name></ResultOfQualificationConfirmation>";
    let body = format!(
        "<ResultList>{}</ResultList><QualificationValidity>1</QualificationValidity>",
        one.repeat(102)
    );
    let record = face(&body);
    assert_eq!(record.insurances.len(), 100);
    assert_eq!(
        paths(&record, &What::LeftOut),
        [
            "ResultOfQualificationConfirmation[100]",
            "ResultOfQualificationConfirmation[101]"
        ]
    );
}
