//! The command line against a running gateway, a real pcscd and twin cards.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

use std::collections::BTreeSet;
use std::process::Stdio;

use madoguchi_tests::{
    Clinic, PluginFolder, Ran, Setup, Watched, program, run, run_program, run_program_with_input,
};
use madoguchi_twin::Persona;
use serde_json::{Value, json};
use tokio::process::Command;

/// The keys of a visit's line; evidence comes with a later version.
const KEYS: [&str; 10] = [
    "persona",
    "medium",
    "method",
    "outcome",
    "reason",
    "certificate_outcome",
    "consents",
    "eligibility",
    "elapsed_ms",
    "apdus",
];

fn keys(object: &Value) -> BTreeSet<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

async fn check_in(clinic: &Clinic, words: &[&str], pins: &str) -> Ran {
    let endpoint = clinic.gateway.endpoint();
    let words = ["check-in", "--endpoint", &endpoint, "--pin-stdin", "--json"]
        .into_iter()
        .chain(words.iter().copied());
    run_program_with_input(words, pins).await
}

#[test]
fn check_in_exits_zero_only_when_completed() {
    run(async {
        let clinic = Setup::default().open().await;
        let card = clinic.card("adult");
        clinic.put_on(&card).await;
        let words = [
            "--counter",
            "1",
            "--medium",
            "card",
            "--consent",
            "medication,surgery",
        ];
        let ran = check_in(&clinic, &words, "1234\n").await;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let line = ran.json();
        let mut expected = BTreeSet::from(KEYS);
        expected.insert("check_in_id");
        assert_eq!(keys(&line), expected);
        assert_eq!(line["outcome"], "completed");
        assert_eq!(line["reason"], Value::Null);
        assert_eq!(
            (&line["medium"], &line["method"]),
            (&json!("card"), &json!("pin"))
        );
        assert_eq!(line["consents"], json!(["medication", "surgery"]));
        assert_eq!(
            (&line["certificate_outcome"], &line["eligibility"]),
            (&json!("full"), &json!("valid"))
        );
        assert_eq!(line["apdus"], card.report().unwrap().apdu_count);
        clinic.take_off(&card).await;

        // One line of standard input is one try: a wrong PIN is not tried again, and the visit is called off.
        clinic.put_on(&card).await;
        let before = card.report().unwrap().verify_count();
        let words = ["--counter", "1", "--medium", "card", "--consent", "all"];
        let ran = check_in(&clinic, &words, "0000\n").await;
        assert_eq!(ran.code, Some(11), "{ran:?}");
        let line = ran.json();
        assert_eq!(
            (&line["outcome"], &line["reason"]),
            (&json!("cancelled"), &json!("PIN_WRONG"))
        );
        assert_eq!(card.report().unwrap().verify_count(), before + 1);

        // A second line is a second try, and the counter is free for it.
        clinic.take_off(&card).await;
        let card = clinic.card("adult");
        clinic.put_on(&card).await;
        let ran = check_in(&clinic, &words, "0000\n1234\n").await;
        assert_eq!(
            (ran.code, &ran.json()["outcome"]),
            (Some(0), &json!("completed")),
            "{ran:?}"
        );
        clinic.take_off(&card).await;
    });
}

#[test]
fn each_class_of_outcome_has_its_exit_code() {
    run(async {
        let clinic = Setup::default().set("check_in.card_wait_seconds", 1).open().await;
        let card = ["--counter", "1", "--medium", "card", "--consent", "all"];
        let nobody = check_in(&clinic, &card, "1234\n").await;
        assert_eq!(
            (nobody.code, &nobody.json()["reason"]),
            (Some(10), &json!("CARD_WAIT_TIMEOUT")),
            "{nobody:?}"
        );
        for (persona, code, reason) in [
            ("locked-pin", 11, "PIN_LOCKED"),
            ("expired-out-of-grace", 12, "CERTIFICATE_EXPIRED"),
        ] {
            let held = clinic.card(persona);
            clinic.put_on(&held).await;
            let ran = check_in(&clinic, &card, "1234\n").await;
            assert_eq!(
                (ran.code, &ran.json()["reason"]),
                (Some(code), &json!(reason)),
                "{ran:?}"
            );
            clinic.take_off(&held).await;
        }
        let unknown = ["--counter", "nowhere", "--medium", "card", "--consent", "all"];
        let ran = check_in(&clinic, &unknown, "1234\n").await;
        assert_eq!(ran.code, Some(15), "{ran:?}");
        assert!(ran.json().to_string().contains("COUNTER_NOT_FOUND"), "{ran:?}");
        let ran = check_in(&clinic, &["--counter", "1", "--medium", "card"], "1234\n").await;
        assert_eq!(ran.code, Some(64), "nobody can be asked for consent: {ran:?}");

        let endpoint = clinic.gateway.endpoint();
        drop(clinic);
        let words = [
            "check-in",
            "--endpoint",
            &endpoint,
            "--counter",
            "1",
            "--medium",
            "card",
            "--consent",
            "all",
        ];
        let ran = run_program_with_input(words.into_iter().chain(["--pin-stdin", "--json"]), "1234\n").await;
        assert_eq!(ran.code, Some(69), "no gateway: {ran:?}");
    });
}

