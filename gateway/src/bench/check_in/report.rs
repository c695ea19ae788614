//! What came out, for machines and as a table.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::bench::Quantiles;
use crate::bench::check_in::Options;
use crate::bench::figures::{median, rounded};
use crate::bench::floor::Cost;
use crate::bench::process::Process;
use crate::bench::visit::Times;

/// One round of the gateway.
pub(super) struct Round {
    pub(super) visits_per_second: f64,
    pub(super) writes_per_visit: f64,
    pub(super) commits_per_visit: f64,
    pub(super) chip_ms_per_visit: f64,
    pub(super) times: Vec<Times>,
}

/// One round of the floor.
pub(super) struct Paid {
    pub(super) visits_per_second: f64,
    pub(super) commits_per_visit: f64,
    pub(super) times: Vec<Duration>,
}

/// What came out. Rates are medians over the rounds, quantiles are over all visits of all rounds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Counters, each with a client of its own.
    pub clients: u16,
    /// Rounds that count.
    pub rounds: u32,
    /// Visits of all clients in a round.
    pub visits_per_round: u64,
    /// The gateway.
    pub gateway: Side,
    /// A bare echo with the same calls and the same acknowledged writes, which share commits as the gateway's do.
    pub floor: Side,
    /// How many times faster the floor is: median of the rounds' own ratios.
    pub floor_to_gateway: f64,
    /// Calls of a visit.
    pub calls_per_visit: u32,
    /// Writes that the gateway acknowledged for a visit.
    pub writes_per_visit: f64,
    /// Commits that they went into: fewer, where visits share one.
    pub commits_per_visit: f64,
    /// Commits that the floor's writes went into.
    pub floor_commits_per_visit: f64,
    /// APDUs of a visit.
    pub apdus_per_visit: u32,
    /// What the simulated chip took of a visit: its RSA is in the gateway's figures and not the gateway's.
    pub chip_ms_per_visit: f64,
    /// Where the time went.
    pub phases: Phases,
    /// Peak resident memory of this process: gateway, floor and all clients together.
    pub bench_peak_kib: Option<u64>,
    /// The gateway as a process of its own; nothing where no plugin lies beside the program.
    pub process: Option<Process>,
}

/// One of the two that took turns.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Side {
    /// Visits a second.
    pub visits_per_second: f64,
    /// Half of the visits are faster.
    pub p50_ms: f64,
    /// One visit of a hundred is slower.
    pub p99_ms: f64,
}

/// Where a visit's time goes, as its caller sees it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Phases {
    /// StartCheckIn until it returns.
    pub start: Quantiles,
    /// WatchCheckIn until the PIN is asked for: the card is found, opened and read.
    pub read: Quantiles,
    /// SubmitPin until consent is asked for: VERIFY, SIGN, and the signature is checked.
    pub pin_and_sign: Quantiles,
    /// SubmitConsents until it returns: the receipt is on disk.
    pub consent: Quantiles,
    /// From there until the answer.
    pub eligibility: Quantiles,
}

impl Report {
    pub(super) fn new(
        options: Options,
        cost: Cost,
        rounds: &[Round],
        floors: &[Paid],
        bench_peak_kib: Option<u64>,
        process: Option<Process>,
    ) -> Self {
        let over = |figure: fn(&Round) -> f64| rounded(median(rounds.iter().map(figure).collect()));
        let visits = || rounds.iter().flat_map(|round| &round.times);
        let phase = |phase: fn(&Times) -> Duration| Quantiles::of(visits().map(phase));
        let paid = |figure: fn(&Paid) -> f64| rounded(median(floors.iter().map(figure).collect()));
        let payments = Quantiles::of(floors.iter().flat_map(|floor| floor.times.iter().copied()));
        let ratios = rounds
            .iter()
            .zip(floors)
            .map(|(round, floor)| floor.visits_per_second / round.visits_per_second);
        let rate = over(|round| round.visits_per_second);
        Self {
            clients: options.clients,
            rounds: options.rounds,
            visits_per_round: u64::from(options.clients) * u64::from(options.visits),
            gateway: Side::new(rate, phase(Times::whole)),
            floor: Side::new(paid(|floor| floor.visits_per_second), payments),
            floor_to_gateway: rounded(median(ratios.collect())),
            calls_per_visit: cost.calls,
            writes_per_visit: over(|round| round.writes_per_visit),
            commits_per_visit: over(|round| round.commits_per_visit),
            floor_commits_per_visit: paid(|floor| floor.commits_per_visit),
            apdus_per_visit: visits().map(|times| times.apdus).max().unwrap_or(0),
            chip_ms_per_visit: over(|round| round.chip_ms_per_visit),
            phases: Phases {
                start: phase(|times| times.start),
                read: phase(|times| times.read),
                pin_and_sign: phase(|times| times.pin_and_sign),
                consent: phase(|times| times.consent),
                eligibility: phase(|times| times.eligibility),
            },
            bench_peak_kib,
            process,
        }
    }
}

impl Side {
    const fn new(visits_per_second: f64, visit: Quantiles) -> Self {
        Self {
            visits_per_second,
            p50_ms: visit.p50_ms,
            p99_ms: visit.p99_ms,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |name: &str, p50: f64, p99: f64| format!("  {name:<24}{p50:>10.3} ms{p99:>10.3} ms");
        writeln!(
            f,
            "{} clients, {} visits a round, {} rounds",
            self.clients, self.visits_per_round, self.rounds
        )?;
        writeln!(f, "  {:<24}{:>13}{:>13}{:>13}", "", "p50", "p99", "visits/s")?;
        for (name, side) in [("gateway", self.gateway), ("floor (echo, commits)", self.floor)] {
            writeln!(
                f,
                "{}{:>13.1}",
                line(name, side.p50_ms, side.p99_ms),
                side.visits_per_second
            )?;
        }
        writeln!(f, "  floor to gateway: {:.2}", self.floor_to_gateway)?;
        writeln!(f, "where the time goes:")?;
        let Phases {
            start,
            read,
            pin_and_sign,
            consent,
            eligibility,
        } = self.phases;
        let phases = [
            ("start", start),
            ("read", read),
            ("pin and sign", pin_and_sign),
            ("consent", consent),
            ("eligibility", eligibility),
        ];
        for (name, phase) in phases {
            writeln!(f, "{}", line(name, phase.p50_ms, phase.p99_ms))?;
        }
        let (writes, commits) = (self.writes_per_visit, self.commits_per_visit);
        writeln!(
            f,
            "a visit: {} calls, {writes:.1} writes in {commits:.1} commits (floor {:.1}),",
            self.calls_per_visit, self.floor_commits_per_visit
        )?;
        write!(
            f,
            "  {} APDUs, of it {:.3} ms in the simulated chip",
            self.apdus_per_visit, self.chip_ms_per_visit
        )?;
        if let Some(kib) = self.bench_peak_kib {
            write!(
                f,
                "\npeak memory of gateway, floor and clients together: {} MiB",
                kib / 1_024
            )?;
        }
        if let Some(process) = &self.process {
            write!(f, "\n{process}")?;
        }
        Ok(())
    }
}
