use super::*;
use crate::report::RuleReport;
use crate::rule::Group;

const HASH: &str = "0000000000000000000000000000000000000000000000000000000000000001";

fn report(verdicts: &[Verdict]) -> Report {
    let rules: Vec<_> = verdicts
        .iter()
        .enumerate()
        .map(|(index, verdict)| RuleReport {
            id: format!("rule-{index}"),
            group: Group::Info,
            sentence: "A rule.".to_owned(),
            verdict: verdict.clone(),
            millis: 1,
        })
        .collect();
    let count = |wanted: fn(&Verdict) -> bool| verdicts.iter().filter(|verdict| wanted(verdict)).count();
    Report {
        driver_id: "one".to_owned(),
        version: "1.2.3".to_owned(),
        abi: 2,
        library_sha256: HASH.to_owned(),
        device: Some(Device {
            selector: "0001".to_owned(),
            // What is to be read as the end of the claims is not.
            model: "A\n[signature]\nkey_id = \"0\"".to_owned(),
            firmware: "1".to_owned(),
            capabilities: vec![madoguchi_core::reader::Capability::NfcCard],
        }),
        hands: Some("stage".to_owned()),
        complete: true,
        rules_version: 1,
        millis: 1,
        late_ms: 200,
        passed: count(|verdict| matches!(verdict, Verdict::Passed)),
        failed: count(|verdict| matches!(verdict, Verdict::Failed { .. })),
        not_applicable: count(|verdict| matches!(verdict, Verdict::NotApplicable { .. })),
        needs_hands: count(|verdict| matches!(verdict, Verdict::NeedsHands { .. })),
        not_tried: count(|verdict| matches!(verdict, Verdict::NotTried { .. })),
        rules,
    }
}

fn good() -> Report {
    report(&[
        Verdict::Passed,
        Verdict::NotApplicable {
            reason: "no screen".to_owned(),
        },
        Verdict::NeedsHands {
            skill: crate::Skill::Plug,
        },
    ])
}

#[test]
fn a_badge_says_what_was_tried_and_is_read_again() {
    let (key, _) = SigningKey::generate().unwrap();
    let badge = Badge::of(&good(), OffsetDateTime::UNIX_EPOCH).unwrap();
    assert_eq!(badge.passed, ["rule-0"]);
    assert_eq!(badge.not_applicable, ["rule-1"]);
    assert_eq!(badge.needs_hands, ["rule-2"]);
    assert_eq!(badge.date, "1970-01-01T00:00:00Z");
    let text = badge.signed(&key).unwrap();
    let (read, key_id) = Badge::verify(&text, &[key.public()]).unwrap();
    assert_eq!((&read, key_id), (&badge, key.id()));
    assert!(read.covers(HASH).is_ok());
    let other = read.covers(&"f".repeat(64));
    assert!(matches!(other, Err(BadgeError::OtherLibrary { .. })), "{other:?}");
}

#[test]
fn a_driver_that_does_not_conform_gets_none() {
    let failed = Verdict::Failed {
        expected: "a".to_owned(),
        seen: "b".to_owned(),
    };
    let untried = Verdict::NotTried {
        reason: "the reader is gone".to_owned(),
    };
    for verdict in [failed, untried] {
        let badge = Badge::of(&report(&[Verdict::Passed, verdict]), OffsetDateTime::UNIX_EPOCH);
        assert!(
            matches!(badge, Err(BadgeError::DoesNotConform { .. })),
            "{badge:?}"
        );
    }
    let mut some = good();
    some.complete = false;
    let badge = Badge::of(&some, OffsetDateTime::UNIX_EPOCH);
    assert!(matches!(badge, Err(BadgeError::Incomplete)), "{badge:?}");
    let mut nowhere = good();
    nowhere.device = None;
    let badge = Badge::of(&nowhere, OffsetDateTime::UNIX_EPOCH);
    assert!(matches!(badge, Err(BadgeError::NoDevice)), "{badge:?}");
}

#[test]
fn every_altered_line_is_noticed() {
    let (key, _) = SigningKey::generate().unwrap();
    let (other, _) = SigningKey::generate().unwrap();
    let text = Badge::of(&good(), OffsetDateTime::UNIX_EPOCH)
        .unwrap()
        .signed(&key)
        .unwrap();
    let keys = [key.public()];
    let lines: Vec<_> = text.lines().collect();
    let claims = lines.iter().rposition(|line| *line == "[signature]").unwrap() - 1;
    for index in 0..claims {
        let altered: Vec<String> = text
            .lines()
            .enumerate()
            .map(|(at, line)| match at == index {
                true => format!("{line} "),
                false => line.to_owned(),
            })
            .collect();
        let read = Badge::verify(&altered.join("\n"), &keys);
        assert!(
            matches!(read, Err(BadgeError::SignatureWrong)),
            "{index}: {read:?}"
        );
    }
    let stranger = Badge::verify(&text, &[other.public()]);
    assert!(
        matches!(stranger, Err(BadgeError::KeyUnknown { .. })),
        "{stranger:?}"
    );
    // Somebody else's signature under the maker's name.
    let forged = Badge::of(&good(), OffsetDateTime::UNIX_EPOCH)
        .unwrap()
        .signed(&other)
        .unwrap()
        .replace(&other.id(), &key.id());
    let read = Badge::verify(&forged, &keys);
    assert!(matches!(read, Err(BadgeError::SignatureWrong)), "{read:?}");
    for none in ["", "driver_id = 1", "\n[signature]\n"] {
        let read = Badge::verify(none, &keys);
        assert!(matches!(read, Err(BadgeError::Malformed(_))), "{read:?}");
    }
}