#[test]
fn readers_and_drivers_are_listed_for_machines_and_for_people() {
    run(async {
        let plugins = PluginFolder::default().pcsc();
        let clinic = Setup::default().plugins(plugins.path()).open().await;
        let endpoint = clinic.gateway.endpoint();
        let ran = run_program(["readers", "list", "--endpoint", &endpoint, "--json"]).await;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let readers = ran.json()["readers"].clone();
        let first = &readers.as_array().unwrap()[0];
        assert_eq!(
            (&first["driver_id"], &first["state"]),
            (&json!("pcsc"), &json!("ready"))
        );
        let id = first["reader_id"].as_str().unwrap().to_owned();
        assert!(id.starts_with("pcsc:"), "{id}");
        let ran = run_program(["readers", "list", "--endpoint", &endpoint]).await;
        assert!(ran.code == Some(0) && ran.stdout.contains(&id), "{ran:?}");

        let ran = run_program(["driver", "list", "--endpoint", &endpoint, "--json"]).await;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let drivers = ran.json()["drivers"].clone();
        let [driver] = &drivers.as_array().unwrap()[..] else {
            panic!("one driver: {drivers}")
        };
        assert_eq!(
            (&driver["driver_id"], &driver["state"]),
            (&json!("pcsc"), &json!("ready"))
        );
        assert_eq!(
            (&driver["abi_version"], &driver["restart_count"]),
            (&json!(2), &json!(0))
        );
        assert_eq!(
            driver["process_id"],
            clinic.gateway.driver("pcsc").await.process_id
        );

        // Without a gateway: what lies beside the program.
        let ran = run_program(["driver", "list", "--json"]).await;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(ran.json()["drivers"][0]["state"], "found");
    });
}

#[test]
fn the_demo_plays_every_persona_once_with_a_line_each() {
    run(async {
        let ran = run_program(["demo", "--once", "--json"]).await;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let lines: Vec<Value> = ran
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        for line in &lines {
            assert_eq!(keys(line), BTreeSet::from(KEYS));
        }
        let played: BTreeSet<_> = lines.iter().filter_map(|line| line["persona"].as_str()).collect();
        // Two personas have no card for a reader of JPKI cards.
        let other = ["not-my-number", "paper-card"];
        assert_eq!(
            played,
            Persona::names().filter(|name| !other.contains(name)).collect()
        );
        let ended = |persona: &str| {
            let line = lines.iter().find(|line| line["persona"] == persona).unwrap();
            (
                line["outcome"].as_str().unwrap(),
                line["certificate_outcome"].as_str(),
                line["reason"].as_str(),
            )
        };
        assert_eq!(ended("adult"), ("completed", Some("full"), None));
        assert_eq!(
            ended("expired-in-grace"),
            (
                "completed",
                Some("eligibility_only"),
                Some("CERTIFICATE_IN_GRACE")
            )
        );
        assert_eq!(
            ended("expired-out-of-grace"),
            ("failed", Some("refused"), Some("CERTIFICATE_EXPIRED"))
        );
        assert_eq!(ended("no-pin"), ("failed", Some("full"), Some("PIN_NOT_SET")));
    });
}

#[test]
fn a_twin_card_is_put_on_any_vpcd_and_taken_off_with_the_program() {
    run(async {
        let clinic = Setup::default().open().await;
        let vpcd = clinic.pcscd.vpcd_addr(0).unwrap().to_string();
        let card = Command::new(program())
            .args(["twin", "card", "--connect", &vpcd, "--persona", "iphone"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        clinic
            .gateway
            .readers_until("the phone", |readers| {
                readers.iter().any(|reader| reader.card_present)
            })
            .await;
        let ran = check_in(
            &clinic,
            &["--counter", "1", "--medium", "iphone", "--consent", "none"],
            "",
        )
        .await;
        assert_eq!(
            (ran.code, &ran.json()["method"]),
            (Some(0), &json!("device")),
            "{ran:?}"
        );
        Watched::new(card.id().unwrap()).terminate();
        clinic.empty().await;

        let ran = run_program(["twin", "ca"]).await;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.stdout.starts_with("-----BEGIN CERTIFICATE-----"), "{ran:?}");
    });
}

#[test]
fn a_counter_is_measured_beside_its_floors_in_one_object() {
    run(async {
        let words = "bench counter --makers canon --cancels 1 --crashes 1 --json";
        let ran = run_program(words.split(' ')).await;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let report = ran.json();
        let canon = &report["lines"][0];
        assert_eq!(canon["pages"].as_array().unwrap().len(), 6, "{report}");
        for figure in ["cancel", "call", "crash", "start"] {
            assert!(
                canon[figure]["median_us"].as_f64().unwrap() > 0.0,
                "{figure}: {report}"
            );
        }
        assert_eq!(report["lines"][1]["maker"], "all");
    });
}
