//! Who is it? The authentication workflow runs at the check-in's desk, over the eligibility service's own challenge.

use madoguchi_auth::{Authenticated, Plan};
use madoguchi_core::{ChallengeId, Reason};

use crate::desk::Authenticating;
use crate::visit::Visit;

/// A person who was authenticated over a challenge of the eligibility service.
pub(crate) struct Known {
    pub(crate) challenge_id: ChallengeId,
    pub(crate) authenticated: Authenticated,
}

pub(crate) async fn run(visit: &mut Visit<'_>) -> Result<Known, Reason> {
    let challenge = visit.parts.eligibility.create_challenge().await?;
    let plan = Plan {
        language: visit.language.clone(),
        consents: visit.parts.consents.question(&visit.language).items,
        counter: visit.counter.clone(),
        medium: visit.desk.now.medium,
        challenge: challenge.bytes,
        caller: visit.desk.now.caller.clone(),
        check_in_id: Some(visit.desk.now.id.clone()),
        authentication_id: None,
    };
    let mut desk = Authenticating {
        desk: visit.desk,
        tray: visit.tray,
    };
    let walked = visit.parts.workflow.run(&plan, &mut desk).await;
    visit.desk.take_over(&walked.view);
    visit.station = Some(walked.station);
    Ok(Known {
        challenge_id: challenge.id,
        authenticated: walked.result?,
    })
}
