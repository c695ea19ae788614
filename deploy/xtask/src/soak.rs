//! `cargo xtask soak`: what takes longer than a run of the tests may.

use std::path::Path;

use anyhow::Result;
use clap::Subcommand;

use crate::{build, command};

/// Counters at which something breaks in the chaos test.
const CHAOS_COUNTERS: u64 = 5;

/// A long test.
#[derive(Debug, Subcommand)]
pub(crate) enum Soak {
    /// Visits over five makers' twins at once with faults at random; the same seed gives the same faults.
    Chaos {
        /// Visits in all.
        #[arg(long, default_value_t = 2_000)]
        visits: u64,
        /// Where the faults come from.
        #[arg(long, default_value_t = 20_261_125)]
        seed: u64,
    },
}

pub(crate) fn run(root: &Path, soak: &Soak) -> Result<()> {
    match soak {
        Soak::Chaos { visits, seed } => {
            build::run(root, build::Profile::Dev)?;
            let mut test = command::cargo(root);
            test.args(["test", "--package", "madoguchi-tests", "--test", "chaos"])
                .args(["--", "--nocapture"])
                .env(
                    "MADOGUCHI_CHAOS_VISITS",
                    visits.div_ceil(CHAOS_COUNTERS).to_string(),
                )
                .env("MADOGUCHI_CHAOS_SEED", seed.to_string());
            command::run(&mut test)
        }
    }
}
