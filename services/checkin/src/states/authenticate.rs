//! Who is it? The authentication workflow runs at the check-in's desk, over the eligibility service's own challenge, or,
//! while the service is away, over one of this gateway's.

use std::sync::Arc;

use madoguchi_auth::{Authenticated, Plan};
use madoguchi_core::eligibility::Eligibility;
use madoguchi_core::{ChallengeId, Reason};
use ring::rand::{SecureRandom, SystemRandom};
use time::OffsetDateTime;

use crate::desk::Authenticating;
use crate::visit::Visit;

/// Random bytes in a challenge of this gateway's own.
const CHALLENGE_LEN: usize = 32;

/// A person who was authenticated.
pub(crate) struct Person {
    /// What the chip signed.
    pub(crate) challenge: Vec<u8>,
    /// The eligibility service's name for it; none where it is this gateway's own.
    pub(crate) challenge_id: Option<ChallengeId>,
    /// Tells the service that nobody checks with it any more, however the visit ends.
    _asked: Option<Asked>,
    pub(crate) authenticated: Authenticated,
    pub(crate) at: OffsetDateTime,
}

struct Asked {
    eligibility: Arc<dyn Eligibility>,
    challenge: ChallengeId,
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.eligibility.leave(&self.challenge);
    }
}

pub(crate) async fn run(visit: &mut Visit<'_>) -> Result<Person, Reason> {
    let (challenge, challenge_id) = match visit.parts.eligibility.create_challenge().await {
        Ok(challenge) => (challenge.bytes, Some(challenge.id)),
        Err(reason) => {
            visit.go_on_without(reason)?;
            (own_challenge()?, None)
        }
    };
    let asked = challenge_id.clone().map(|challenge| Asked {
        eligibility: Arc::clone(&visit.parts.eligibility),
        challenge,
    });
    let plan = Plan {
        language: visit.language.clone(),
        consents: visit.parts.consents.question(&visit.language).items,
        counter: visit.counter.clone(),
        medium: visit.desk.now.medium,
        challenge: challenge.clone(),
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
    Ok(Person {
        challenge,
        challenge_id,
        _asked: asked,
        authenticated: walked.result?,
        at: visit.parts.clock.now(),
    })
}

fn own_challenge() -> Result<Vec<u8>, Reason> {
    let mut bytes = vec![0; CHALLENGE_LEN];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map(|()| bytes).map_err(|_| Reason::Internal)
}
