//! A counter's client, as an EMR is: it starts a visit, watches it, answers what is asked, and whenever the line is gone it
//! opens another one, sends again what was not answered, by the same names, and goes on watching after what it saw.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use madoguchi_proto::certificate::v1::Medium;
use madoguchi_proto::checkin::v1::check_in::State;
use madoguchi_proto::checkin::v1::pending_action::Action;
use madoguchi_proto::checkin::v1::{
    CheckIn, PendingAction, StartCheckInRequest, SubmitConsentsRequest, SubmitPinRequest, WatchCheckInRequest,
};
use madoguchi_proto::consent::v1::ConsentDecision;
use madoguchi_tests::{ending, request};
use madoguchi_twin::device::Random;
use madoguchi_twin::vpcd::VpcdCard;
use madoguchi_twin::{Faults, Persona, TestCa, VirtualCard};
use time::OffsetDateTime;

use crate::books;
use crate::house::reader_id;
use crate::ledger::{Acknowledged, Ledger};
use crate::line::{Line, PAUSE, Trouble};

/// A visit with kills in it; more is a visit that hangs.
const LIMIT: Duration = Duration::from_secs(90);
/// How a visit may end here.
const ENDINGS: [&str; 3] = [
    "completed full",
    "deferred ELIGIBILITY_UNAVAILABLE",
    "failed GATEWAY_RESTARTED",
];

/// An answer to what nobody asks any more.
const NOT_PENDING: &str = "ACTION_NOT_PENDING";

struct Client<'a> {
    endpoint: &'a str,
    counter: usize,
    ledger: &'a Ledger,
    random: Random,
    line: Option<Line>,
    /// The visit before, which stays as it ended.
    last: Option<String>,
}

/// What the client holds of a visit under way.
struct Visit {
    request: StartCheckInRequest,
    id: String,
    sequence: u64,
    /// The last answers, to be sent again where they were not answered.
    pin: Option<SubmitPinRequest>,
    consents: Option<SubmitConsentsRequest>,
}

impl Visit {
    fn has_answered(&self, action_id: &str) -> bool {
        let pin = self.pin.iter().map(|pin| &pin.action_id);
        let mut answered = pin.chain(self.consents.iter().map(|consents| &consents.action_id));
        answered.any(|answered| answered == action_id)
    }
}

/// So many visits at that counter, one after the other.
pub(crate) async fn comes_and_goes(
    endpoint: &str,
    counter: usize,
    place: SocketAddr,
    ledger: &Ledger,
    seed: u64,
    visits: u32,
) {
    let persona = Persona::by_name("adult").unwrap().unwrap();
    let card = VirtualCard::new(&persona, &TestCa::new().unwrap(), OffsetDateTime::now_utc()).unwrap();
    let mut client = Client {
        endpoint,
        counter,
        ledger,
        random: Random::new(seed + 1_000_000 * counter as u64),
        line: None,
        last: None,
    };
    for _ in 0..visits {
        let card = VpcdCard::beside(place, card.clone(), Faults::default()).unwrap();
        let began = Instant::now();
        let visited = tokio::time::timeout(LIMIT, client.visit(&card)).await;
        let id = visited.unwrap_or_else(|_| panic!("counter {counter} hangs: {:?}", ledger.at()));
        let pins = card.report().unwrap().verify_count();
        assert!(
            pins <= 1,
            "a PIN was sent {pins} times in {id}, after {:?}",
            began.elapsed()
        );
        ledger.write(&id, |known| known.pins = pins);
        client.last = Some(id);
    }
    ledger.is_at(counter, "at home");
}

