//! The chip signs the challenge, and the signature is checked before anybody relies on it.

use madoguchi_core::authentication::{Proof, State};
use madoguchi_core::{Medium, Reason};

use super::Step;
use crate::Authenticated;
use crate::workflow::Walk;

pub(crate) async fn run(walk: &mut Walk<'_>) -> Result<Step, Reason> {
    if walk.view.state != State::Signing {
        walk.view.state = State::Signing;
        walk.desk.show(&walk.view).await?;
    }
    let challenge = &walk.plan.challenge;
    let signature = walk.lease()?.sign(challenge).await?;
    let (Some(certificate), Some(check)) = (walk.certificate.take(), walk.view.check.clone()) else {
        return Err(Reason::Internal);
    };
    walk.workflow
        .certificates
        .verify_signature(&certificate, challenge, &signature)?;
    walk.close_card().await;
    walk.station
        .card_is_done(walk.view.medium.is_some_and(Medium::is_phone))
        .await;
    let (Some(medium), Some(method)) = (walk.view.medium, walk.view.method) else {
        return Err(Reason::Internal);
    };
    let proof = Proof {
        certificate,
        signature,
    };
    Ok(Step::Done(Box::new(Authenticated {
        medium,
        method,
        check,
        proof,
        answers: None,
    })))
}
