//! `madoguchi fallback cases`.

use std::fmt;

use clap::{Args, Subcommand, ValueEnum};
use madoguchi_core::{Medium, RequestId};
use madoguchi_proto::auth::v1::ClaimBasis;
use madoguchi_proto::fallback::v1::fallback_service_client::FallbackServiceClient;
use madoguchi_proto::fallback::v1::{
    Case, CaseFilter, Document, Finding, ListCasesRequest, ReconcileCaseRequest, RecordCaseRequest, VisitKind,
};
use serde::Serialize;

use super::Presented;
use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::output::Output;
use crate::cli::remote::Remote;
use crate::cli::wire;

/// The visits that a fallback settled
#[derive(Debug, Subcommand)]
pub enum CasesCommand {
    /// List them, the oldest first; those that are open where nothing else is said
    List(ListArgs),
    /// Record one
    Record(RecordArgs),
    /// Say what came of one when it was checked later
    Reconcile(ReconcileArgs),
}

/// Which cases.
#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    remote: Remote,
    /// Those that were settled, too
    #[arg(long)]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What happened.
#[derive(Debug, Args)]
pub struct RecordArgs {
    #[command(flatten)]
    remote: Remote,
    /// The counter
    #[arg(long)]
    counter: String,
    /// What the patient held up
    #[arg(long, value_enum, default_value_t = Presented::Nothing)]
    medium: Presented,
    /// Why the person was not verified, a code of the reason catalogue
    #[arg(long, value_name = "CODE", default_value = "")]
    reason: String,
    /// The visit that did not succeed
    #[arg(long, value_name = "ID", default_value = "")]
    check_in: String,
    /// The day of the visit in Japan; today where it is not given
    #[arg(long, value_name = "YYYY-MM-DD", default_value = "")]
    date: String,
    /// It is the patient's first visit
    #[arg(long)]
    first_visit: bool,
    /// What staff saw
    #[arg(long, value_enum)]
    document: Seen,
    /// What the claim rests on
    #[arg(long, value_enum)]
    claim: Basis,
    /// Who saw it: the facility's own name for a member of staff
    #[arg(long, value_name = "ID")]
    staff: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What came of it.
#[derive(Debug, Args)]
pub struct ReconcileArgs {
    #[command(flatten)]
    remote: Remote,
    /// The case
    case_id: String,
    /// What came of it
    #[arg(long, value_enum)]
    finding: Found,
    /// Who checked: the facility's own name for a member of staff
    #[arg(long, value_name = "ID")]
    staff: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Seen {
    Mynaportal,
    EligibilityNotice,
    EligibilityCertificate,
    InsuranceCard,
    Oral,
    Declaration,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Basis {
    CurrentNumber,
    PastNumber,
    Unknown,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Found {
    Confirmed,
    Corrected,
    NotInsured,
    Withdrawn,
}

impl CasesCommand {
    pub(super) const fn is_json(&self) -> bool {
        match self {
            Self::List(arguments) => arguments.json,
            Self::Record(arguments) => arguments.json,
            Self::Reconcile(arguments) => arguments.json,
        }
    }

    pub(super) async fn run(self) -> Result<Exit, Error> {
        match self {
            Self::List(arguments) => list(arguments).await,
            Self::Record(arguments) => record(arguments).await,
            Self::Reconcile(arguments) => reconcile(arguments).await,
        }
    }
}

async fn list(arguments: ListArgs) -> Result<Exit, Error> {
    let mut client = FallbackServiceClient::new(arguments.remote.connect().await?);
    let filter = if arguments.all {
        CaseFilter::All
    } else {
        CaseFilter::Open
    };
    let output = Output::new(arguments.json);
    let mut page_token = String::new();
    loop {
        let request = ListCasesRequest {
            filter: filter.into(),
            page_size: 0,
            page_token,
        };
        let page = client.list_cases(request).await?.into_inner();
        for case in page.cases {
            output.answer(&Line::from(case), ToString::to_string)?;
        }
        if page.next_page_token.is_empty() {
            return Ok(Exit::Completed);
        }
        page_token = page.next_page_token;
    }
}

async fn record(arguments: RecordArgs) -> Result<Exit, Error> {
    let medium = match arguments.medium {
        Presented::Card => Some(Medium::Card),
        Presented::Android => Some(Medium::Android),
        Presented::Iphone => Some(Medium::IPhone),
        Presented::Nothing => None,
    };
    let request = RecordCaseRequest {
        request_id: RequestId::generate().into(),
        counter_id: arguments.counter,
        check_in_id: arguments.check_in,
        visit_date: arguments.date,
        medium: medium.map(wire::medium_to_wire).unwrap_or_default().into(),
        reason: arguments.reason,
        visit_kind: if arguments.first_visit {
            VisitKind::First
        } else {
            VisitKind::Returning
        }
        .into(),
        document: match arguments.document {
            Seen::Mynaportal => Document::Mynaportal,
            Seen::EligibilityNotice => Document::EligibilityNotice,
            Seen::EligibilityCertificate => Document::EligibilityCertificate,
            Seen::InsuranceCard => Document::InsuranceCard,
            Seen::Oral => Document::Oral,
            Seen::Declaration => Document::Declaration,
        }
        .into(),
        claim: match arguments.claim {
            Basis::CurrentNumber => ClaimBasis::CurrentNumber,
            Basis::PastNumber => ClaimBasis::PastNumber,
            Basis::Unknown => ClaimBasis::Unknown,
        }
        .into(),
        staff_id: arguments.staff,
        emr_reference: String::new(),
    };
    let mut client = FallbackServiceClient::new(arguments.remote.connect().await?);
    let case = client.record_case(request).await?.into_inner().case;
    answer(arguments.json, case)
}

async fn reconcile(arguments: ReconcileArgs) -> Result<Exit, Error> {
    let request = ReconcileCaseRequest {
        request_id: RequestId::generate().into(),
        case_id: arguments.case_id,
        finding: match arguments.finding {
            Found::Confirmed => Finding::Confirmed,
            Found::Corrected => Finding::Corrected,
            Found::NotInsured => Finding::NotInsured,
            Found::Withdrawn => Finding::Withdrawn,
        }
        .into(),
        staff_id: arguments.staff,
    };
    let mut client = FallbackServiceClient::new(arguments.remote.connect().await?);
    let case = client.reconcile_case(request).await?.into_inner().case;
    answer(arguments.json, case)
}

fn answer(json: bool, case: Option<Case>) -> Result<Exit, Error> {
    Output::new(json).answer(&Line::from(case.unwrap_or_default()), ToString::to_string)?;
    Ok(Exit::Completed)
}

/// A case as it is printed: without the EMR's own name for it, which may be a patient's number.
#[derive(Debug, Serialize)]
struct Line {
    case_id: String,
    visit_date: String,
    counter_id: String,
    document: String,
    claim: String,
    reason: String,
    staff_id: String,
    finding: Option<String>,
}

impl From<Case> for Line {
    fn from(case: Case) -> Self {
        let name = |full: &str, prefix: &str| full.trim_start_matches(prefix).to_lowercase();
        let finding = case
            .reconciliation
            .as_ref()
            .map(|one| one.finding().as_str_name());
        Self {
            document: name(case.document().as_str_name(), "DOCUMENT_"),
            claim: name(case.claim().as_str_name(), "CLAIM_BASIS_"),
            finding: finding.map(|finding| name(finding, "FINDING_")),
            case_id: case.case_id,
            visit_date: case.visit_date,
            counter_id: case.counter_id,
            reason: case.reason,
            staff_id: case.staff_id,
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let finding = self.finding.as_deref().unwrap_or("open");
        write!(
            f,
            "{}  {}  counter {}  {}  claim: {}  {finding}",
            self.case_id, self.visit_date, self.counter_id, self.document, self.claim
        )
    }
}
