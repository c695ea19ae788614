//! The mailbox of a live visit: submissions go in, each for the action that is pending, each once.

use madoguchi_core::check_in::{Action, PendingAction};
use madoguchi_core::{ActionId, Reason, Refusal};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::Submission;

/// A new mailbox: the slot that callers drop submissions into, and the tray that the workflow takes them from.
#[must_use]
pub fn mailbox() -> (Slot, Tray) {
    let (sender, receiver) = mpsc::channel(1);
    let (state, _) = watch::channel(Board::default());
    let cancel = CancellationToken::new();
    let slot = Slot {
        sender,
        board: state.subscribe(),
        cancel: cancel.clone(),
    };
    (
        slot,
        Tray {
            receiver,
            board: state,
            cancel,
        },
    )
}

/// What is asked now and what was answered before.
#[derive(Debug, Default)]
struct Board {
    pending: Option<PendingAction>,
    answered: Vec<ActionId>,
}

/// A submission on its way; the workflow says when it is settled.
#[derive(Debug)]
struct Letter {
    action_id: ActionId,
    submission: Submission,
    settled: oneshot::Sender<Result<(), Refusal>>,
}

/// The callers' end.
#[derive(Debug, Clone)]
pub struct Slot {
    sender: mpsc::Sender<Letter>,
    board: watch::Receiver<Board>,
    cancel: CancellationToken,
}

impl Slot {
    /// Hands a submission over and waits until the workflow settled it. The same action answered again is settled
    /// already.
    ///
    /// # Errors
    /// [`Reason::ActionNotPending`], a field violation, or what the workflow found wrong with it.
    pub async fn submit(&self, action_id: ActionId, submission: Submission) -> Result<(), Refusal> {
        {
            let board = self.board.borrow();
            if board.answered.contains(&action_id) {
                return Ok(());
            }
            match &board.pending {
                Some(pending) if pending.id == action_id => check(&pending.action, &submission)?,
                _ => return Err(Reason::ActionNotPending.into()),
            }
        }
        let (settled, settlement) = oneshot::channel();
        let letter = Letter {
            action_id: action_id.clone(),
            submission,
            settled,
        };
        if self.sender.send(letter).await.is_ok()
            && let Ok(result) = settlement.await
        {
            return result;
        }
        // The visit ended meanwhile; it may have taken the same answer from somebody else.
        if self.board.borrow().answered.contains(&action_id) {
            Ok(())
        } else {
            Err(Reason::ActionNotPending.into())
        }
    }

    /// Calls the visit off.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }
}

/// Whether the submission answers the action at all.
fn check(action: &Action, submission: &Submission) -> Result<(), Refusal> {
    match (action, submission) {
        (Action::ChooseMedium { options }, Submission::Medium(medium)) => {
            if options.contains(medium) {
                return Ok(());
            }
            let names: Vec<_> = options.iter().map(|option| option.as_str()).collect();
            Err(Refusal::field(
                "medium",
                format!("this counter can read now: {}", names.join(", ")),
            ))
        }
        (Action::EnterPin(_), Submission::Pin { .. }) => Ok(()),
        (
            Action::DecideConsents(question),
            Submission::Consents {
                decisions,
                wording_version,
            },
        ) => {
            if *wording_version != question.wording_version {
                let wanted = &question.wording_version;
                return Err(Refusal::field(
                    "wording_version",
                    format!("the wording shown must be {wanted}"),
                ));
            }
            for item in &question.items {
                let answers = decisions
                    .iter()
                    .filter(|decision| decision.item == item.item)
                    .count();
                if answers != 1 {
                    let name = item.item.as_str();
                    return Err(Refusal::field("decisions", format!("answer {name} exactly once")));
                }
            }
            if decisions.len() != question.items.len() {
                return Err(Refusal::field(
                    "decisions",
                    "answer only the items that were asked",
                ));
            }
            Ok(())
        }
        _ => Err(Reason::ActionNotPending.into()),
    }
}

/// A submission that the workflow took and has not settled yet. Dropping it unsettled tells the caller that the visit
/// did not go on with it.
#[derive(Debug)]
#[must_use = "the caller waits until it is settled"]
pub struct Taken {
    /// What was submitted.
    pub submission: Submission,
    action_id: ActionId,
    board: watch::Sender<Board>,
    settled: oneshot::Sender<Result<(), Refusal>>,
}

impl Taken {
    /// Tells the caller how it went and gives the content on. Only what went well counts as answered.
    pub fn settle(self, result: Result<(), Refusal>) -> Submission {
        if result.is_ok() {
            self.board
                .send_modify(|board| board.answered.push(self.action_id));
        }
        // The caller may have hung up: the submission counts all the same.
        let _ = self.settled.send(result);
        self.submission
    }
}

