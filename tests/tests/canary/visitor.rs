//! Somebody at a counter without a face reader, and the EMR that asks what he says.

use madoguchi_proto::auth::v1::Guidance;
use madoguchi_proto::checkin::v1::pending_action::Action;
use madoguchi_proto::checkin::v1::{CheckIn, SubmitRegistrationRequest};
use madoguchi_tests::{Visit, ending, refused};
use madoguchi_twin::vpcd::VpcdCard;

use crate::heard::Heard;

/// What he does.
#[derive(Clone)]
pub(crate) struct Visitor {
    /// The PINs that he types; the last one again and again.
    pub(crate) pins: Vec<String>,
    /// Whether the last try is his to spend.
    pub(crate) confirms_last_try: bool,
    pub(crate) consents: bool,
    pub(crate) registers: bool,
}

impl Visitor {
    /// One who types these and says yes to everything.
    pub(crate) fn typing(pins: &[&str]) -> Self {
        Self {
            pins: pins.iter().map(|pin| (*pin).to_owned()).collect(),
            confirms_last_try: true,
            consents: true,
            registers: true,
        }
    }

    /// Goes through the visit to its end.
    pub(crate) async fn goes_through(
        mut self,
        visit: &mut Visit,
        card: Option<&VpcdCard>,
        heard: &mut Heard,
    ) -> String {
        let mut answered = String::new();
        // What is asked already is answered too.
        let mut next = Some(visit.now.clone());
        loop {
            let now = next.expect("a visit ends with its last state");
            heard.check_in(&now);
            if now.outcome.is_some() {
                return ending(&now);
            }
            if let (Guidance::PresentCard | Guidance::HoldPhone, Some(card)) = (now.guidance(), card)
                && !card.is_inserted()
            {
                let _ = card.insert().unwrap();
            }
            if let Some(pending) = now.pending_action.clone()
                && std::mem::replace(&mut answered, pending.action_id.clone()) != pending.action_id
            {
                while let Err(status) = self.answers(visit, &now, pending.action.clone()).await {
                    heard.refusal(&status);
                    // What is no PIN is typed anew; the question is still there.
                    if refused(&status).fields != ["pin"] {
                        break;
                    }
                }
            }
            next = visit.next().await;
        }
    }

    async fn answers(
        &mut self,
        visit: &mut Visit,
        now: &CheckIn,
        action: Option<Action>,
    ) -> Result<(), tonic::Status> {
        match action {
            Some(Action::EnterPin(_)) => {
                let pin = match self.pins.len() {
                    1 => self.pins[0].clone(),
                    _ => self.pins.remove(0),
                };
                visit.pin(&pin, self.confirms_last_try).await.map(drop)
            }
            Some(Action::DecideConsents(_)) => visit.consents(self.consents).await.map(drop),
            Some(Action::DecideRegistration(_)) => {
                let said = SubmitRegistrationRequest {
                    check_in_id: now.check_in_id.clone(),
                    action_id: now.pending_action.clone().unwrap().action_id,
                    register: self.registers,
                };
                visit.client.submit_registration(said).await.map(drop)
            }
            other => panic!("nobody answers {other:?}"),
        }
    }
}
