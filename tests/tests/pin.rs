//! The PIN: in no log, no file and no error, whatever is traced; never sent twice; its last try only with a yes.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's helpers fail the test")]

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use madoguchi_proto::auth::v1::EnterPin;
use madoguchi_proto::certificate::v1::Medium;
use madoguchi_proto::checkin::v1::check_in::State;
use madoguchi_proto::checkin::v1::pending_action::Action;
use madoguchi_proto::checkin::v1::{CheckIn, SubmitPinRequest};
use madoguchi_tests::{Setup, Visit, ending, refused, run, run_program_with_input};
use madoguchi_twin::Persona;

/// Long enough that no clock, no counter and no random number shows it by chance.
const PIN: &str = "7391528460735";
const WRONG: &str = "6046839517284";

/// Every way in which somebody could have written the digits down.
fn forms(pin: &str) -> Vec<(&'static str, Vec<u8>)> {
    let joined = |separator: &str, form: fn(u8) -> String| {
        pin.bytes()
            .map(form)
            .collect::<Vec<_>>()
            .join(separator)
            .into_bytes()
    };
    let mut forms = vec![
        ("text", pin.as_bytes().to_vec()),
        ("hexadecimal", hex::encode(pin).into_bytes()),
        ("spaced hexadecimal", joined(" ", |byte| format!("{byte:02x}"))),
        (
            "hexadecimal with colons",
            joined(":", |byte| format!("{byte:02x}")),
        ),
        (
            "a list of hexadecimal",
            joined(", ", |byte| format!("0x{byte:02x}")),
        ),
        ("a list of characters", joined(", ", |byte| byte.to_string())),
        ("a list without spaces", joined(",", |byte| byte.to_string())),
        ("a list of digits", joined(", ", |byte| (byte - b'0').to_string())),
        (
            "a list of digits in lines",
            joined(",\n    ", |byte| byte.to_string()),
        ),
        ("spaced digits", joined(" ", |byte| (byte - b'0').to_string())),
        ("UTF-16", pin.bytes().flat_map(|byte| [byte, 0]).collect()),
        ("raw digits", pin.bytes().map(|byte| byte - b'0').collect()),
        ("BCD", hex::decode(&pin[..pin.len() & !1]).unwrap()),
    ];
    // Base64 at each of its three alignments: what lies wholly inside the digits is the same whatever is around.
    for before in 0..3 {
        let padded = [vec![0; before], pin.as_bytes().to_vec()].concat();
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let text = engine.encode(&padded);
            let from = (before * 8).div_ceil(6);
            let to = padded.len() * 8 / 6;
            forms.push(("base64", text.as_bytes()[from..to].to_vec()));
        }
    }
    forms
}

fn find(content: &[u8], pin: &str) -> Option<&'static str> {
    let content = as_text(content);
    forms(pin)
        .into_iter()
        .find(|(_, form)| content.contains(&as_text(form)))
        .map(|(name, _)| name)
}

/// A character a byte, and no capitals.
fn as_text(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| char::from(byte.to_ascii_lowercase()))
        .collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match fs::symlink_metadata(&path).unwrap().file_type() {
            kind if kind.is_dir() => found.extend(files(&path)),
            kind if kind.is_file() => found.push(path),
            _ => {}
        }
    }
    found
}

fn persona(folder: &Path, extra: &str) -> Persona {
    let adult = include_str!("../../drivers/twin/personas/adult.toml");
    let path = folder.join("somebody.toml");
    fs::write(
        &path,
        adult.replacen("medium = ", &format!("pin = \"{PIN}\"\n{extra}medium = "), 1),
    )
    .unwrap();
    Persona::load(&path).unwrap()
}

fn prompt(check_in: &CheckIn) -> EnterPin {
    match check_in.pending_action.clone().and_then(|pending| pending.action) {
        Some(Action::EnterPin(prompt)) => prompt,
        other => panic!("no PIN is asked: {other:?}"),
    }
}

#[test]
fn the_search_finds_what_it_searches() {
    for (name, form) in forms(PIN) {
        let content = [b"trace: ".to_vec(), form, b" and so on".to_vec()].concat();
        assert!(find(&content, PIN).is_some(), "{name}");
    }
    assert_eq!(
        find(&STANDARD_NO_PAD.encode(format!("x{PIN}y")).into_bytes(), PIN),
        Some("base64")
    );
    assert_eq!(
        find(format!("{:?}", PIN.as_bytes()).as_bytes(), PIN),
        Some("a list of characters")
    );
    assert_eq!(
        find(format!("{:#?}", PIN.as_bytes()).as_bytes(), PIN),
        Some("a list of digits in lines")
    );
    assert_eq!(find(b"7391528460736", PIN), None);
}

