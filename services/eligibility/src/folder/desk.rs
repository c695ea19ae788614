//! The desk where results wait for their visits. The handle is here; one task, the [`clerk`], owns both.

mod clerk;
mod look;
mod results;
mod visits;

use std::sync::Arc;
use std::time::Duration;

use madoguchi_core::eligibility::{Challenge, Person, Unmatched};
use madoguchi_core::{ChallengeId, CheckInId, Clock, Reason, ResultId};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::health::Health;
use super::{Options, ResultStore, StoredResult};
use clerk::{Clerk, Earlier, Order};

/// Orders that may wait for the desk.
const ORDERS: usize = 256;
/// How long an answer of the desk may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A handle of the desk.
#[derive(Clone)]
pub(super) struct Desk {
    orders: mpsc::Sender<Order>,
    store: Arc<dyn ResultStore>,
}

/// Tells the desk when a visit does not wait any more, however it ended.
struct Leaving<'a> {
    desk: &'a Desk,
    challenge: Option<ChallengeId>,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        if let Some(challenge) = self.challenge.take() {
            self.desk.leave(&challenge);
        }
    }
}

impl Desk {
    pub(super) async fn open(
        options: Options,
        store: Arc<dyn ResultStore>,
        clock: Arc<dyn Clock>,
        health: Arc<Health>,
        ending: CancellationToken,
    ) -> Result<Self, Reason> {
        let earlier = Earlier {
            waiting: store.waiting().await?,
            last_visit_at: store.last_visit_at().await?,
        };
        let (orders, tray) = mpsc::channel(ORDERS);
        let clerk = Clerk::new(options, Arc::clone(&store), clock, health, earlier);
        tokio::spawn(clerk.run(tray, ending));
        Ok(Self { orders, store })
    }

    async fn order(&self, order: Order) -> Result<(), Reason> {
        let sent = timeout(PATIENCE, self.orders.send(order)).await;
        sent.map_err(|_| Reason::Overloaded)?
            .map_err(|_| Reason::GatewayShuttingDown)
    }

    async fn answer<T>(&self, answer: oneshot::Receiver<T>) -> Result<T, Reason> {
        let answered = timeout(PATIENCE, answer).await;
        answered
            .map_err(|_| Reason::Overloaded)?
            .map_err(|_| Reason::GatewayShuttingDown)
    }

    pub(super) async fn begin(&self, challenge: &Challenge) -> Result<(), Reason> {
        let (reply, answer) = oneshot::channel();
        self.order(Order::Begin {
            challenge: challenge.id.clone(),
            expires_at: challenge.expires_at,
            reply,
        })
        .await?;
        self.answer(answer).await?
    }

    /// The visit does not wait, and will not.
    pub(super) fn leave(&self, challenge: &ChallengeId) {
        // A desk with a full tray notices by itself: nobody listens, or the challenge's time is up.
        let _ = self.orders.try_send(Order::Leave(challenge.clone(), None));
    }

    pub(super) async fn wait(
        &self,
        challenge: ChallengeId,
        visit: Option<CheckInId>,
        expected: Option<Person>,
        deadline: Duration,
    ) -> Result<StoredResult, Reason> {
        let mut leaving = Leaving {
            desk: self,
            challenge: Some(challenge.clone()),
        };
        let (reply, mut result) = oneshot::channel();
        self.order(Order::Wait {
            challenge: challenge.clone(),
            visit,
            expected,
            reply,
        })
        .await?;
        match timeout(deadline, &mut result).await {
            Ok(Ok(result)) => {
                leaving.challenge = None;
                return result;
            }
            Ok(Err(_)) => return Err(Reason::GatewayShuttingDown),
            Err(_) => {}
        }
        leaving.challenge = None;
        let (reply, doubtful) = oneshot::channel();
        self.order(Order::Leave(challenge, Some(reply))).await?;
        let doubtful = self.answer(doubtful).await?;
        // It may have come in the very last moment.
        match result.try_recv() {
            Ok(result) => result,
            Err(_) if doubtful => Err(Reason::EligibilityAmbiguous),
            Err(_) => Err(Reason::EligibilityUnavailable),
        }
    }

    pub(super) async fn unmatched(&self) -> Result<Vec<Unmatched>, Reason> {
        let (reply, answer) = oneshot::channel();
        self.order(Order::Unmatched(reply)).await?;
        self.answer(answer).await
    }

    pub(super) async fn assign(&self, result: ResultId, visit: CheckInId) -> Result<StoredResult, Reason> {
        let (reply, answer) = oneshot::channel();
        self.order(Order::Assign(result, visit, reply)).await?;
        self.answer(answer).await?
    }

    pub(super) async fn given_to(&self, visit: &CheckInId) -> Result<Option<StoredResult>, Reason> {
        self.store.given_to(visit).await
    }
}
