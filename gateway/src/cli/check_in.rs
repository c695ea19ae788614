//! `madoguchi check-in`: one visit through a gateway, with the patient's answers from the command line or the terminal.

mod clerk;
mod consent;
mod pins;
mod terminal;

use std::time::Duration;

use clap::{Args, ValueEnum};
use madoguchi_core::{Medium, RequestId};
use madoguchi_proto::checkin::v1::StartCheckInRequest;

use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::output::Output;
use crate::cli::remote::Remote;
use crate::cli::visit::{self, VisitLine};
use crate::cli::{signal, wire};
use clerk::Clerk;
pub use consent::ConsentChoice;

/// Check one patient in at a counter of a running gateway
#[derive(Debug, Args)]
pub struct CheckInArgs {
    #[command(flatten)]
    remote: Remote,
    /// The counter, as the gateway's configuration names it
    #[arg(long, value_name = "ID")]
    counter: String,
    /// What the patient holds up; asked on a terminal where it is not given
    #[arg(long, value_enum)]
    medium: Option<MediumArg>,
    /// Read PINs from standard input, one a line; each line is tried once at most
    #[arg(long)]
    pin_stdin: bool,
    /// Patient and staff agree that the last try of the PIN may be spent
    #[arg(long)]
    confirm_last_try: bool,
    /// What the patient agrees to: all, none, or items such as diagnosis,medication,surgery,health_checkup; asked on a
    /// terminal where it is not given
    #[arg(long, value_name = "all|none|ITEM,ITEM")]
    consent: Option<ConsentChoice>,
    /// Leave what is not answered by other options to the patient at the reader's own screen
    #[arg(long)]
    on_reader: bool,
    /// Who looks where staff have to compare face and card (目視); needs a staff identity and a terminal
    #[arg(long, value_name = "STAFF")]
    staff: Option<String>,
    /// BCP 47 language of the consent wording
    #[arg(long, default_value = "ja")]
    language: String,
    /// How long the visit may take; the gateway's default where it is not given
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    timeout: Option<u32>,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

/// What the patient holds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MediumArg {
    /// マイナンバーカード
    Card,
    /// An iPhone with マイナンバーカード in Wallet
    Iphone,
    /// An Android phone with スマホ用電子証明書
    Android,
}

impl From<MediumArg> for Medium {
    fn from(medium: MediumArg) -> Self {
        match medium {
            MediumArg::Card => Self::Card,
            MediumArg::Iphone => Self::IPhone,
            MediumArg::Android => Self::Android,
        }
    }
}

/// Checks one patient in.
///
/// # Errors
/// Where the visit could not be played; one that was played and failed is no error but an exit code.
pub async fn run(arguments: CheckInArgs) -> Result<Exit, Error> {
    let output = Output::new(arguments.json);
    let stop = signal::stop_token()?;
    let medium = arguments.medium.map(Medium::from);
    let visit_timeout = arguments
        .timeout
        .map(|seconds| Duration::from_secs(seconds.into()));
    let request = StartCheckInRequest {
        request_id: RequestId::generate().to_string(),
        counter_id: arguments.counter,
        medium: medium.map_or(0, |medium| wire::medium_to_wire(medium).into()),
        language: arguments.language,
        visit_timeout: visit_timeout.and_then(|timeout| timeout.try_into().ok()),
        expected_person: None,
    };
    let mut clerk = Clerk::new(
        output,
        arguments.pin_stdin,
        arguments.confirm_last_try,
        arguments.consent,
        medium.is_some(),
        arguments.on_reader,
        arguments.staff,
    )?;
    let channel = arguments.remote.connect().await?;
    let end = visit::play(channel, request, &mut clerk, &stop).await?;
    output.answer(&VisitLine::with_id(&end), |_| end.sentence())?;
    Ok(end.exit())
}