/// The workflow's end.
#[derive(Debug)]
pub struct Tray {
    receiver: mpsc::Receiver<Letter>,
    board: watch::Sender<Board>,
    cancel: CancellationToken,
}

impl Tray {
    /// Announces what is waited for. Until [`Tray::take`] ends or is dropped, submissions for it are accepted.
    #[must_use]
    pub fn pend(&self, action: Action) -> PendingAction {
        let pending = PendingAction {
            id: ActionId::generate(),
            action,
        };
        self.board
            .send_modify(|board| board.pending = Some(pending.clone()));
        pending
    }

    /// Waits for the answer to the pending action.
    pub async fn take(&mut self) -> Option<Taken> {
        let board = self.board.clone();
        // Whoever stops waiting leaves nothing pending behind.
        let _withdraw = Withdraw(self.board.clone());
        while let Some(letter) = self.receiver.recv().await {
            let mut fits = false;
            board.send_modify(|board| {
                fits = board
                    .pending
                    .as_ref()
                    .is_some_and(|pending| pending.id == letter.action_id);
                if fits {
                    board.pending = None;
                }
            });
            if fits {
                let Letter {
                    action_id,
                    submission,
                    settled,
                } = letter;
                return Some(Taken {
                    submission,
                    action_id,
                    board,
                    settled,
                });
            }
            let known = board.borrow().answered.contains(&letter.action_id);
            let result = if known {
                Ok(())
            } else {
                Err(Reason::ActionNotPending.into())
            };
            let _ = letter.settled.send(result);
        }
        None
    }

    /// Raised when the visit is called off.
    #[must_use]
    pub fn cancellation(&self) -> CancellationToken {
        self.cancel.clone()
    }
}

struct Withdraw(watch::Sender<Board>);

impl Drop for Withdraw {
    fn drop(&mut self) {
        self.0.send_modify(|board| board.pending = None);
    }
}

#[cfg(test)]
mod tests {
    use madoguchi_core::check_in::PinPrompt;
    use madoguchi_core::{Medium, Pin};

    use super::*;

    fn pin() -> Submission {
        Submission::Pin {
            pin: Pin::new(b"1234".to_vec()).unwrap(),
            confirm_last_try: false,
        }
    }

    fn prompt() -> Action {
        Action::EnterPin(PinPrompt {
            tries_left: Some(3),
            last_try: false,
            again_because: None,
        })
    }

    #[tokio::test]
    async fn an_answer_counts_once() {
        let (slot, mut tray) = mailbox();
        let pending = tray.pend(prompt());
        let (first, taken) = tokio::join!(slot.submit(pending.id.clone(), pin()), async {
            tray.take().await.map(|taken| taken.settle(Ok(())))
        });
        assert_eq!(first, Ok(()));
        assert!(matches!(taken, Some(Submission::Pin { .. })));
        assert_eq!(slot.submit(pending.id, pin()).await, Ok(()));
        // The second did not reach the workflow.
        assert!(tray.receiver.try_recv().is_err());
    }

    #[tokio::test]
    async fn only_the_pending_action_can_be_answered() {
        let (slot, mut tray) = mailbox();
        let not_pending = Err(Refusal::from(Reason::ActionNotPending));
        assert_eq!(slot.submit(ActionId::generate(), pin()).await, not_pending);
        let pending = tray.pend(prompt());
        assert_eq!(slot.submit(ActionId::generate(), pin()).await, not_pending);
        assert_eq!(
            slot.submit(pending.id.clone(), Submission::Medium(Medium::Card))
                .await,
            not_pending
        );
        // The workflow stops waiting: the card was pulled.
        tokio::select! {
            biased;
            () = std::future::ready(()) => {}
            _ = tray.take() => {}
        }
        let waiting = tokio::time::timeout(std::time::Duration::from_millis(1), tray.take()).await;
        assert!(waiting.is_err());
        assert_eq!(slot.submit(pending.id, pin()).await, not_pending);
    }

    #[tokio::test]
    async fn a_medium_must_be_one_of_the_options() {
        let (slot, tray) = mailbox();
        let pending = tray.pend(Action::ChooseMedium {
            options: vec![Medium::Card],
        });
        let refusal = slot
            .submit(pending.id, Submission::Medium(Medium::IPhone))
            .await
            .unwrap_err();
        assert_eq!(refusal.violations[0].field, "medium");
    }

    #[tokio::test]
    async fn a_visit_that_ends_lets_nobody_wait() {
        let (slot, tray) = mailbox();
        let pending = tray.pend(prompt());
        let (result, ()) = tokio::join!(slot.submit(pending.id, pin()), async move { drop(tray) });
        assert_eq!(result, Err(Reason::ActionNotPending.into()));
    }
}
