//! The folder bridge: eligibility through the official terminal software (OQSComApp), by the folders that it shares.
//!
//! **Observed, not official**: names of files, elements and codes are those of the field. Requests are written to `req`,
//! results are read from `res`; `face` receives a result after each visit at the terminal's own face reader, unrequested,
//! and **names neither reader nor counter**. Others read the same folders: nothing there is locked, moved or deleted, and
//! what this house writes appears under its name only when it is whole.
//!
//! **Assumed**: the terminal has neither certificate nor challenge for us. A visit is verified by this gateway alone; its
//! answer is the terminal's result of the same patient, who put the card on the terminal's reader. Whose result it is, is
//! decided by time and person and never guessed: what is not certain waits for staff. By observed format
//! a question without a card can be asked by insured number only.

mod blocking;
mod desk;
mod files;
mod health;
mod identity;
mod matching;
mod requests;
mod store;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use madoguchi_core::certificate::{CertificateDer, Outcome};
use madoguchi_core::consent::Receipt;
use madoguchi_core::eligibility::{
    Answer, Basis, BatchCheck, BatchResult, BookingOutcome, Challenge, DeferredRequest, Eligibility,
    NumberQuery, Request, Status, Unmatched,
};
use madoguchi_core::{ChallengeId, CheckInId, Clock, Reason, ResultId};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use store::{ResultStore, StoredResult};

use crate::observed::{Unreadable, read, units};
use crate::xml::{Charset, Node};
use crate::{Proofs, Record, cut};
use desk::Desk;
use health::Health;
use requests::Requests;

/// Visits of other gateways that may wait for a result at once.
const MAX_OWED: usize = 10_000;

/// Where the folders are, and how patient the bridge is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Requests go there.
    pub req: PathBuf,
    /// Their results come there.
    pub res: PathBuf,
    /// Results of visits at the terminal's reader come there.
    pub face: PathBuf,
    /// 医療機関コード, ten digits.
    pub institution_code: String,
    /// What requests are written in.
    pub charset: Charset,
    /// How often the folders are looked at. Over a share the system tells of no changes.
    pub poll: Duration,
    /// How long a request or a visit waits for its result.
    pub deadline: Duration,
    /// How long after a visit a result could still be its: so long it stands in the way of others that it could be of.
    pub window: Duration,
    /// How long a result that fits is held back, in case another comes that would fit too.
    pub settle: Duration,
    /// Results older than that are left alone.
    pub max_age: Duration,
}

/// Eligibility through the terminal's folders. Cheap to clone.
#[derive(Clone)]
pub struct Folder {
    proofs: Proofs,
    clock: Arc<dyn Clock>,
    requests: Requests,
    desk: Desk,
    health: Arc<Health>,
    deadline: Duration,
    /// Visits that were asked for and have no result yet, the one asked for last at the end.
    owed: Arc<watch::Sender<VecDeque<CheckInId>>>,
}

impl std::fmt::Debug for Folder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Folder")
            .field("status", &self.health.status())
            .finish_non_exhaustive()
    }
}

impl Folder {
    /// Begins to watch; ends with the token.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`] where what is kept cannot be read.
    pub async fn open(
        options: Options,
        proofs: Proofs,
        store: Arc<dyn ResultStore>,
        clock: Arc<dyn Clock>,
        ending: CancellationToken,
    ) -> Result<Self, Reason> {
        let deadline = options.deadline;
        let requests = Requests::new(options.clone());
        let health = Arc::new(Health::new(Arc::clone(&clock)));
        let desk = Desk::open(options, store, Arc::clone(&clock), Arc::clone(&health), ending).await?;
        Ok(Self {
            proofs,
            clock,
            requests,
            desk,
            health,
            deadline,
            owed: Arc::default(),
        })
    }

    /// Whoever asks for a visit asks again: after a restart it is known again soon.
    fn owe(&self, visit: &CheckInId, is_owed: bool) {
        self.owed.send_modify(|owed| {
            owed.retain(|one| one != visit);
            if is_owed {
                owed.push_back(visit.clone());
            }
            if owed.len() > MAX_OWED {
                owed.pop_front();
            }
        });
    }

    /// What became of a request, for the status too.
    fn settled<T>(&self, ended: Result<T, Reason>) -> Result<T, Reason> {
        match ended {
            Ok(_) => self.health.answered(),
            Err(Reason::EligibilityUnavailable) => self.health.unanswered(),
            Err(_) => {}
        }
        ended
    }
}

/// The terminal's files say nothing of medical data. A result that an earlier version kept says that there is none.
fn without_medical(record: Record) -> Record {
    Record {
        diagnoses: None,
        medications: None,
        surgeries: None,
        health_checkups: None,
        ..record
    }
}

/// What the national service refused is told by its code, which is nobody's personal data.
fn reason(unreadable: &Unreadable) -> Reason {
    tracing::warn!(problem = %unreadable, "the terminal's result gives no answer");
    match unreadable {
        Unreadable::InProgress => Reason::EligibilityUnavailable,
        Unreadable::Refused(_) | Unreadable::Element(_) => Reason::EligibilityRefused,
    }
}

