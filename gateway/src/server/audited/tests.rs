use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt as _;
use madoguchi_audit::{EntryStore as _, MemoryEntries, Options, WhenFull};
use madoguchi_core::CallerId;
use madoguchi_core::clock::SystemClock;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tower::service_fn;

use super::*;
use crate::config::RoleSet;
use crate::server::Identity;

const START: &str = "/madoguchi.checkin.v1.CheckInService/StartCheckIn";
const GET: &str = "/madoguchi.checkin.v1.CheckInService/GetCheckIn";
const WATCH: &str = "/madoguchi.checkin.v1.CheckInService/WatchCheckIn";

struct House {
    store: Arc<MemoryEntries>,
    log: Log,
    ending: CancellationToken,
    keeping: JoinHandle<()>,
}

impl House {
    fn new(when_full: WhenFull) -> Self {
        let store = Arc::new(MemoryEntries::default());
        let options = Options {
            when_full,
            // Nothing is tried again before the test ends.
            retry: Duration::from_secs(3_600),
            ..Options::default()
        };
        let (log, keeper) = Log::with_keeper(store.clone(), Arc::new(SystemClock), &options);
        let ending = CancellationToken::new();
        let keeping = tokio::spawn(keeper.run(ending.clone()));
        Self {
            store,
            log,
            ending,
            keeping,
        }
    }

    async fn call<F>(&self, path: &str, answer: F) -> Response<Body>
    where
        F: Fn() -> Response<Body> + Send + Clone + 'static,
    {
        let inner = service_fn(move |_: Request<()>| {
            let answer = answer();
            async move { Ok::<_, Infallible>(answer) }
        });
        let mut request = Request::new(());
        *request.uri_mut() = path.parse().unwrap();
        let mut peer = Peer::unknown(1);
        peer.identity = Some(Identity {
            caller: CallerId::new("spiffe://clinic.example/emr").unwrap(),
            roles: RoleSet::of(&[Role::Emr, Role::Admin]),
        });
        request.extensions_mut().insert(peer);
        AuditLayer::new(self.log.clone())
            .layer(inner)
            .call(request)
            .await
            .unwrap()
    }

    /// What is in the log at the end.
    async fn end(self) -> Vec<Event> {
        self.ending.cancel();
        self.keeping.await.unwrap();
        let entries = self.store.entries(0, 100).await.unwrap();
        entries.into_iter().map(|entry| entry.event).collect()
    }
}

fn fine() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(About {
        counter_id: CounterId::new("1").unwrap(),
        check_in_id: None,
        authentication_id: None,
    });
    response
}

fn refused() -> Response<Body> {
    status::of_reason(Reason::CounterBusy).into_http()
}

fn code(event: &Event) -> &str {
    event.call.as_ref().unwrap().code.as_str()
}

fn reason(answer: &Response<Body>) -> Option<String> {
    let info = Status::from_header_map(answer.headers())?.get_details_error_info();
    info.map(|info| info.reason)
}

#[tokio::test]
async fn a_call_is_an_event_whatever_becomes_of_it() {
    let house = House::new(WhenFull::FailClosed);
    house.call(START, fine).await;
    assert_eq!(
        house.store.entries(0, 9).await.unwrap().len(),
        1,
        "it was waited for"
    );
    house.call(START, refused).await;
    house.call(GET, fine).await;
    house
        .call("/madoguchi.checkin.v1.CheckInService/Yamada0901234", refused)
        .await;
    house.call("/grpc.health.v1.Health/Check", fine).await;
    let events = house.end().await;
    let mut told: Vec<_> = events
        .iter()
        .map(|event| {
            (
                event.call.as_ref().unwrap().method.as_str(),
                code(event),
                event.reason,
            )
        })
        .collect();
    // What is not waited for comes when it comes.
    told.sort_by_key(|(method, code, _)| (*method, *code));
    let busy = Some(Reason::CounterBusy);
    assert_eq!(
        told,
        [
            (GET, "OK", None),
            (START, "ABORTED", busy),
            (START, "OK", None),
            ("unknown", "ABORTED", busy),
        ],
        "health is none"
    );
    let roles: Vec<_> = events[0]
        .call
        .as_ref()
        .unwrap()
        .roles
        .iter()
        .map(Word::as_str)
        .collect();
    assert_eq!(roles, ["emr", "admin"]);
    assert_eq!(
        events[0].caller.as_ref().unwrap().as_str(),
        "spiffe://clinic.example/emr"
    );
    assert_eq!(events[0].counter_id.as_ref().unwrap().as_str(), "1");
}