#[test]
fn with_everything_traced_the_pin_is_nowhere() {
    run(async {
        // The personas' file holds the PIN, so it lies elsewhere.
        let elsewhere = tempfile::tempdir().unwrap();
        let temporary = tempfile::tempdir().unwrap();
        let clinic = Setup::default()
            .set("log.level", "trace")
            .environment("MADOGUCHI_LOG", "trace")
            .environment("TMPDIR", temporary.path())
            .open()
            .await;
        let card = clinic.card_of(&persona(elsewhere.path(), ""));
        clinic.put_on(&card).await;
        let mut visit = Visit::start(clinic.gateway.channel().await, Medium::Card).await;
        let mut said = Vec::new();

        // Wrong in form, wrong in fact, for an action that is not pending, and right.
        let asked = visit.until_state(State::WaitingForPin).await;
        let error = visit.pin(&format!("{PIN}7391"), false).await.unwrap_err();
        assert_eq!(refused(&error).fields, ["pin"]);
        said.push(format!("{error:?}"));
        said.push(format!("{:?}", visit.pin(WRONG, false).await.unwrap()));
        visit
            .until(|now| {
                now.pending_action.as_ref().is_some_and(|pending| {
                    pending.action_id != asked.pending_action.as_ref().unwrap().action_id
                })
            })
            .await;
        assert_eq!(prompt(&visit.now).again_because, "PIN_WRONG");
        let stale = SubmitPinRequest {
            check_in_id: visit.id(),
            action_id: "nothing".to_owned(),
            pin: PIN.to_owned(),
            confirm_last_try: false,
            typed_by_guardian: false,
            last_try_agreed_by: String::new(),
        };
        said.push(format!("{stale:?}"));
        let error = visit.client.submit_pin(stale).await.unwrap_err();
        assert_eq!(refused(&error).reason, "ACTION_NOT_PENDING");
        said.push(format!("{error:?}"));
        said.push(format!("{:?}", visit.pin(PIN, false).await.unwrap()));
        visit.until_state(State::WaitingForConsent).await;
        said.push(format!("{:?}", visit.consents(true).await.unwrap()));
        let end = visit.end().await;
        assert_eq!(ending(&end), "completed full");
        said.push(format!("{end:?}"));
        assert_eq!(
            card.report().unwrap().verify_count(),
            2,
            "the PIN was really sent"
        );
        clinic.take_off(&card).await;

        // The same by the command line, which has the PIN on its standard input.
        let _ = card.insert().unwrap();
        let endpoint = clinic.gateway.endpoint();
        let words = [
            "check-in",
            "--endpoint",
            &endpoint,
            "--counter",
            "1",
            "--medium",
            "card",
        ];
        let words = words
            .into_iter()
            .chain(["--pin-stdin", "--consent", "all", "--json"]);
        let ran = run_program_with_input(words, &format!("{PIN}\n")).await;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        said.push(format!("{ran:?}"));

        let log = clinic.gateway.log();
        assert!(
            log.contains("TRACE") && log.contains("h2::"),
            "everything is traced, the wire as well"
        );
        assert!(
            log.contains("TRACE madoguchi_card::channel"),
            "and the card, which the driver's process talks to"
        );
        for pin in [PIN, WRONG] {
            for (index, text) in said.iter().enumerate() {
                assert_eq!(find(text.as_bytes(), pin), None, "what was said, {index}");
            }
            let searched = [files(clinic.folder()), files(temporary.path())].concat();
            let names: Vec<_> = searched
                .iter()
                .filter_map(|path| path.file_name()?.to_str())
                .collect();
            for name in ["gateway.log", "madoguchi.db", "madoguchi.db-wal"] {
                assert!(names.contains(&name), "{name} is among {names:?}");
            }
            for path in searched {
                assert_eq!(find(&fs::read(&path).unwrap(), pin), None, "{}", path.display());
            }
        }
    });
}

#[test]
fn the_last_try_is_not_spent_without_a_yes() {
    run(async {
        let elsewhere = tempfile::tempdir().unwrap();
        let clinic = Setup::default().open().await;
        let card = clinic.card_of(&persona(elsewhere.path(), "tries = 1\n"));
        clinic.put_on(&card).await;
        let mut visit = Visit::start(clinic.gateway.channel().await, Medium::Card).await;
        let asked = visit.until_state(State::WaitingForPin).await;
        assert!(prompt(&asked).last_try && prompt(&asked).tries_left_count == Some(1));
        visit.pin(PIN, false).await.unwrap();
        let again = visit
            .until(|now| {
                now.pending_action.is_some() && prompt(now).again_because == "PIN_LAST_TRY_NOT_CONFIRMED"
            })
            .await;
        assert!(prompt(&again).last_try);
        assert_eq!(card.report().unwrap().verify_count(), 0, "nothing was sent");
        visit.pin(PIN, true).await.unwrap();
        visit.until_state(State::WaitingForConsent).await;
        assert_eq!(card.report().unwrap().verify_count(), 1);
        assert_eq!(
            card.report().unwrap().tries_left,
            Some(3),
            "a success gives the tries back"
        );
    });
}

#[test]
fn a_pin_submitted_twice_is_sent_once_and_three_wrong_lock() {
    run(async {
        let clinic = Setup::default().open().await;
        let card = clinic.card("adult");
        clinic.put_on(&card).await;
        let mut visit = Visit::start(clinic.gateway.channel().await, Medium::Card).await;
        visit.until_state(State::WaitingForPin).await;
        visit.pin("0000", false).await.unwrap();
        // The client did not hear the answer and says it again.
        visit.pin("0000", false).await.unwrap();
        let left = |tries| {
            move |now: &CheckIn| now.pending_action.is_some() && prompt(now).tries_left_count == Some(tries)
        };
        visit.until(left(2)).await;
        assert_eq!(card.report().unwrap().verify_count(), 1);
        visit.pin("0000", false).await.unwrap();
        let last = visit.until(left(1)).await;
        assert!(prompt(&last).last_try && prompt(&last).again_because == "PIN_WRONG");
        visit.pin("0000", true).await.unwrap();
        assert_eq!(ending(&visit.end().await), "failed PIN_LOCKED");
        let report = card.report().unwrap();
        assert_eq!((report.verify_count(), report.tries_left), (3, Some(0)));
    });
}