impl Client<'_> {
    /// A visit from its beginning to its end, however often the gateway goes meanwhile.
    async fn visit(&mut self, card: &VpcdCard) -> String {
        self.ledger.is_at(self.counter, "between visits");
        self.empty().await;
        let _ = card.insert().unwrap();
        let request = request(&self.counter.to_string(), Medium::Card);
        let id = self.start(&request).await;
        let mut visit = Visit {
            request,
            id,
            sequence: 0,
            pin: None,
            consents: None,
        };
        let end = loop {
            match self.follow(&mut visit).await {
                Ok(end) => break end,
                Err(Trouble::Gone) => self.come_back(&visit).await,
                // It was asked by a process that is gone, and the connection leads to the next one.
                Err(Trouble::Refused(reason)) if reason == NOT_PENDING => self.come_back(&visit).await,
                Err(Trouble::Refused(reason)) => panic!("{}: {reason}", visit.id),
            }
        };
        let words = ending(&end);
        assert!(
            ENDINGS.contains(&words.as_str()),
            "{} ended so: {words}",
            visit.id
        );
        self.ledger.write(&visit.id, |known| known.end = Some(end));
        self.ledger.told(Acknowledged::End);
        self.ledger.is_at(self.counter, "after an end");
        visit.id
    }

    /// Waits until the last patient's card is off.
    async fn empty(&mut self) {
        let reader = reader_id(u8::try_from(self.counter - 1).unwrap());
        loop {
            let line = self.line().await;
            if line.empty(&reader).await.is_ok() {
                return;
            }
            self.lost().await;
        }
    }

    /// Asks until it is answered. The same request is the same visit.
    async fn start(&mut self, request: &StartCheckInRequest) -> String {
        loop {
            self.ledger.is_at(self.counter, "starting a visit");
            let line = self.line().await;
            match line
                .check_ins()
                .start_check_in(request.clone())
                .await
                .map_err(Trouble::from)
            {
                Ok(started) => {
                    let id = started.into_inner().check_in.unwrap().check_in_id;
                    self.ledger.write(&id, |_| {});
                    self.ledger.told(Acknowledged::Start);
                    return id;
                }
                Err(Trouble::Gone) => self.lost().await,
                // Right after a start its readers are not there yet.
                Err(Trouble::Refused(reason)) if reason.starts_with("READER_") => {
                    tokio::time::sleep(PAUSE).await
                }
                Err(Trouble::Refused(reason)) => panic!("no visit begins: {reason}"),
            }
        }
    }

    /// Watches it on from what was seen, and answers, to its end.
    async fn follow(&mut self, visit: &mut Visit) -> Result<CheckIn, Trouble> {
        let line = self.line().await;
        let watch = WatchCheckInRequest {
            check_in_id: visit.id.clone(),
            after_sequence: visit.sequence,
        };
        let mut updates = line.check_ins().watch_check_in(watch).await?.into_inner();
        loop {
            let Some(update) = updates.message().await? else {
                // It was at its end before; whoever resumes after that is told nothing new.
                return line.check_in(&visit.id).await;
            };
            let now = update.check_in.unwrap();
            assert!(
                now.sequence > visit.sequence || now.outcome.is_some(),
                "{} went back",
                visit.id
            );
            visit.sequence = now.sequence;
            if now.outcome.is_some() {
                return Ok(now);
            }
            self.ledger.is_at(self.counter, name(now.state()));
            if let Some(pending) = now.pending_action
                && !visit.has_answered(&pending.action_id)
            {
                self.answer(&line, visit, pending).await?;
            }
        }
    }

    async fn answer(
        &mut self,
        line: &Line,
        visit: &mut Visit,
        pending: PendingAction,
    ) -> Result<(), Trouble> {
        match pending.action {
            Some(Action::EnterPin(_)) => {
                let request = SubmitPinRequest {
                    check_in_id: visit.id.clone(),
                    action_id: pending.action_id,
                    pin: "1234".to_owned(),
                    ..SubmitPinRequest::default()
                };
                visit.pin = Some(request.clone());
                let _ = line.check_ins().submit_pin(request).await?;
                self.ledger.told(Acknowledged::Pin);
            }
            Some(Action::DecideConsents(question)) => {
                let items = question.items.iter();
                let decisions: Vec<_> = items
                    .map(|asked| ConsentDecision {
                        item: asked.item,
                        granted: self.random.below(2) == 0,
                        ..ConsentDecision::default()
                    })
                    .collect();
                let request = SubmitConsentsRequest {
                    check_in_id: visit.id.clone(),
                    action_id: pending.action_id,
                    decisions: decisions.clone(),
                    wording_version: question.wording_version,
                };
                visit.consents = Some(request.clone());
                self.ledger
                    .write(&visit.id, |known| known.submitted = Some(decisions));
                self.ledger.is_at(self.counter, "submitting consents");
                let _ = line.check_ins().submit_consents(request).await?;
                self.ledger.write(&visit.id, |known| known.acknowledged = true);
                self.ledger.told(Acknowledged::Consents);
                self.ledger.is_at(self.counter, "after consents");
            }
            other => panic!("nobody answers {other:?}"),
        }
        Ok(())
    }

    /// The line was gone: what was sent before is sent again. It makes no second visit, sends no second PIN, changes no
    /// consent.
    async fn come_back(&mut self, visit: &Visit) {
        loop {
            self.lost().await;
            match self.repeat(visit).await {
                Ok(()) => return,
                Err(Trouble::Gone) => {}
                Err(Trouble::Refused(reason)) => panic!("{}: {reason}", visit.id),
            }
        }
    }

    async fn repeat(&mut self, visit: &Visit) -> Result<(), Trouble> {
        let line = self.line().await;
        let started = line.check_ins().start_check_in(visit.request.clone()).await?;
        let again = started.into_inner().check_in.unwrap().check_in_id;
        assert_eq!(again, visit.id, "the same request made two visits");
        if let Some(pin) = &visit.pin {
            too_late(line.check_ins().submit_pin(pin.clone()).await.map(drop))?;
        }
        if let Some(consents) = &visit.consents {
            too_late(line.check_ins().submit_consents(consents.clone()).await.map(drop))?;
        }
        // What it was told before is still so.
        for id in self.last.iter().chain([&visit.id]) {
            let known = self.ledger.visits.borrow()[id].clone();
            books::compare(id, &known, &line.check_in(id).await?, &line.receipts(id).await?);
        }
        Ok(())
    }

    /// The line that is open, or another one.
    async fn line(&mut self) -> Line {
        if self.line.is_none() {
            self.line = Some(Line::wait(self.endpoint).await);
        }
        self.line.clone().unwrap()
    }

    async fn lost(&mut self) {
        self.line = None;
        tokio::time::sleep(PAUSE).await;
    }
}

/// An answer that is sent again after a restart: its visit has ended.
fn too_late(sent: Result<(), tonic::Status>) -> Result<(), Trouble> {
    match sent.map_err(Trouble::from) {
        Err(Trouble::Refused(reason)) if reason == NOT_PENDING => Ok(()),
        other => other,
    }
}

fn name(state: State) -> &'static str {
    match state {
        State::WaitingForCard => "waiting for the card",
        State::ReadingCard => "reading the card",
        State::WaitingForPin => "asking for the PIN",
        State::Signing => "signing",
        State::WaitingForConsent => "asking for consents",
        State::CheckingEligibility => "checking eligibility",
        _ => "in another state",
    }
}
