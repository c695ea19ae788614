//! `madoguchi fallback steps`.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use clap::Args;
use madoguchi_core::check_in::NextStep;
use madoguchi_core::clock::{SystemClock, day_in_japan, parse_day};
use madoguchi_core::fallback::{self as domain, Claim, Confidence, FilledField, Step, Thing, VisitKind};
use madoguchi_core::{Clock as _, Medium, Reason};
use madoguchi_fallback::{Situation, Ways, filled_fields, next_steps};
use serde::Serialize;
use time::Date;

use super::Presented;
use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::output::Output;

/// What happened.
#[derive(Debug, Args)]
pub struct StepsArgs {
    /// Why the person was not verified, a code of the reason catalogue
    #[arg(long, value_name = "CODE", value_parser = reason)]
    reason: Option<Reason>,
    /// What the patient held up
    #[arg(long, value_enum)]
    medium: Option<Presented>,
    /// It is the patient's first visit
    #[arg(long, conflicts_with = "returning")]
    first_visit: bool,
    /// The facility knows the patient
    #[arg(long)]
    returning: bool,
    /// The day of the visit in Japan; today where it is not given
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    date: Option<Date>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl StepsArgs {
    pub(super) const fn is_json(&self) -> bool {
        self.json
    }

    pub(super) fn run(self) -> Result<Exit, Error> {
        let steps = next_steps(&Situation {
            reason: self.reason,
            presented: presented(self.medium),
            visit: match (self.first_visit, self.returning) {
                (true, _) => Some(VisitKind::First),
                (_, true) => Some(VisitKind::Returning),
                _ => None,
            },
            date: self.date.unwrap_or_else(|| day_in_japan(SystemClock.now())),
            lacks: BTreeSet::new(),
            // Which readers stand at the counter is not known here.
            ways: Ways {
                face: true,
                visual: true,
                card: true,
                pin: false,
            },
        });
        let steps = Steps {
            steps: steps.into_iter().map(Line::from).collect(),
            filled_fields: filled_fields(Claim::Unknown).iter().map(Filled::from).collect(),
        };
        Output::new(self.json).answer(&steps, ToString::to_string)?;
        Ok(Exit::Completed)
    }
}

const fn presented(medium: Option<Presented>) -> domain::Presented {
    match medium {
        None => domain::Presented::Unknown,
        Some(Presented::Nothing) => domain::Presented::Nothing,
        Some(Presented::Card) => domain::Presented::Medium(Medium::Card),
        Some(Presented::Android) => domain::Presented::Medium(Medium::Android),
        Some(Presented::Iphone) => domain::Presented::Medium(Medium::IPhone),
    }
}

fn reason(code: &str) -> Result<Reason, &'static str> {
    code.parse()
        .map_err(|_| "must be a code of the reason catalogue, such as PIN_LOCKED")
}

fn day(text: &str) -> Result<Date, &'static str> {
    parse_day(text).map_err(|_| "must be a day such as 2025-12-01")
}

#[derive(Debug, Serialize)]
struct Steps {
    steps: Vec<Line>,
    filled_fields: Vec<Filled>,
}

#[derive(Debug, Serialize)]
struct Line {
    step: NextStep,
    /// Each of these lists is needed, and any of a list will do.
    needs: Vec<Vec<Thing>>,
    claims: Vec<Claim>,
}

#[derive(Debug, Serialize)]
struct Filled {
    name: &'static str,
    value: &'static str,
    confidence: &'static str,
    source: &'static str,
}

impl From<Step> for Line {
    fn from(step: Step) -> Self {
        Self {
            step: step.step,
            needs: step.needs.into_iter().map(|need| need.any_of).collect(),
            claims: step.claims,
        }
    }
}

impl From<&FilledField> for Filled {
    fn from(field: &FilledField) -> Self {
        Self {
            name: field.name,
            value: field.value,
            confidence: match field.confidence {
                Confidence::Official => "official",
                Confidence::Reported => "reported",
                Confidence::Assumed => "assumed",
            },
            source: field.source,
        }
    }
}

impl fmt::Display for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, line) in (1..).zip(&self.steps) {
            let mut claims = String::new();
            for claim in &line.claims {
                write!(claims, " {}", said(*claim))?;
            }
            let claims = if claims.is_empty() {
                String::new()
            } else {
                format!(" — claim:{claims}")
            };
            writeln!(f, "{number}. {}{claims}", sentence(line.step))?;
        }
        let fields = self.filled_fields.iter().filter(|field| !field.value.is_empty());
        let fields: Vec<_> = fields
            .map(|field| format!("{} {} ({})", field.name, field.value, field.confidence))
            .collect();
        write!(
            f,
            "③ is filled with {}. The patient pays the ordinary share in every case.",
            fields.join(", ")
        )
    }
}

const fn said(claim: Claim) -> &'static str {
    match claim {
        Claim::CurrentNumber => "① current number",
        Claim::PastNumber => "② past number",
        Claim::Unknown => "③ unknown (不詳)",
    }
}

const fn sentence(step: NextStep) -> &'static str {
    match step {
        NextStep::TryAgain => "Start again with the same medium",
        NextStep::UseCard => "Use the card instead of the phone",
        NextStep::UseFace => "Verify by face at the counter's reader (顔認証)",
        NextStep::UsePin => "Type the card's PIN (暗証番号)",
        NextStep::CheckVisually => "Staff compare face and card (目視)",
        NextStep::CheckReader => "Staff look at the reader: cable, power, driver",
        NextStep::RegisterCard => "Register the card as insurance card (利用登録)",
        NextStep::ContinueEligibilityOnly => "Go on with the insurance alone (資格情報のみ)",
        NextStep::ShowMynaportal => "Show the 資格情報 screen of マイナポータル",
        NextStep::ShowEligibilityNotice => "Show 資格情報のお知らせ together with the card",
        NextStep::ShowEligibilityCertificate => "Show 資格確認書",
        NextStep::ShowInsuranceCard => "Show the old 健康保険証",
        NextStep::ConfirmOrally => "Returning patient: confirm known data orally",
        NextStep::FileDeclaration => "Fill in 被保険者資格申立書, which is checked later",
        NextStep::VisitMunicipality => {
            "Afterwards: the municipality unlocks the PIN, renews the certificate or looks at the card"
        }
    }
}
