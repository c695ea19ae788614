//! `madoguchi deferral`: the checks that were put off while the eligibility service was away (後日確認).

use std::fmt;

use clap::{Args, Subcommand, ValueEnum};
use madoguchi_proto::eligibility::v1 as pb;
use madoguchi_proto::eligibility::v1::deferral_service_client::DeferralServiceClient;
use serde::Serialize;
use time::{Duration, OffsetDateTime};

use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::moment;
use crate::cli::output::{self, Output};
use crate::cli::remote::Remote;

/// Days that a report goes back where nothing is said.
const REPORT_DAYS: i64 = 31;

/// Checks that were put off while the eligibility service was away (後日確認)
#[derive(Debug, Subcommand)]
pub enum DeferralCommand {
    /// List them, oldest first; those that are open where no state is said
    List(ListArgs),
    /// What became of them, held against the audit chain: ends with 1 where anything is missing
    Report(ReportArgs),
    /// Staff settled one otherwise, such as by 資格確認書: nobody asks any more
    Abandon(AbandonArgs),
}

/// Which gateway, and how to print.
#[derive(Debug, Args)]
struct Gateway {
    #[command(flatten)]
    remote: Remote,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Which ones.
#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    gateway: Gateway,
    /// Only those in this state
    #[arg(long, value_enum, default_value_t = State::Open)]
    state: State,
}

/// Of which time.
#[derive(Debug, Args)]
pub struct ReportArgs {
    #[command(flatten)]
    gateway: Gateway,
    /// First moment (RFC 3339); 31 days ago where it is not said
    #[arg(long, value_parser = moment::parse)]
    from: Option<OffsetDateTime>,
    /// First moment after it (RFC 3339); now where it is not said
    #[arg(long, value_parser = moment::parse)]
    to: Option<OffsetDateTime>,
}

/// Which one, and who says so.
#[derive(Debug, Args)]
pub struct AbandonArgs {
    /// The check, as `deferral list` shows it
    deferral_id: String,
    /// Who says so: the facility's own name for a member of staff
    #[arg(long = "staff", value_name = "ID")]
    staff_id: String,
    #[command(flatten)]
    gateway: Gateway,
}

/// Where a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum State {
    Open,
    Answered,
    Refused,
    Abandoned,
}

impl DeferralCommand {
    /// Whether a machine reads the answer.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        match self {
            Self::List(arguments) => arguments.gateway.json,
            Self::Report(arguments) => arguments.gateway.json,
            Self::Abandon(arguments) => arguments.gateway.json,
        }
    }

    /// Runs it.
    ///
    /// # Errors
    /// Where the gateway cannot be asked.
    pub async fn run(self) -> Result<Exit, Error> {
        match self {
            Self::List(arguments) => list(arguments).await,
            Self::Report(arguments) => report(arguments).await,
            Self::Abandon(arguments) => abandon(arguments).await,
        }
    }
}

async fn list(arguments: ListArgs) -> Result<Exit, Error> {
    let mut client = DeferralServiceClient::new(arguments.gateway.remote.connect().await?);
    let state = match arguments.state {
        State::Open => pb::deferral::State::Open,
        State::Answered => pb::deferral::State::Answered,
        State::Refused => pb::deferral::State::Refused,
        State::Abandoned => pb::deferral::State::Abandoned,
    };
    let mut deferrals = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListDeferralsRequest {
            state: state.into(),
            page_size: 100,
            page_token,
        };
        let page = client.list_deferrals(request).await?.into_inner();
        deferrals.extend(page.deferrals.into_iter().map(Line::from));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    Output::new(arguments.gateway.json).answer(&Lines { deferrals }, Lines::to_string)?;
    Ok(Exit::Completed)
}

async fn report(arguments: ReportArgs) -> Result<Exit, Error> {
    let mut client = DeferralServiceClient::new(arguments.gateway.remote.connect().await?);
    let to = arguments.to.unwrap_or_else(OffsetDateTime::now_utc);
    let from = arguments.from.unwrap_or(to - Duration::days(REPORT_DAYS));
    let wire = |at: OffsetDateTime| prost_types::Timestamp {
        seconds: at.unix_timestamp(),
        nanos: 0,
    };
    let request = pb::GetDeferralReportRequest {
        from_time: Some(wire(from)),
        // Up to the second that is under way.
        to_time: Some(wire(to + Duration::SECOND)),
    };
    let answer = client.get_deferral_report(request).await?.into_inner();
    let report = Report::from(answer.report.ok_or(Error::Answer("report"))?);
    Output::new(arguments.gateway.json).answer(&report, Report::to_string)?;
    Ok(if report.holds {
        Exit::Completed
    } else {
        Exit::Mismatch
    })
}

