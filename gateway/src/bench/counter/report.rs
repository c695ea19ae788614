//! What was measured.

use std::fmt;
use std::time::Duration;

use madoguchi_driver_host::bench::Quantiles;
use serde::Serialize;

use super::cancel::Cancels;
use super::{Options, quantiles};

/// What was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Visits that were cancelled at each page of each reader.
    cancels: u32,
    /// Times that each driver's process was killed.
    crashes: u32,
    /// Each maker's, and all together last.
    lines: Vec<Line>,
    #[serde(skip)]
    samples: Samples,
}

#[derive(Debug, Clone, Default)]
struct Samples {
    cancels: Vec<Duration>,
    calls: Vec<Duration>,
    crashes: Vec<Duration>,
}

/// One maker's reader.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// Whose.
    maker: &'static str,
    /// The pages at which visits were cancelled.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pages: Vec<&'static str>,
    /// From CancelCheckIn until the page is off the reader and the counter has taken the next visit.
    cancel: Quantiles,
    /// The floor: a bare GetCheckIn over the same connection.
    call: Quantiles,
    /// From kill -9 of the driver's process until visits can have its reader.
    crash: Quantiles,
    /// The floor: exec, handshake and loading of the same plugin.
    start: Option<Quantiles>,
}

impl Report {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            cancels: options.cancels,
            crashes: options.crashes,
            lines: Vec::new(),
            samples: Samples::default(),
        }
    }

    pub(super) fn add(
        &mut self,
        maker: &'static str,
        cancels: Cancels,
        crashes: &[Duration],
        start: Quantiles,
    ) {
        self.lines.push(Line {
            maker,
            cancel: quantiles(&cancels.took),
            call: quantiles(&cancels.calls),
            pages: cancels.pages,
            crash: quantiles(crashes),
            start: Some(start),
        });
        self.samples.cancels.extend(cancels.took);
        self.samples.calls.extend(cancels.calls);
        self.samples.crashes.extend(crashes);
    }

    pub(super) fn finish(&mut self) {
        let all = std::mem::take(&mut self.samples);
        self.lines.push(Line {
            maker: "all",
            pages: Vec::new(),
            cancel: quantiles(&all.cancels),
            call: quantiles(&all.calls),
            crash: quantiles(&all.crashes),
            start: None,
        });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |us: f64| us / 1_000.0;
        writeln!(
            f,
            "cancel at each page, {} times: from the call until page and counter are free; floor: one call",
            self.cancels
        )?;
        writeln!(
            f,
            "crash, {} times: from kill -9 until the reader can be had; floor: exec, handshake, plugin loaded",
            self.crashes
        )?;
        write!(
            f,
            "  {:<10}{:>12}{:>10}{:>10}{:>14}{:>10}{:>10}",
            "", "cancel p50", "p99", "floor", "crash p50", "p99", "floor"
        )?;
        for line in &self.lines {
            write!(
                f,
                "\n  {:<10}{:>9.1} ms{:>7.1} ms{:>7.2} ms{:>11.1} ms{:>7.1} ms",
                line.maker,
                ms(line.cancel.median_us),
                ms(line.cancel.p99_us),
                ms(line.call.median_us),
                ms(line.crash.median_us),
                ms(line.crash.p99_us),
            )?;
            if let Some(start) = &line.start {
                write!(f, "{:>7.1} ms  {} pages", ms(start.median_us), line.pages.len())?;
            }
        }
        Ok(())
    }
}
