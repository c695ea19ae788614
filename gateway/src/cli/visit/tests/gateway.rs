//! A gateway of a few lines: one visit, the PIN 1234, and streams that break after every message.

use madoguchi_proto::auth::v1::EnterPin;
use madoguchi_proto::certificate::v1::certificate_check;
use madoguchi_proto::checkin::v1::check_in::State;
use madoguchi_proto::checkin::v1::check_in_outcome::Outcome;
use madoguchi_proto::checkin::v1::check_in_service_server::{CheckInService, CheckInServiceServer};
use madoguchi_proto::checkin::v1::pending_action::Action;
use madoguchi_proto::checkin::v1::*;
use madoguchi_proto::consent::v1::{ConsentItem, ConsentQuestion, ConsentQuestionItem};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Response, Status};

#[derive(Clone, Default)]
struct Visit {
    now: CheckIn,
    pins: u32,
    watched_after: Vec<u64>,
}

#[derive(Clone)]
pub(super) struct Gateway(watch::Sender<Visit>);

impl Gateway {
    pub(super) fn new() -> Self {
        let now = CheckIn {
            check_in_id: "visit-1".to_owned(),
            sequence: 1,
            state: State::WaitingForCard.into(),
            ..CheckIn::default()
        };
        Self(watch::Sender::new(Visit {
            now,
            ..Visit::default()
        }))
    }

    pub(super) async fn serve(&self) -> Channel {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let server = Server::builder().add_service(CheckInServiceServer::new(self.clone()));
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        Endpoint::from_shared(endpoint).unwrap().connect().await.unwrap()
    }

    pub(super) fn resumed_after(&self) -> Vec<u64> {
        self.0.borrow().watched_after.clone()
    }

    pub(super) fn pins_submitted(&self) -> u32 {
        self.0.borrow().pins
    }

    pub(super) fn state(&self) -> State {
        self.0.borrow().now.state()
    }

    /// Until the PIN is asked and somebody waits for what is next.
    pub(super) async fn until_watched(&self) {
        self.0
            .subscribe()
            .wait_for(|visit| visit.watched_after.contains(&2))
            .await
            .unwrap();
    }

    pub(super) fn end(&self, state: State) {
        self.change(state, None);
    }

    fn change(&self, state: State, action: Option<Action>) -> CheckIn {
        self.0.send_modify(|visit| {
            visit.now.sequence += 1;
            visit.now.set_state(state);
            let action_id = format!("action-{}", visit.now.sequence);
            visit.now.pending_action = action.map(|action| PendingAction {
                action_id,
                action: Some(action),
            });
            visit.now.outcome = (state == State::Completed).then(|| {
                let certificate_outcome = certificate_check::Outcome::Full.into();
                CheckInOutcome {
                    outcome: Some(Outcome::Completed(Completed { certificate_outcome })),
                }
            });
        });
        self.0.borrow().now.clone()
    }

    fn ask_for_pin(&self, again_because: &str) -> CheckIn {
        let prompt = EnterPin {
            again_because: again_because.to_owned(),
            ..EnterPin::default()
        };
        self.change(State::WaitingForPin, Some(Action::EnterPin(prompt)))
    }

    fn must_be_pending(&self, action_id: &str) -> Result<(), Status> {
        let visit = self.0.borrow();
        let pending = visit
            .now
            .pending_action
            .as_ref()
            .filter(|pending| pending.action_id == action_id);
        pending
            .map(|_| ())
            .ok_or_else(|| Status::failed_precondition("not pending"))
    }
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl CheckInService for Gateway {
    type WatchCheckInStream = tokio_stream::wrappers::ReceiverStream<Result<WatchCheckInResponse, Status>>;

    async fn start_check_in(&self, _: Request<StartCheckInRequest>) -> Answer<StartCheckInResponse> {
        let check_in = Some(self.0.borrow().now.clone());
        self.ask_for_pin("");
        Ok(Response::new(StartCheckInResponse { check_in }))
    }

    async fn watch_check_in(
        &self,
        request: Request<WatchCheckInRequest>,
    ) -> Answer<Self::WatchCheckInStream> {
        let after = request.into_inner().after_sequence;
        self.0.send_modify(|visit| visit.watched_after.push(after));
        let (messages, stream) = tokio::sync::mpsc::channel(2);
        let mut changes = self.0.subscribe();
        tokio::spawn(async move {
            let next = changes
                .wait_for(|visit| visit.now.sequence > after)
                .await
                .unwrap()
                .now
                .clone();
            let ended = crate::cli::wire::is_terminal(next.state());
            messages
                .send(Ok(WatchCheckInResponse { check_in: Some(next) }))
                .await
                .unwrap();
            if !ended {
                let _ = messages.send(Err(Status::unavailable("the line broke"))).await;
            }
        });
        Ok(Response::new(stream.into()))
    }

    async fn get_check_in(&self, _: Request<GetCheckInRequest>) -> Answer<GetCheckInResponse> {
        Ok(Response::new(GetCheckInResponse {
            check_in: Some(self.0.borrow().now.clone()),
        }))
    }

    async fn cancel_check_in(&self, _: Request<CancelCheckInRequest>) -> Answer<CancelCheckInResponse> {
        Ok(Response::new(CancelCheckInResponse {
            check_in: Some(self.change(State::Cancelled, None)),
        }))
    }

    async fn submit_medium(&self, _: Request<SubmitMediumRequest>) -> Answer<SubmitMediumResponse> {
        Err(Status::failed_precondition("not pending"))
    }

    async fn submit_pin(&self, request: Request<SubmitPinRequest>) -> Answer<SubmitPinResponse> {
        let request = request.into_inner();
        self.must_be_pending(&request.action_id)?;
        self.0.send_modify(|visit| visit.pins += 1);
        let check_in = if request.pin == "1234" {
            let item = ConsentItem::Medication.into();
            let items = vec![ConsentQuestionItem {
                item,
                ..ConsentQuestionItem::default()
            }];
            let question = ConsentQuestion {
                items,
                ..ConsentQuestion::default()
            };
            self.change(State::WaitingForConsent, Some(Action::DecideConsents(question)))
        } else {
            self.ask_for_pin("PIN_WRONG")
        };
        Ok(Response::new(SubmitPinResponse {
            check_in: Some(check_in),
        }))
    }

    async fn submit_method(&self, _: Request<SubmitMethodRequest>) -> Answer<SubmitMethodResponse> {
        Err(Status::failed_precondition("not pending"))
    }

    async fn submit_visual_check(
        &self,
        _: Request<SubmitVisualCheckRequest>,
    ) -> Answer<SubmitVisualCheckResponse> {
        Err(Status::failed_precondition("not pending"))
    }

    async fn submit_registration(
        &self,
        _: Request<SubmitRegistrationRequest>,
    ) -> Answer<SubmitRegistrationResponse> {
        Err(Status::failed_precondition("not pending"))
    }

    async fn submit_consents(
        &self,
        request: Request<SubmitConsentsRequest>,
    ) -> Answer<SubmitConsentsResponse> {
        self.must_be_pending(&request.into_inner().action_id)?;
        Ok(Response::new(SubmitConsentsResponse {
            check_in: Some(self.change(State::Completed, None)),
        }))
    }
}