#[tokio::test]
async fn a_stream_is_an_event_when_it_ends() {
    let house = House::new(WhenFull::FailClosed);
    let ending_with = |status: Status| {
        move || {
            let mut trailers = HeaderMap::new();
            status.add_header(&mut trailers).unwrap();
            let frames = [
                Ok(Frame::data(Bytes::from_static(b"x"))),
                Ok::<_, Status>(Frame::trailers(trailers)),
            ];
            Response::new(Body::new(http_body_util::StreamBody::new(
                futures_util::stream::iter(frames),
            )))
        }
    };
    let whole = house.call(WATCH, ending_with(Status::new(Code::Ok, ""))).await;
    assert_eq!(house.log.health().waiting, 0, "not yet");
    whole.into_body().collect().await.unwrap();
    let failed = house
        .call(WATCH, ending_with(status::of_reason(Reason::Overloaded)))
        .await;
    failed.into_body().collect().await.unwrap();
    // One whose caller goes away.
    drop(house.call(WATCH, ending_with(Status::new(Code::Ok, ""))).await);
    let events = house.end().await;
    let codes: Vec<_> = events.iter().map(code).collect();
    assert_eq!(codes, ["OK", "RESOURCE_EXHAUSTED", "CANCELLED"]);
    assert_eq!(events[1].reason, Some(Reason::Overloaded));
}

#[tokio::test]
async fn what_cannot_be_recorded_is_refused_or_goes_on_as_configured() {
    let house = House::new(WhenFull::FailClosed);
    house.store.set_full(true);
    assert_eq!(
        reason(&house.call(START, fine).await).as_deref(),
        Some("STORE_UNAVAILABLE")
    );
    // Once that is known, nobody reads unseen either; the status alone is told.
    assert_eq!(
        reason(&house.call(GET, fine).await).as_deref(),
        Some("STORE_UNAVAILABLE")
    );
    assert_eq!(reason(&house.call(STATUS, fine).await), None);

    let house = House::new(WhenFull::GoOn);
    house.store.set_full(true);
    assert_eq!(reason(&house.call(START, fine).await), None);
    assert_eq!(reason(&house.call(GET, fine).await), None);
    house.store.set_full(false);
    let events = house.end().await;
    assert_eq!(events[0].action, Action::LogInterrupted);
    let interruption = events[0].interruption.as_ref().unwrap();
    assert_eq!((interruption.late, interruption.lost), (2, 0));
    assert_eq!(events.len(), 3);
}

#[test]
fn what_changes_something_is_waited_for() {
    let reads: Vec<_> = access::TABLE
        .iter()
        .map(|(path, _)| *path)
        .filter(|path| is(&READS, path) || is_too(path))
        .map(name)
        .collect();
    // By hand: whoever adds an RPC looks here.
    for changes in [
        "StartCheckIn",
        "SubmitPin",
        "CheckEligibility",
        "CreateChallenge",
        "RecordCheck",
        "ReadCertificate",
    ] {
        assert!(!reads.contains(&changes), "{changes}");
    }
    for reads_only in [
        "GetCheckIn",
        "WatchCheckIn",
        "ListReaders",
        "CheckCertificate",
        "ExportAuditEvents",
    ] {
        assert!(reads.contains(&reads_only), "{reads_only}");
    }
}
