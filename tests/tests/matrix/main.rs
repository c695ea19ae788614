//! Makers × generations × media × methods × personas: every cell either completes or ends in the typed reason that the
//! rules demand.
//!
//! The table is kept in `tests/MATRIX.md`; `MADOGUCHI_UPDATE=1` writes it anew.

#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "these are tests")]

mod case;
mod play;
mod table;

use std::time::Instant;

use futures_util::future::join_all;
use madoguchi_tests::{FaceClinic, Setup, Stand};
use madoguchi_twin::device::Generation;

use case::Case;

const MAKERS: [&str; 5] = ["fujitsu", "panasonic", "almex", "canon", "atlas"];
const GENERATIONS: [Generation; 2] = [Generation::New, Generation::Old];

#[test]
fn every_cell_completes_or_ends_as_the_rules_demand() {
    madoguchi_tests::run_within(std::time::Duration::from_secs(400), async {
        let began = Instant::now();
        let ends = join_all(GENERATIONS.map(played)).await;
        println!("played in {:.0?}", began.elapsed());
        let mut wrong = Vec::new();
        let mut parts = Vec::new();
        for (generation, (ends, faults)) in GENERATIONS.into_iter().zip(ends) {
            wrong.extend(faults);
            parts.push((generation, ends));
        }
        let table = table::write(&MAKERS, &Case::all(), &parts);
        println!("{table}");
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        table::compare(&table);
    });
}

/// How all cases end at each maker's reader of that generation, and what is wrong with that.
async fn played(generation: Generation) -> (Vec<Vec<String>>, Vec<String>) {
    let stands = MAKERS.map(|maker| Stand {
        generation,
        ..Stand::new(maker)
    });
    let setup = Setup::default().set("check_in.card_wait_seconds", 15);
    let clinic = FaceClinic::open(&stands, setup).await;
    // Each counter has its patients one after the other, all counters at the same time.
    let counters = clinic.counters.iter().map(|counter| async {
        let reader = counter.stage().state().unwrap().identity;
        let (mut ends, mut wrong) = (Vec::new(), Vec::new());
        for case in Case::all() {
            let end = play::play(&clinic, counter, &reader, &case).await;
            let expected = case.expected(&reader);
            if end != expected {
                let maker = counter.stand.maker;
                wrong.push(format!("{maker}, {generation:?}, {case}: {end}, not {expected}"));
            }
            ends.push(end);
        }
        (ends, wrong)
    });
    let (ends, wrong): (Vec<_>, Vec<_>) = join_all(counters).await.into_iter().unzip();
    (ends, wrong.concat())
}
