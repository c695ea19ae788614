//! Makers × media × methods × personas: every cell either completes or ends in the typed reason that the rules demand.
//!
//! The table is kept in `tests/MATRIX.md`; `MADOGUCHI_UPDATE=1` writes it anew.

#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "these are tests")]

mod case;
mod play;
mod table;

use madoguchi_tests::{FaceClinic, Setup, Stand};

use case::Case;

const MAKERS: [&str; 5] = ["fujitsu", "panasonic", "almex", "canon", "atlas"];

#[test]
fn every_cell_completes_or_ends_as_the_rules_demand() {
    madoguchi_tests::run_within(std::time::Duration::from_secs(400), async {
        let stands: Vec<_> = MAKERS.into_iter().map(Stand::new).collect();
        let setup = Setup::default().set("check_in.card_wait_seconds", 15);
        let clinic = FaceClinic::open(&stands, setup).await;
        // Each counter has its patients one after the other, all counters at the same time.
        let counters = clinic.counters.iter().map(|counter| async {
            let mut ends = Vec::new();
            for case in Case::all() {
                ends.push(play::play(&clinic, counter, &case).await);
            }
            ends
        });
        let ends = futures_util::future::join_all(counters).await;
        let mut wrong = Vec::new();
        for (maker, ends) in MAKERS.into_iter().zip(&ends) {
            for (case, end) in Case::all().iter().zip(ends) {
                if *end != case.expected(maker) {
                    wrong.push(format!("{maker}, {case}: {end}, not {}", case.expected(maker)));
                }
            }
        }
        let table = table::write(&MAKERS, &Case::all(), &ends);
        println!("{table}");
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        table::compare(&table);
    });
}
