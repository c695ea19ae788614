//! The mailbox of a live visit: submissions go in, each for the action that is pending, each once.

use madoguchi_core::check_in::{Action, PendingAction};
use madoguchi_core::{ActionId, Reason, Refusal};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::Submission;

/// Copies of one answer that may be on their way at once; a caller who sends more is told to wait.
const MAX_ON_THEIR_WAY: usize = 8;

/// A new mailbox: the slot that callers drop submissions into, and the tray that the workflow takes them from.
#[must_use]
pub fn mailbox() -> (Slot, Tray) {
    let (sender, receiver) = mpsc::channel(MAX_ON_THEIR_WAY);
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

type Settled = oneshot::Sender<Result<(), Refusal>>;

/// A submission on its way; the workflow says when it is settled.
#[derive(Debug)]
struct Letter {
    action_id: ActionId,
    submission: Submission,
    settled: Settled,
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
    /// [`Reason::ActionNotPending`], a field violation, [`Reason::Overloaded`], or what the workflow found wrong.
    pub async fn submit(&self, action_id: ActionId, submission: Submission) -> Result<(), Refusal> {
        let settlement = {
            // Sent while the board is held: who takes the action off the board finds every letter for it.
            let board = self.board.borrow();
            if board.answered.contains(&action_id) {
                return Ok(());
            }
            match &board.pending {
                Some(pending) if pending.id == action_id => check(&pending.action, &submission)?,
                _ => return Err(Reason::ActionNotPending.into()),
            }
            let (settled, settlement) = oneshot::channel();
            let letter = Letter {
                action_id,
                submission,
                settled,
            };
            match self.sender.try_send(letter) {
                Ok(()) => settlement,
                Err(mpsc::error::TrySendError::Full(_)) => return Err(Reason::Overloaded.into()),
                Err(mpsc::error::TrySendError::Closed(_)) => return Err(Reason::ActionNotPending.into()),
            }
        };
        // Nobody settles it where the visit ended meanwhile.
        settlement
            .await
            .unwrap_or_else(|_ended| Err(Reason::ActionNotPending.into()))
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
        (Action::ChooseMethod { options }, Submission::Method(method)) => {
            if options.contains(method) {
                return Ok(());
            }
            let names: Vec<_> = options.iter().map(|option| option.as_str()).collect();
            Err(Refusal::field(
                "method",
                format!("this card and reader allow now: {}", names.join(", ")),
            ))
        }
        (Action::EnterPin(_), Submission::Pin { .. })
        | (Action::CheckVisually(_), Submission::VisualCheck(_))
        | (Action::DecideRegistration, Submission::Registration(_)) => Ok(()),
        (
            Action::DecideConsents(question),
            Submission::Consents {
                decisions,
                others,
                wording_version,
                word,
            },
        ) => match word {
            None => question.check(decisions, others, wording_version),
            // A paper may have been signed before these words; whoever recorded it has asked the consent service.
            Some(_) => question.check_items(decisions),
        },
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
    /// The caller, and whoever sent the same answer beside it.
    settled: Vec<Settled>,
}

impl Taken {
    /// Tells the caller how it went and gives the content on. Only what went well counts as answered.
    pub fn settle(self, result: Result<(), Refusal>) -> Submission {
        if result.is_ok() {
            self.board
                .send_modify(|board| board.answered.push(self.action_id));
        }
        for settled in self.settled {
            // The caller may have hung up: the submission counts all the same.
            let _ = settled.send(result.clone());
        }
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
    pub fn pend(&mut self, action: Action) -> PendingAction {
        self.withdraw(None);
        let pending = PendingAction {
            id: ActionId::generate(),
            action,
        };
        self.board
            .send_modify(|board| board.pending = Some(pending.clone()));
        pending
    }

    /// Waits for the answer to the pending action. Cancel by dropping the future: nothing is pending then.
    pub async fn take(&mut self) -> Option<Taken> {
        let waiting = Waiting(self);
        let Letter {
            action_id,
            submission,
            settled,
        } = waiting.0.receiver.recv().await?;
        let beside = waiting.0.withdraw(Some(&action_id));
        let settled = std::iter::once(settled).chain(beside).collect();
        Some(Taken {
            submission,
            action_id,
            board: waiting.0.board.clone(),
            settled,
        })
    }

    /// Takes the action off the board. Letters for it that are on their way are refused and with them their content
    /// is gone, but for copies of the one that was taken: their senders are returned.
    fn withdraw(&mut self, taken: Option<&ActionId>) -> Vec<Settled> {
        self.board.send_modify(|board| board.pending = None);
        let mut beside = Vec::new();
        while let Ok(letter) = self.receiver.try_recv() {
            if taken == Some(&letter.action_id) {
                beside.push(letter.settled);
            } else {
                let _ = letter.settled.send(Err(Reason::ActionNotPending.into()));
            }
        }
        beside
    }

    /// Raised when the visit is called off.
    #[must_use]
    pub fn cancellation(&self) -> CancellationToken {
        self.cancel.clone()
    }
}

/// Whoever stops waiting leaves nothing pending and nobody waiting behind.
struct Waiting<'a>(&'a mut Tray);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.withdraw(None);
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
            agreed_by: None,
            holder: madoguchi_core::screen::PinHolder::Patient,
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
        let (slot, mut tray) = mailbox();
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
        let (slot, mut tray) = mailbox();
        let pending = tray.pend(prompt());
        let (result, ()) = tokio::join!(slot.submit(pending.id, pin()), async move { drop(tray) });
        assert_eq!(result, Err(Reason::ActionNotPending.into()));
    }

    #[tokio::test]
    async fn an_answer_that_comes_when_nobody_waits_any_more_is_refused_and_gone() {
        let (slot, mut tray) = mailbox();
        let pending = tray.pend(prompt());
        // The answer is on its way before the workflow begins to wait, and the card is pulled before it is read.
        let submission = tokio::spawn(async move { slot.submit(pending.id, pin()).await });
        while tray.receiver.is_empty() {
            tokio::task::yield_now().await;
        }
        drop(Waiting(&mut tray));
        assert_eq!(submission.await.unwrap(), Err(Reason::ActionNotPending.into()));
        assert!(tray.receiver.is_empty(), "the PIN does not lie around");
    }

    #[tokio::test]
    async fn copies_of_an_answer_are_settled_together() {
        let (slot, mut tray) = mailbox();
        let pending = tray.pend(prompt());
        let copies: Vec<_> = (0..3)
            .map(|_| {
                let (slot, id) = (slot.clone(), pending.id.clone());
                tokio::spawn(async move { slot.submit(id, pin()).await })
            })
            .collect();
        while tray.receiver.len() < copies.len() {
            tokio::task::yield_now().await;
        }
        let taken = tray.take().await.unwrap();
        assert!(tray.receiver.is_empty());
        taken.settle(Ok(()));
        for copy in copies {
            assert_eq!(copy.await.unwrap(), Ok(()));
        }
    }
}
