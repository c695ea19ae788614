//! `kill -9` of the gateway at any moment of many visits: before, in and after each call, in the middle of a start, twice
//! in a row. Four counters are at work all the time; their clients go on as an EMR does, and write down what they were
//! told. In the end everything that was acknowledged is there, nothing is there twice, and the audit chain hangs together.
//!
//! Seeded: `MADOGUCHI_KILLED_SEED=7 MADOGUCHI_KILLED_VISITS=250` for so many visits at each counter;
//! `cargo xtask soak killed` runs the long one.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "these are tests"
)]

mod books;
mod client;
mod house;
mod killer;
mod ledger;
mod line;

use std::time::{Duration, Instant};

use house::House;
use ledger::Ledger;

const COUNTERS: u8 = 4;
/// What a visit takes in the mean, with kills in between and room for a busy machine.
const PACE: Duration = Duration::from_secs(12);

fn number(name: &str, otherwise: u32) -> u32 {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}

#[test]
fn what_was_acknowledged_survives_kill_9_and_nothing_is_there_twice() {
    let visits = number("MADOGUCHI_KILLED_VISITS", 15);
    let seed = number("MADOGUCHI_KILLED_SEED", 20_261_126);
    let all = visits * u32::from(COUNTERS);
    println!("{all} visits; again: cargo xtask soak killed --visits {all} --seed {seed}");
    let limit = Duration::from_secs(60) + visits * PACE;
    madoguchi_tests::run_within(limit, async {
        let mut house = House::open(COUNTERS);
        let ledger = Ledger::new(COUNTERS);
        let began = Instant::now();
        let endpoint = house.endpoint();
        let cards = house.cards();
        let counters = async {
            let clients = (1..).zip(&cards).map(|(counter, place)| {
                client::comes_and_goes(&endpoint, counter, *place, &ledger, seed.into(), visits)
            });
            futures_util::future::join_all(clients).await;
            ledger.close();
        };
        let (kills, ()) = tokio::join!(killer::kills(&mut house, &ledger, seed.into()), counters);
        println!("{all} visits in {:.0?}\n{kills}\n{ledger}", began.elapsed());
        books::agree(&mut house, &ledger).await;
        assert!(
            kills.count() >= u64::from(visits) / 3,
            "hardly anything was killed"
        );
        assert!(ledger.count("completed full") > 0, "nobody was checked in at all");
        assert!(
            ledger.count("deferred ELIGIBILITY_UNAVAILABLE") > 0,
            "no check was put off"
        );
        assert!(
            ledger.count("failed GATEWAY_RESTARTED") > 0,
            "no kill met a visit"
        );
    });
}
