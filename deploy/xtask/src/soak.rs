//! `cargo xtask soak`: what takes longer than a run of the tests may.

mod fuzz;
#[cfg(target_os = "linux")]
mod hidraw;

use std::path::Path;

use anyhow::Result;
use clap::Subcommand;

use crate::{build, command};

/// Counters at which something breaks in the chaos test.
const CHAOS_COUNTERS: u64 = 5;

/// Counters at work in the test that kills the gateway.
const KILLED_COUNTERS: u64 = 4;

/// A long test.
#[derive(Debug, Subcommand)]
pub(crate) enum Soak {
    /// Visits over five makers' twins at once with something going wrong in each; the same seed gives the same trouble.
    Chaos {
        /// Visits in all.
        #[arg(long, default_value_t = 2_000)]
        visits: u64,
        /// Where the faults come from.
        #[arg(long, default_value_t = 20_261_125)]
        seed: u64,
    },
    /// The gateway killed at any moment of many visits at four counters; the same seed draws the same moments.
    Killed {
        /// Visits in all.
        #[arg(long, default_value_t = 1_000)]
        visits: u64,
        /// Where the moments come from.
        #[arg(long, default_value_t = 20_261_126)]
        seed: u32,
    },
    /// The fuzzer over each family of parsers; it is installed where it is missing.
    Fuzz {
        /// For each target.
        #[arg(long, default_value_t = 600)]
        seconds: u64,
        /// Only this one.
        #[arg(long)]
        target: Option<String>,
        /// Add what was found, as little of it as covers as much, to the corpus in the tree.
        #[arg(long)]
        keep: bool,
    },
    /// The tests over hidapi again, in a virtual machine with the kernel's own hidraw.
    #[cfg(target_os = "linux")]
    Hidraw,
}

pub(crate) fn run(root: &Path, soak: &Soak) -> Result<()> {
    match soak {
        Soak::Chaos { visits, seed } => test(root, "chaos", visits.div_ceil(CHAOS_COUNTERS), *seed),
        Soak::Killed { visits, seed } => {
            test(root, "killed", visits.div_ceil(KILLED_COUNTERS), u64::from(*seed))
        }
        Soak::Fuzz {
            seconds,
            target,
            keep,
        } => fuzz::run(root, *seconds, target.as_deref(), *keep),
        #[cfg(target_os = "linux")]
        Soak::Hidraw => hidraw::run(root),
    }
}

/// A test of the workspace, told by its environment how many visits each counter has and where its chances come from.
fn test(root: &Path, name: &str, visits: u64, seed: u64) -> Result<()> {
    build::everything(root)?;
    let variable = |what: &str| format!("MADOGUCHI_{}_{what}", name.to_uppercase());
    let mut test = command::cargo(root);
    test.args(["test", "--workspace", "--test", name])
        .args(["--", "--nocapture"])
        .env(variable("VISITS"), visits.to_string())
        .env(variable("SEED"), seed.to_string());
    command::run(&mut test)
}