async fn abandon(arguments: AbandonArgs) -> Result<Exit, Error> {
    let mut client = DeferralServiceClient::new(arguments.gateway.remote.connect().await?);
    let request = pb::AbandonDeferralRequest {
        deferral_id: arguments.deferral_id,
        staff_id: arguments.staff_id,
    };
    let answer = client.abandon_deferral(request).await?.into_inner();
    let line = Line::from(answer.deferral.ok_or(Error::Answer("deferral"))?);
    Output::new(arguments.gateway.json).answer(&line, Line::to_string)?;
    Ok(Exit::Completed)
}

#[derive(Debug, Serialize)]
struct Lines {
    deferrals: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    deferral_id: String,
    check_in_id: String,
    counter_id: String,
    state: &'static str,
    reason: String,
    queued_at: Option<String>,
    settled_at: Option<String>,
    attempt_count: u32,
    last_reason: String,
}

#[derive(Debug, Serialize)]
struct Report {
    holds: bool,
    open: u64,
    answered: u64,
    refused: u64,
    abandoned: u64,
    lost: Vec<String>,
    unwitnessed: Vec<String>,
    contradictory: Vec<String>,
    untold: Vec<String>,
    witnessed_from: Option<String>,
    unexamined: u64,
    deferrals: Vec<Line>,
}

impl From<pb::Deferral> for Line {
    fn from(one: pb::Deferral) -> Self {
        let state = match one.state() {
            pb::deferral::State::Open => "open",
            pb::deferral::State::Answered => "answered",
            pb::deferral::State::Refused => "refused",
            pb::deferral::State::Abandoned => "abandoned",
            pb::deferral::State::Unspecified => "unknown",
        };
        Self {
            state,
            queued_at: one.queue_time.and_then(moment::of_wire),
            settled_at: one.settle_time.and_then(moment::of_wire),
            deferral_id: one.deferral_id,
            check_in_id: one.check_in_id,
            counter_id: one.counter_id,
            reason: one.reason,
            attempt_count: one.attempt_count,
            last_reason: one.last_reason,
        }
    }
}

impl From<pb::DeferralReport> for Report {
    fn from(report: pb::DeferralReport) -> Self {
        Self {
            holds: report.holds,
            open: report.open_count,
            answered: report.answered_count,
            refused: report.refused_count,
            abandoned: report.abandoned_count,
            lost: report.lost_deferral_ids,
            unwitnessed: report.unwitnessed_deferral_ids,
            contradictory: report.contradictory_deferral_ids,
            untold: report.untold_deferral_ids,
            witnessed_from: report.witnessed_from_time.and_then(moment::of_wire),
            unexamined: report.unexamined_count,
            deferrals: report.deferrals.into_iter().map(Line::from).collect(),
        }
    }
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        output::lines(f, &self.deferrals, "none")
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let queued = self.queued_at.as_deref().unwrap_or("-");
        write!(
            f,
            "{}\t{}\tcounter {}\tvisit {}\tqueued {queued}\tasked {} times",
            self.deferral_id, self.state, self.counter_id, self.check_in_id, self.attempt_count
        )?;
        if !self.last_reason.is_empty() {
            write!(f, "\t{}", self.last_reason)?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} answered, {} refused, {} abandoned, {} open",
            self.answered, self.refused, self.abandoned, self.open
        )?;
        let troubles = [
            ("lost: in the audit chain and not in the queue", &self.lost),
            ("in the queue and not in the audit chain", &self.unwitnessed),
            ("settled otherwise than the audit chain says", &self.contradictory),
        ];
        for (trouble, ids) in troubles {
            for id in ids {
                write!(f, "\n{id}\t{trouble}")?;
            }
        }
        if !self.untold.is_empty() {
            let count = self.untold.len();
            write!(
                f,
                "\nOf {count} the audit chain is yet to be told; what it will be told is on disk and counts as told."
            )?;
        }
        if self.unexamined > 0 {
            let from = self.witnessed_from.as_deref().unwrap_or("now");
            let count = self.unexamined;
            return write!(
                f,
                "\n{count} of before {from}, where the gateway's audit entries begin, were not held against them: older ones \
                 are in the archive.\n{}",
                if self.holds {
                    "The others agree with the audit chain."
                } else {
                    "Of the others, not all agree with the audit chain."
                }
            );
        }
        f.write_str(if self.holds {
            "\nQueue and audit chain agree: nothing was lost."
        } else {
            "\nQueue and audit chain do not agree."
        })
    }
}
