//! What may be seen? The patient answers item by item; no receipt, no data.
//!
//! A certificate that is good for eligibility only (資格情報のみ) opens nothing that consent could be asked for.

use madoguchi_auth::Submission;
use madoguchi_core::audit::Action as AuditAction;
use madoguchi_core::certificate::{Check, Outcome};
use madoguchi_core::check_in::{Action, Guidance, State};
use madoguchi_core::consent::{CaptureMethod, Decision, Question, Receipt, Record};
use madoguchi_core::{Reason, Refusal};

use super::ask;
use super::authenticate::Person;
use crate::visit::Visit;

pub(crate) async fn run(visit: &mut Visit<'_>, person: &Person) -> Result<Option<Receipt>, Reason> {
    let check = &person.authenticated.check;
    if check.outcome != Outcome::Full {
        return Ok(None);
    }
    if let Some(answers) = &person.authenticated.answers {
        // The maker's program asked on the way.
        let asked = visit.parts.consents.question(&answers.language);
        let fit = asked.check(&answers.decisions, &[], &asked.wording_version);
        fit.map_err(|_| Reason::DriverProtocolError)?;
        return taken_on_reader(visit, check, asked, answers.decisions.clone())
            .await
            .map(Some);
    }
    visit.desk.now.state = State::WaitingForConsent;
    visit.desk.now.guidance = match visit.on_screen() {
        true => Some(Guidance::UseReaderScreen),
        false => visit.take_card(person.authenticated.medium),
    };
    let consents = &visit.parts.consents;
    let question = consents.question(&visit.language);
    let action = Action::DecideConsents(question.clone());
    let taken = tokio::select! {
        biased;
        taken = visit.desk.ask(visit.tray, action) => taken?,
        answered = ask::consents(&mut visit.station, |language| consents.question(language)) => {
            let (asked, decisions) = answered?;
            visit.desk.answered().await?;
            return taken_on_reader(visit, check, asked, decisions).await.map(Some);
        }
    };
    let mut taken = taken;
    let Submission::Consents {
        decisions,
        others,
        wording_version,
        word,
    } = &mut taken.submission
    else {
        return Err(Reason::Internal);
    };
    let (others, word) = (std::mem::take(others), word.take());
    let mut record = record(
        visit,
        check,
        question,
        std::mem::take(decisions),
        CaptureMethod::Client,
    );
    record.others = others;
    if let Some(word) = word {
        record.wording_version = std::mem::take(wording_version);
        record.method = word.attestation.form.method();
        record.told.caller = Some(word.caller);
        record.told.staff_id = Some(word.attestation.staff_id.clone());
        record.attestation = Some(word.attestation);
    }
    // The caller is answered only when the receipt survives a crash. Where that is not sure the visit ends: asked
    // again, the patient might answer otherwise than the receipt that may have been written.
    match visit.parts.consents.record(record).await {
        Ok(receipt) => {
            taken.settle(Ok(()));
            visit.desk.now.receipt = Some(receipt.clone());
            Ok(Some(receipt))
        }
        Err(reason) => {
            taken.settle(Err(Refusal::from(reason)));
            Err(reason)
        }
    }
}

async fn taken_on_reader(
    visit: &mut Visit<'_>,
    check: &Check,
    asked: Question,
    decisions: Vec<Decision>,
) -> Result<Receipt, Reason> {
    let record = record(visit, check, asked, decisions, CaptureMethod::Reader);
    let receipt = visit.parts.consents.record(record).await?;
    visit.desk.now.receipt = Some(receipt.clone());
    Ok(receipt)
}

fn record(
    visit: &Visit<'_>,
    check: &Check,
    asked: Question,
    decisions: Vec<Decision>,
    method: CaptureMethod,
) -> Record {
    Record {
        check_in_id: visit.desk.now.id.clone(),
        counter_id: visit.desk.now.counter_id.clone(),
        certificate_thumbprint: check.thumbprint.clone(),
        decisions,
        others: Vec::new(),
        wording_version: asked.wording_version,
        language: asked.language,
        method,
        attestation: None,
        told: visit.event(AuditAction::ConsentRecorded, None),
    }
}
