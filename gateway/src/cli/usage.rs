//! `madoguchi usage`: how often the insurance card is used.

use clap::{Args, Subcommand, ValueEnum};
use madoguchi_proto::usage::v1::usage_service_client::UsageServiceClient;
use madoguchi_proto::usage::v1::{GetUsageReportRequest, GetUsageReportResponse, UsageGroup, UsageRow};
use serde::Serialize;

use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::output::Output;
use crate::cli::remote::Remote;

/// The first line of the table.
const HEADER: &str =
    "day,counter,medium,method,card_checks,checks,all_checks,rate_percent,card_share_percent";

/// How often the insurance card is used (利用率)
#[derive(Debug, Subcommand)]
pub enum UsageCommand {
    /// Report card checks ÷ all checks, from one day to another
    Report(ReportArgs),
}

/// What to report.
#[derive(Debug, Args)]
pub struct ReportArgs {
    #[command(flatten)]
    remote: Remote,
    /// The first day, in Japan
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: String,
    /// The last day; the first where it is not given
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Option<String>,
    /// What rows are made by
    #[arg(long, value_enum, value_delimiter = ',', value_name = "GROUP,GROUP")]
    by: Vec<By>,
    /// Print a table with commas; the last row is the total
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    Day,
    Counter,
    Medium,
    Method,
}

impl From<By> for UsageGroup {
    fn from(by: By) -> Self {
        match by {
            By::Day => Self::Day,
            By::Counter => Self::Counter,
            By::Medium => Self::Medium,
            By::Method => Self::Method,
        }
    }
}

#[derive(Debug, Serialize)]
struct Report {
    from: String,
    to: String,
    rows: Vec<Row>,
    total: Row,
}

/// Rates are texts: 31.43 is exact, and no machine shall make a binary fraction of it.
#[derive(Debug, Serialize)]
struct Row {
    day: String,
    counter: String,
    medium: String,
    method: String,
    card_checks: u64,
    checks: u64,
    all_checks: u64,
    rate_percent: String,
    card_share_percent: String,
}

impl From<UsageRow> for Row {
    fn from(wire: UsageRow) -> Self {
        Self {
            day: wire.day,
            counter: wire.counter_id,
            medium: wire.medium,
            method: wire.method,
            card_checks: wire.card_check_count,
            checks: wire.check_count,
            all_checks: wire.all_check_count,
            rate_percent: wire.rate_percent,
            card_share_percent: wire.card_share_percent,
        }
    }
}

impl Row {
    fn csv(&self) -> String {
        [
            // Ids hold no comma and no quote.
            self.day.clone(),
            self.counter.clone(),
            self.medium.clone(),
            self.method.clone(),
            self.card_checks.to_string(),
            self.checks.to_string(),
            self.all_checks.to_string(),
            self.rate_percent.clone(),
            self.card_share_percent.clone(),
        ]
        .join(",")
    }

    fn sentence(&self) -> String {
        let about = [&self.day, &self.counter, &self.medium, &self.method];
        let about: Vec<_> = about
            .into_iter()
            .filter(|part| !part.is_empty())
            .map(String::as_str)
            .collect();
        let about = if about.is_empty() {
            "total".to_owned()
        } else {
            about.join(" ")
        };
        let rate = if self.rate_percent.is_empty() {
            "-"
        } else {
            &self.rate_percent
        };
        format!("{about}: {rate} % ({} of {})", self.card_checks, self.all_checks)
    }
}

impl Report {
    fn new(from: String, to: String, wire: GetUsageReportResponse) -> Result<Self, Error> {
        Ok(Self {
            from,
            to,
            rows: wire.rows.into_iter().map(Row::from).collect(),
            total: wire.total.ok_or(Error::Answer("the total"))?.into(),
        })
    }

    fn lines(&self, line: impl Fn(&Row) -> String) -> Vec<String> {
        self.rows.iter().chain([&self.total]).map(line).collect()
    }
}

impl UsageCommand {
    /// Whether a machine reads the answer.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        let Self::Report(arguments) = self;
        arguments.json
    }

    /// Runs it.
    ///
    /// # Errors
    /// Where the gateway cannot be asked.
    pub async fn run(self) -> Result<Exit, Error> {
        let Self::Report(arguments) = self;
        let mut client = UsageServiceClient::new(arguments.remote.connect().await?);
        let to = arguments.to.unwrap_or_else(|| arguments.from.clone());
        let request = GetUsageReportRequest {
            from_day: arguments.from.clone(),
            to_day: to.clone(),
            group_by: arguments
                .by
                .into_iter()
                .map(|by| UsageGroup::from(by).into())
                .collect(),
        };
        let answer = client.get_usage_report(request).await?.into_inner();
        let report = Report::new(arguments.from, to, answer)?;
        let csv = arguments.csv;
        Output::new(arguments.json).answer(&report, |report| {
            if csv {
                let mut lines = vec![HEADER.to_owned()];
                lines.extend(report.lines(Row::csv));
                lines.join("\n")
            } else {
                report.lines(Row::sentence).join("\n")
            }
        })?;
        Ok(Exit::Completed)
    }
}
