//! Chaos: visits over the five makers' twins at once on one gateway, with faults at random. Every visit ends in a typed
//! outcome within its time, no counter stays stuck, no PIN is sent twice, no process is left behind, and the counter
//! without faults never notices.
//!
//! Seeded and replayable: `MADOGUCHI_CHAOS_SEED=7 MADOGUCHI_CHAOS_VISITS=400` for so many visits at each counter;
//! `cargo xtask soak chaos` runs the long one.

#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "these are tests")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use madoguchi_core::screen::FaceOutcome;
use madoguchi_proto::certificate::v1::Medium;
use madoguchi_tests::{FaceClinic, FaceCounter, Setup, Stand, Visit, Watched, ending, request};
use madoguchi_twin::device::{Act, DeviceFaults, FaceScript, Patient};

const MAKERS: [&str; 5] = ["fujitsu", "panasonic", "almex", "canon", "atlas"];
/// What a visit may take.
const VISIT: Duration = Duration::from_secs(20);
/// What the gateway may take to say that a visit's time was up, on a busy machine.
const SAYING: Duration = Duration::from_secs(5);
/// What visits are called in which nothing breaks.
const UNDISTURBED: &str = "undisturbed";
/// One of so many patients is checked in when nothing breaks any more.
const SETTLING: usize = 3;
/// A fault comes within so many frames.
const FRAMES: u32 = 60;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}

#[test]
fn every_visit_ends_whatever_breaks() {
    let visits = number("MADOGUCHI_CHAOS_VISITS", 10);
    let seed = number("MADOGUCHI_CHAOS_SEED", 20_261_125);
    println!("seed {seed}, {visits} visits at each counter");
    let limit = Duration::from_secs(60) + u32::try_from(visits).unwrap() * (VISIT + SAYING);
    madoguchi_tests::run_within(limit, async {
        let mut stands: Vec<_> = MAKERS.into_iter().map(Stand::new).collect();
        // The last one has no faults: whatever happens at the others, every patient is checked in.
        stands.push(Stand {
            phone_reader: false,
            ..Stand::new("fujitsu")
        });
        let setup = Setup::default()
            .set("check_in.card_wait_seconds", 10)
            .set("check_in.reader_grace_seconds", 3);
        let mut clinic = FaceClinic::open(&stands, setup).await;
        let children: Vec<_> = clinic.gateway.drivers().await;
        let children: Vec<_> = children
            .iter()
            .filter(|driver| driver.process_id > 0)
            .map(|driver| Watched::new(driver.process_id))
            .collect();
        let (calm, others) = clinic.counters.split_last().unwrap();
        let chaos = async {
            let counters = others
                .iter()
                .enumerate()
                .map(|(index, counter)| trouble(&clinic, counter, seed + 1_000_000 * index as u64, visits));
            futures_util::future::join_all(counters).await
        };
        let (ends, calm_ends) = tokio::join!(chaos, undisturbed(&clinic, calm, visits));
        let mut tally: BTreeMap<String, u32> = BTreeMap::new();
        for end in ends.into_iter().flatten() {
            *tally.entry(end).or_default() += 1;
        }
        println!("{tally:#?}\nundisturbed: {calm_ends}");
        assert!(
            tally.contains_key("completed full"),
            "nobody was checked in at all"
        );
        clinic.gateway.process().terminate();
        assert!(clinic.gateway.exit(Duration::from_secs(20)).await.success());
        for child in children {
            child.ends("a driver's process").await;
        }
    });
}

/// Visits at a counter where something breaks in each.
async fn trouble(clinic: &FaceClinic, counter: &FaceCounter, seed: u64, visits: u64) -> Vec<String> {
    let mut ends = Vec::new();
    for visit in 0..visits {
        let seed = seed + visit;
        let faults = DeviceFaults::random(seed, FRAMES);
        let what = format!("{} seed {seed} {:?}", counter.stand.maker, faults.faults);
        counter.stage().act(Act::Faults(faults)).unwrap();
        // The face does not match each third time, so that PINs are typed too.
        let face = match seed % 3 {
            0 => FaceOutcome::NoMatch,
            _ => FaceOutcome::Match,
        };
        let patient = Patient::new("adult").looking(FaceScript::always(face));
        let end = visited(clinic, counter, patient, &what).await;
        ends.push(end);
        counter.stage().act(Act::Faults(DeviceFaults::default())).unwrap();
        counter.stage().act(Act::Replug { port: None }).unwrap();
    }
    // It is not stuck: nothing breaks any more, and one of the next patients is checked in. The first may still feel the
    // plug that was pulled last.
    let mut last = Vec::new();
    while last.len() < SETTLING && last.last().is_none_or(|end| end != "completed full") {
        clinic.ready().await;
        last.push(visited(clinic, counter, Patient::new("adult"), counter.stand.maker).await);
    }
    assert_eq!(
        last.last().map(String::as_str),
        Some("completed full"),
        "{} is stuck: {last:?}",
        counter.stand.maker
    );
    ends
}

/// Visits at the counter where nothing breaks.
async fn undisturbed(clinic: &FaceClinic, counter: &FaceCounter, visits: u64) -> u64 {
    for _ in 0..visits {
        let end = visited(clinic, counter, Patient::new("adult"), UNDISTURBED).await;
        assert_eq!(end, "completed full", "the counter without faults noticed");
    }
    visits
}

async fn visited(clinic: &FaceClinic, counter: &FaceCounter, patient: Patient, what: &str) -> String {
    let mut request = request(&counter.id, Medium::Unspecified);
    request.visit_timeout = Some(prost_types::Duration {
        seconds: i64::try_from(VISIT.as_secs()).unwrap(),
        nanos: 0,
    });
    let began = Instant::now();
    let channel = clinic.gateway.channel().await;
    let mut visit = loop {
        match Visit::start_with(channel.clone(), request.clone()).await {
            Ok(visit) => break visit,
            // The reader is just coming back.
            Err(status) if began.elapsed() < SAYING => {
                assert!(!status.message().is_empty());
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Err(status) => return format!("refused {}", status.message()),
        }
    };
    let began = Instant::now();
    let patient = counter.comes(patient);
    let end = visit.end().await;
    let took = began.elapsed();
    assert!(took < VISIT + SAYING, "{what}: {took:?}");
    let left = counter.stage().state().unwrap();
    patient.call_off();
    let seen = tokio::task::spawn_blocking(move || patient.join()).await.unwrap();
    if ending(&end) != "completed full" && what == UNDISTURBED {
        return format!("{end:#?}\n{seen:#?}\n{left:#?}");
    }
    // What lies there last is this patient's only where he came as far as putting it on.
    if let (Some(seen), Some(card)) = (seen, counter.stage().state().unwrap().card)
        && seen.taps > 0
    {
        let (typed, sent) = (seen.pins_typed, card.pins_sent);
        assert!(sent <= typed, "{what}: {typed} PINs typed, {sent} sent");
    }
    ending(&end)
}
