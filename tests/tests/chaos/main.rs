//! Chaos: visits over the five makers' twins at once on one gateway, by card and by phone, with something going wrong in
//! each: with the device, its line, the card, or the driver's process, which is killed or stands still. Every visit ends
//! in a typed outcome that makes sense, within its time; no counter stays stuck, though nobody lends a hand; no PIN is
//! sent twice; no process is left behind; and the counter without trouble never notices.
//!
//! Seeded and replayable, as far as a machine's own pace lets it: `MADOGUCHI_CHAOS_SEED=7 MADOGUCHI_CHAOS_VISITS=400` for
//! so many visits at each counter; `cargo xtask soak chaos` runs the long one.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "these are tests"
)]

mod counter;
mod table;
mod trouble;
mod visit;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use madoguchi_tests::{FaceClinic, Footprint, Setup, Stand, Watched};

use table::Table;

const MAKERS: [&str; 5] = ["fujitsu", "panasonic", "almex", "canon", "atlas"];
/// What a visit takes in the mean, with room for a busy machine. In CI the whole stays below what a test may take.
const PACE: Duration = Duration::from_secs(12);
/// A gateway or a driver that was there all the time may have so many threads and file handles more in the end.
const GROWTH: Footprint = Footprint {
    threads: 16,
    handles: 16,
};

/// With so many visits at each counter every kind of trouble is met somewhere.
const ENOUGH: u64 = 30;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// The drivers' calls are shorter than a long freeze; a process that stands still is noticed soon, and started again at
/// once however often it ended.
fn setup() -> Setup {
    let calls = [
        "open_card",
        "read_certificate",
        "pin_status",
        "verify_pin",
        "sign",
        "accept_visual",
    ];
    let setup = Setup::default()
        .set("check_in.card_wait_seconds", 10)
        .set("check_in.reader_grace_seconds", 3)
        .set("drivers.health_interval_ms", 1_000)
        .set("drivers.restart.max_pause_ms", 200);
    calls.into_iter().fold(setup, |setup, call| {
        setup.set(&format!("drivers.calls.{call}_timeout_ms"), 3_000)
    })
}

#[test]
fn every_visit_ends_whatever_goes_wrong() {
    let visits = number("MADOGUCHI_CHAOS_VISITS", 30);
    let seed = number("MADOGUCHI_CHAOS_SEED", 20_261_125);
    let all = visits * MAKERS.len() as u64;
    println!("{all} visits; again: cargo xtask soak chaos --visits {all} --seed {seed}");
    let limit = Duration::from_secs(60) + u32::try_from(visits).unwrap() * PACE;
    madoguchi_tests::run_within(limit, async {
        let mut stands: Vec<_> = MAKERS.into_iter().map(Stand::new).collect();
        // The last one has no trouble: whatever happens at the others, every patient is checked in.
        stands.push(Stand::new("fujitsu"));
        let mut clinic = FaceClinic::open(&stands, setup()).await;
        let gateway = clinic.gateway.process();
        let (calm, others) = clinic.counters.split_last().unwrap();
        // Once around, so that everything is there that stays.
        counter::undisturbed(&clinic, calm, &Cell::new(true)).await;
        let before: BTreeMap<_, _> = counter::drivers(&clinic).await.into_iter().collect();
        let footprints = footprints(&before);
        let gateway_before = gateway.footprint();
        let (began, is_over) = (Instant::now(), Cell::new(false));
        let chaos = async {
            let counters = others.iter().enumerate().map(|(index, counter)| {
                counter::troubled(&clinic, counter, seed + 1_000_000 * index as u64, visits)
            });
            let courses = futures_util::future::join_all(counters).await;
            is_over.set(true);
            courses
        };
        let (courses, calm) = tokio::join!(chaos, counter::undisturbed(&clinic, calm, &is_over));
        let took = began.elapsed();

        let mut table = Table::default();
        let ends = || courses.iter().flat_map(|course| &course.ends);
        ends().for_each(|ended| table.add(ended));
        println!("{table}");
        let phones = ends().filter(|ended| ended.is_phone).count();
        let pins: u32 = ends().map(|ended| ended.pins_typed).sum();
        println!("{all} visits in {took:.0?}, {phones} by phone, {pins} PINs typed");
        println!(
            "{} undisturbed visits meanwhile, the slowest {:.1?}",
            calm.visits, calm.slowest
        );
        for (counter, course) in others.iter().zip(&courses) {
            let (maker, lost) = (counter.stand.maker, course.processes_lost);
            println!(
                "{maker}: {lost} processes lost, back after {:.1?} at most",
                course.slowest_return
            );
            // Nothing but what was struck ended: no trouble of a device makes a driver late, or end.
            assert_eq!(clinic.gateway.driver(maker).await.restart_count, lost, "{maker}");
        }
        assert_eq!(clinic.gateway.driver("pcsc").await.restart_count, 0);
        for ended in ends() {
            if !table::may(ended.kind, &ended.ending) {
                println!("{:?} must not end so: {}", ended.kind, ended.account);
            }
        }
        assert_eq!(table.wrong(), Vec::<String>::new());
        assert!(table.count("completed full") > 0, "nobody was checked in at all");
        assert!(
            visits < ENOUGH || table.is_full(),
            "not every kind of trouble was met"
        );

        // One process for each driver, and nothing else: none is left of those that were struck.
        let after = counter::drivers(&clinic).await;
        let theirs: BTreeSet<_> = clinic
            .gateway
            .drivers()
            .await
            .into_iter()
            .map(|driver| driver.process_id)
            .collect();
        let children: BTreeSet<_> = gateway.children().into_iter().collect();
        assert_eq!(children, theirs, "the gateway's children are the drivers'");
        // What was there all the time has not grown.
        println!("{}", grown("the gateway", gateway_before, gateway.footprint()));
        for (driver, process) in &after {
            if clinic.gateway.driver(driver).await.restart_count == 0 {
                println!("{}", grown(driver, footprints[driver], process.footprint()));
            }
        }
        gateway.terminate();
        assert!(clinic.gateway.exit(Duration::from_secs(20)).await.success());
        for (driver, process) in after {
            process.ends(&driver).await;
        }
    });
}

fn footprints(processes: &BTreeMap<String, Watched>) -> BTreeMap<String, Footprint> {
    let of = |(driver, process): (&String, &Watched)| (driver.clone(), process.footprint());
    processes.iter().map(of).collect()
}

/// Fails where it has grown; else says how it was and is.
fn grown(who: &str, before: Footprint, after: Footprint) -> String {
    assert!(
        after.threads <= before.threads + GROWTH.threads && after.handles <= before.handles + GROWTH.handles,
        "{who} has grown: {before:?} before, {after:?} after"
    );
    format!("{who}: {before:?} before, {after:?} after")
}
