//! The maker's own program leads the visit: it is given a plan, tells how far it is, and ends with one outcome, which is
//! checked like any other.

use futures_util::StreamExt as _;
use madoguchi_core::authentication::{Proof, State};
use madoguchi_core::certificate::{CertificateDer, Outcome as CertificateOutcome};
use madoguchi_core::check_in::{Guidance, VisualCheck};
use madoguchi_core::reader::Readers;
use madoguchi_core::visit::{Outcome, Plan, Progress};
use madoguchi_core::{Medium, Method, Reason, StaffId};
use tokio::sync::mpsc;

use super::{Step, check_visually, choose_medium};
use crate::Authenticated;
use crate::counters::Counter;
use crate::station::{PATIENCE, Tries, loses_panel};
use crate::workflow::{Answers, Walk};

/// Steps that wait to be shown; a visit has fewer.
const MAX_STEPS: usize = 16;

/// How one run of the maker's program ended.
enum Ran {
    Outcome(Outcome),
    /// The counter can read other media now: the program is told anew.
    OtherMedia,
}

pub(crate) async fn run(walk: &mut Walk<'_>) -> Result<Step, Reason> {
    let mut tries = Tries::default();
    loop {
        match lead(walk).await {
            Ok(Ran::OtherMedia) => {}
            Ok(Ran::Outcome(outcome)) => return settle(walk, outcome).await,
            // Nothing happened to the patient yet: a reader that comes back in time begins again.
            Err(reason) if may_begin_again(reason) && is_at_its_begin(walk.view.state) => {
                walk.station.lose_panel();
                // Nobody else can be asked.
                if !tries.again().await {
                    return Err(reason);
                }
                let grace = walk.workflow.options.reader_grace();
                if tokio::time::timeout(grace, walk.station.panel_comes())
                    .await
                    .is_err()
                {
                    return Err(reason);
                }
            }
            Err(reason) => return Err(reason),
        }
    }
}

/// Whether no card was read yet, as far as the program told.
const fn is_at_its_begin(state: State) -> bool {
    matches!(state, State::ChoosingMedium | State::WaitingForCard)
}

fn may_begin_again(reason: Reason) -> bool {
    loses_panel(reason) || reason == Reason::ReaderUnavailable
}

async fn lead(walk: &mut Walk<'_>) -> Result<Ran, Reason> {
    let readers = walk.workflow.readers.clone();
    let counter = walk.plan.counter.clone();
    let media = match walk.plan.medium {
        Some(medium) => vec![medium],
        None => counter.media(&readers.snapshot()),
    };
    let plan = Plan {
        media: media.clone(),
        consents: walk.plan.consents.clone(),
        language: walk.station.language().to_owned(),
        challenge: walk.plan.challenge.clone(),
    };
    walk.view.state = State::ChoosingMedium;
    walk.view.guidance = Some(Guidance::UseReaderScreen);
    walk.view.reader_id = walk.station.panel().map(|panel| panel.reader_id().clone());
    walk.desk.show(&walk.view).await?;
    let (steps, mut told) = mpsc::channel(MAX_STEPS);
    let mut progress = |step| {
        // One that does not fit any more is not shown; the outcome counts.
        let _ = steps.try_send(step);
    };
    let fixed = walk.plan.medium.is_some();
    let panel = walk.station.panel().ok_or(Reason::ReaderRemoved)?;
    let mut visit = panel.run_visit(&plan, &mut progress, PATIENCE);
    let changed = other_media(&*readers, &counter, &media);
    tokio::pin!(changed);
    loop {
        tokio::select! {
            biased;
            outcome = &mut visit => return outcome.map(Ran::Outcome),
            Some(step) = told.recv() => {
                (walk.view.state, walk.view.guidance) = shown(step);
                walk.desk.show(&walk.view).await?;
            }
            () = &mut changed, if !fixed && walk.view.state == State::ChoosingMedium => {
                return Ok(Ran::OtherMedia);
            }
        }
    }
}

async fn other_media(readers: &dyn Readers, counter: &Counter, media: &[Medium]) {
    let mut snapshots = readers.watch();
    while let Some(snapshot) = snapshots.next().await {
        if counter.media(&snapshot) != media {
            return;
        }
    }
    std::future::pending::<()>().await;
}

const fn shown(step: Progress) -> (State, Option<Guidance>) {
    match step {
        Progress::WaitingForCard => (State::WaitingForCard, Some(Guidance::PresentCard)),
        Progress::Verifying => (State::VerifyingFace, Some(Guidance::UseReaderScreen)),
        Progress::WaitingForStaff => (State::WaitingForStaff, Some(Guidance::WaitForStaff)),
        Progress::Signing | Progress::AskingConsent => (State::Signing, Some(Guidance::UseReaderScreen)),
        // A step of a later version.
        _ => (State::ChoosingMedium, Some(Guidance::UseReaderScreen)),
    }
}

async fn settle(walk: &mut Walk<'_>, outcome: Outcome) -> Result<Step, Reason> {
    match outcome {
        Outcome::Verified {
            medium,
            method,
            certificate,
            signature,
            decisions,
        } => {
            walk.view.state = State::Signing;
            walk.view.guidance = None;
            walk.view.medium = Some(medium);
            walk.view.method = Some(method);
            let certificate = CertificateDer::new(certificate);
            let certificates = &walk.workflow.certificates;
            let at = walk.workflow.clock.now();
            let check = certificates.check(&certificate, &[], medium, at);
            walk.view.check = Some(check.clone());
            walk.note_expiry(medium, at).await?;
            if check.outcome == CertificateOutcome::Refused {
                return Err(check.reason.unwrap_or(Reason::CertificateNotTrusted));
            }
            certificates.verify_signature(&certificate, &walk.plan.challenge, &signature)?;
            if method == Method::StaffVisual {
                staff_said(walk, true).await?;
            }
            walk.station.card_may_lie_on_panel();
            Ok(Step::Done(Box::new(Authenticated {
                medium,
                method,
                check,
                proof: Proof {
                    certificate,
                    signature,
                },
                answers: (decisions.len() == walk.plan.consents.len()).then(|| Answers {
                    decisions,
                    language: walk.station.language().to_owned(),
                }),
            })))
        }
        Outcome::HandedOver { medium } => {
            let media = walk.plan.counter.media(&walk.workflow.readers.snapshot());
            if !medium.is_phone() || !media.contains(&medium) {
                return Err(Reason::DriverProtocolError);
            }
            walk.view.medium = Some(medium);
            Ok(choose_medium::begin(walk, medium).await)
        }
        Outcome::Quit => Err(Reason::PatientQuit),
        Outcome::Failed {
            reason: Reason::VisualCheckRefused,
        } => {
            staff_said(walk, false).await?;
            Err(Reason::VisualCheckRefused)
        }
        Outcome::Failed { reason } => Err(reason),
        // An ending of a later version.
        _ => Err(Reason::DriverProtocolError),
    }
}

/// Staff looked at the reader, as the program tells; it does not tell why.
async fn staff_said(walk: &mut Walk<'_>, confirmed: bool) -> Result<(), Reason> {
    let check = VisualCheck {
        confirmed,
        staff_id: StaffId::at_the_reader(),
        cause: None,
    };
    check_visually::record(walk, check).await
}