fn body_text(root: &Node, name: &str) -> Option<String> {
    let from = |part: &str| {
        let text = root.child(part)?.child(name)?.text.trim().to_owned();
        (!text.is_empty()).then_some(text)
    };
    from("MessageHeader").or_else(|| from("MessageBody"))
}

#[async_trait]
impl Eligibility for Folder {
    async fn create_challenge(&self) -> Result<Challenge, Reason> {
        let challenge = self.proofs.challenge().await?;
        self.desk.begin(&challenge).await?;
        Ok(challenge)
    }

    async fn check(&self, request: Request) -> Result<Answer, Reason> {
        let judged = self.proofs.judge(&request).await;
        if judged.is_err() {
            self.desk.leave(&request.challenge_id);
        }
        let (outcome, _) = judged?;
        let wait = self.desk.wait(
            request.challenge_id,
            request.visit,
            request.expected,
            self.deadline,
        );
        // Without a result nothing is known of the terminal: the patient may not have been there.
        let result = wait.await?;
        self.health.answered();
        let at = self.clock.now();
        Ok(cut(
            without_medical(result.record),
            Basis::TerminalResult,
            outcome,
            request.receipt.as_ref(),
            at,
        ))
    }

    /// The terminal may have read the card while it could not be asked: then its result is there, and staff have said
    /// whose it is.
    async fn check_deferred(&self, request: DeferredRequest) -> Result<Answer, Reason> {
        let (outcome, now) = self.proofs.judge_deferred(&request)?;
        let given = self.desk.given_to(&request.check_in_id).await?;
        self.owe(&request.check_in_id, given.is_none());
        let record = without_medical(given.ok_or(Reason::EligibilityResultPending)?.record);
        let receipt = request.proof.receipt.as_ref();
        Ok(cut(record, Basis::TerminalResult, outcome, receipt, now))
    }

    fn owes(&self, visit: &CheckInId) -> bool {
        self.owed.borrow().contains(visit)
    }

    /// Assumed: the terminal's own reader offers the registration (利用登録) by itself.
    async fn is_registered(&self, _: &CertificateDer) -> Result<bool, Reason> {
        Ok(true)
    }

    async fn register(&self, _: &CertificateDer) -> Result<(), Reason> {
        Err(Reason::EligibilityUnavailable)
    }

    async fn check_by_number(&self, query: &NumberQuery) -> Result<Answer, Reason> {
        let root = self.settled(self.requests.by_number(query, self.clock.now()).await)?;
        let record = read(&root).map_err(|unreadable| reason(&unreadable))?;
        Ok(cut(
            record,
            Basis::Number,
            Outcome::EligibilityOnly,
            None,
            self.clock.now(),
        ))
    }

    async fn submit_batch(&self, batch: &BatchCheck) -> Result<String, Reason> {
        let root = self.settled(self.requests.submit(batch, self.clock.now()).await)?;
        if let Err(unreadable) = units(&root)
            && unreadable != Unreadable::InProgress
        {
            return Err(reason(&unreadable));
        }
        body_text(&root, "ReceptionNumber").ok_or(Reason::EligibilityRefused)
    }

    async fn fetch_batch(
        &self,
        batch: &BatchCheck,
        ticket: &str,
    ) -> Result<Option<Vec<BatchResult>>, Reason> {
        let now = self.clock.now();
        let root = self.settled(self.requests.fetch(batch, ticket, now).await)?;
        let mut units = match units(&root) {
            Ok(units) => units,
            Err(Unreadable::InProgress) => return Ok(None),
            Err(unreadable) => return Err(reason(&unreadable)),
        };
        let mut results = Vec::with_capacity(batch.bookings.len());
        for (index, booking) in batch.bookings.iter().enumerate() {
            let its = units
                .iter()
                .position(|unit| unit.identifier == requests::identifier(index));
            let outcome = match its.map(|at| units.swap_remove(at).record) {
                Some(Ok(record)) => {
                    let answer = cut(record, Basis::Number, Outcome::EligibilityOnly, None, now);
                    BookingOutcome::Answered(Box::new(answer))
                }
                Some(Err(unreadable)) => BookingOutcome::Failed(reason(&unreadable)),
                None => BookingOutcome::Failed(Reason::EligibilityRefused),
            };
            results.push(BatchResult {
                reference: booking.reference.clone(),
                outcome,
            });
        }
        Ok(Some(results))
    }

    async fn unmatched(&self) -> Result<Vec<Unmatched>, Reason> {
        self.desk.unmatched().await
    }

    async fn assign(
        &self,
        result: &ResultId,
        visit: &CheckInId,
        receipt: Option<Receipt>,
    ) -> Result<Answer, Reason> {
        let given = self.desk.assign(result.clone(), visit.clone()).await?;
        let at = self.clock.now();
        // The visit's certificate is not known here: nothing that would need a full one.
        Ok(cut(
            without_medical(given.record),
            Basis::TerminalResult,
            Outcome::EligibilityOnly,
            receipt.as_ref(),
            at,
        ))
    }

    fn leave(&self, challenge: &ChallengeId) {
        self.desk.leave(challenge);
    }

    fn status(&self) -> Status {
        self.health.status()
    }
}
