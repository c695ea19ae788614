//! A day of visits of people who would be recognised anywhere, with everything traced; then every byte that the gateway
//! and its drivers' processes wrote is searched for them. What is planted, where it is searched and what may hold it is
//! written in CANARY.md.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's helpers fail the test"
)]

mod counter;
mod faces;
mod forms;
mod heard;
mod places;
mod planted;
#[path = "../bad_input/raw.rs"]
mod raw;
mod searcher;
mod service;
mod sings;
mod strangers;
mod visitor;

use std::path::Path;
use std::time::{Duration, Instant};

use madoguchi_tests::{FaceClinic, Gateway, Setup, Stand, run_within};

use heard::Heard;
use places::Search;
use planted::People;
use searcher::{Kind, Searcher};

/// A day takes its time, on a busy machine above all.
const A_DAY: Duration = Duration::from_secs(400);
const MAKERS: [&str; 5] = ["fujitsu", "panasonic", "almex", "canon", "atlas"];

/// A gateway that says all it can, in files of its own.
fn talkative(format: &str, temporary: &Path) -> Setup {
    Setup::default()
        .set("log.level", "trace")
        .set("log.format", format)
        .set("check_in.card_wait_seconds", 4)
        .set("check_in.reader_grace_seconds", 1)
        .set("drivers.restart.min_pause_ms", 10)
        .environment("MADOGUCHI_LOG", "trace")
        .environment("TMPDIR", temporary)
}

/// Ends a gateway as a service manager would, and returns what it said on standard output.
async fn end(gateway: &mut Gateway) -> Vec<u8> {
    gateway.process().terminate();
    assert!(gateway.exit(Duration::from_secs(20)).await.success());
    gateway.rest_of_stdout()
}

/// No process left its memory behind, here or where it ran.
fn no_core_dumps(folders: &[&Path]) {
    let here = std::env::current_dir().unwrap();
    for folder in folders.iter().copied().chain([here.as_path()]) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap_or_default();
            assert!(
                name != "core" && !name.starts_with("core."),
                "{name} in {}",
                folder.display()
            );
        }
    }
}

/// Once results are too old, nothing of anybody is in any file, not even in what the database has freed.
async fn forgotten(search: &mut Search, searcher: &Searcher, folder: &Path, temporary: &Path) {
    let database = folder.join("data/madoguchi.db");
    places::age(&database);
    let mut gateway = talkative("json", temporary).start_in(folder).await;
    search.columns(searcher, &database, true);
    search.files_when_forgotten(searcher, folder);
    search.bytes(searcher, "standard output", &end(&mut gateway).await, &[]);
    search.files_when_forgotten(searcher, folder);
    search.files_when_forgotten(searcher, temporary);
}

#[test]
fn a_day_at_a_counter_leaves_nothing_of_anybody() {
    run_within(A_DAY, async {
        let temporary = tempfile::tempdir().unwrap();
        let people = People::with_long_pins();
        let (mut values, mut heard, mut search) = (people.values(), Heard::default(), Search::default());
        values.text(Kind::Note, "of a reader", counter::NOTE);
        values.text(Kind::Number, "the facility's", service::REFERENCE);
        let mut clinic = talkative("json", temporary.path()).open().await;
        counter::everybody(&clinic, &people, &mut heard).await;
        strangers::wrong_fields(&clinic, &people, &mut heard).await;
        strangers::proofs(&clinic, &people, &mut heard, &mut values).await;
        Box::pin(counter::troubles(&clinic, &people, &mut heard)).await;
        counter::a_driver_crashes(&clinic, &people, &mut heard).await;
        let mut said = counter::the_gateway_is_killed(&mut clinic, &people, &mut heard).await;
        service::without_a_card(&clinic, &people, &mut heard).await;
        said.extend(service::away_and_back(&mut clinic, &people, &mut heard).await);
        said.extend(service::a_result_of_nobodys(&mut clinic, &people, &mut heard).await);
        counter::a_reader_is_out_of_service(&clinic, &people, &mut heard).await;
        let log = clinic.gateway.log();
        assert!(
            log.contains("\"level\":\"TRACE\"") && log.contains("h2::"),
            "everything is traced"
        );
        assert!(
            log.contains("madoguchi_card::channel"),
            "the drivers' processes as well"
        );

        let (began, searcher) = (Instant::now(), values.searcher());
        println!(
            "{:?} values and forms, made in {:?}",
            searcher.size(),
            began.elapsed()
        );
        let began = Instant::now();
        let database = clinic.folder().join("data/madoguchi.db");
        let holding = search.columns(&searcher, &database, false);
        for declared in places::DECLARED_AND_FILLED {
            assert!(
                holding.iter().any(|place| place == declared),
                "{declared} is among {holding:?}"
            );
        }
        search.files_while_kept(&searcher, clinic.folder());
        said.extend(end(&mut clinic.gateway).await);
        search.files_while_kept(&searcher, clinic.folder());
        search.files_while_kept(&searcher, temporary.path());
        search.bytes(&searcher, "standard output", &said, &[]);
        heard.search(&mut search, &searcher);
        forgotten(&mut search, &searcher, clinic.folder(), temporary.path()).await;
        println!(
            "{} bytes searched within {:?}",
            search.byte_count,
            began.elapsed()
        );
        no_core_dumps(&[clinic.folder(), temporary.path()]);
        search.must_be_clean(&[
            "gateway.log",
            "madoguchi.db",
            "madoguchi.db-wal",
            "audit_entries.event",
        ]);
    });
}

#[test]
fn a_day_at_face_readers_leaves_nothing_of_anybody() {
    run_within(A_DAY, async {
        let temporary = tempfile::tempdir().unwrap();
        let people = People::with_short_pins();
        let mut search = Search::default();
        let setup = talkative("text", temporary.path());
        let mut clinic = FaceClinic::open(&MAKERS.map(Stand::new), setup).await;
        let (heard, ends) = faces::everybody(&clinic, &people).await;
        println!("{ends:#?}");
        for maker in MAKERS {
            let completed = ends
                .iter()
                .filter(|end| end.starts_with(&format!("{maker}: completed")));
            assert!(completed.count() >= 3, "{ends:#?}");
        }
        assert!(clinic.gateway.log().contains("TRACE"), "everything is traced");

        let searcher = people.values().searcher();
        let database = clinic.folder().join("data/madoguchi.db");
        let holding = search.columns(&searcher, &database, false);
        assert!(
            holding.iter().any(|place| place == "resources.body"),
            "{holding:?}"
        );
        search.files_while_kept(&searcher, clinic.folder());
        let said = end(&mut clinic.gateway).await;
        search.files_while_kept(&searcher, temporary.path());
        search.bytes(&searcher, "standard output", &said, &[]);
        for heard in &heard {
            heard.search(&mut search, &searcher);
        }
        forgotten(&mut search, &searcher, clinic.folder(), temporary.path()).await;
        no_core_dumps(&[clinic.folder(), temporary.path()]);
        search.must_be_clean(&["gateway.log", "madoguchi.db", "audit_entries.event"]);
    });
}
