//! A visit is cancelled at each page that waits for the patient: how soon the page is off the reader and the counter
//! takes the next visit.

use std::time::{Duration, Instant};

use madoguchi_core::Method;
use madoguchi_proto::checkin::v1::check_in_service_client::CheckInServiceClient;
use madoguchi_proto::checkin::v1::{CancelCheckInRequest, GetCheckInRequest, StartCheckInRequest};
use madoguchi_twin::device::{Act, End, PageKind, Patient, Quirk, Stage, Visit};
use tonic::Code;
use tonic::transport::Channel;

use super::stand::Stand;
use crate::bench::Error;
use crate::demo::gateway::COUNTER;

/// The pages that wait for the patient, in the order of a visit.
const PAGES: [PageKind; 6] = [
    PageKind::ChooseMedium,
    PageKind::Present,
    PageKind::ChooseMethod,
    PageKind::Face,
    PageKind::Pin,
    PageKind::Consent,
];
/// How long a patient may take to reach a page, and a page to go.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was measured at one reader.
#[derive(Debug, Default)]
pub(super) struct Cancels {
    /// The pages that this reader shows.
    pub(super) pages: Vec<&'static str>,
    /// What each cancelling took.
    pub(super) took: Vec<Duration>,
    /// What a bare call took before each.
    pub(super) calls: Vec<Duration>,
}

/// Cancels so often at each page that the reader shows. A reader whose maker leads the visit leaves some out.
pub(super) async fn measure(stand: &Stand, cancels: u32) -> Result<Cancels, Error> {
    let mut client = CheckInServiceClient::new(stand.channel());
    let mut measured = Cancels::default();
    for page in PAGES {
        for _ in 0..cancels {
            let check_in_id = start(&mut client)
                .await?
                .ok_or(Error::Ended("the visit before"))?;
            let visit = come(stand, page).await?;
            if visit.end == End::Completed {
                break;
            }
            let found = stand.stage().state()?.page();
            if found != Some(page) {
                return Err(Error::Page {
                    wanted: page.as_str(),
                    found: found.map_or("none", PageKind::as_str),
                    seen: visit.pages.into_iter().map(PageKind::as_str).collect(),
                });
            }
            if measured.pages.last() != Some(&page.as_str()) {
                measured.pages.push(page.as_str());
            }
            cancel(stand, &mut client, check_in_id, page, &mut measured).await?;
        }
    }
    Ok(measured)
}

/// Somebody comes and walks away at that page; one who is never shown it goes through the visit.
async fn come(stand: &Stand, page: PageKind) -> Result<Visit, Error> {
    let patient = Patient::new("adult").with(Quirk::WalksAway { at: page });
    let patient = match page {
        PageKind::Pin => patient.by(Method::Pin),
        _ => patient,
    };
    let stage = stand.stage();
    blocking(move || patient.visit(stage, None, PATIENCE))
        .await?
        .map_err(Error::from)
}

async fn cancel(
    stand: &Stand,
    client: &mut CheckInServiceClient<Channel>,
    check_in_id: String,
    page: PageKind,
    measured: &mut Cancels,
) -> Result<(), Error> {
    let began = Instant::now();
    let get = GetCheckInRequest {
        check_in_id: check_in_id.clone(),
    };
    client.get_check_in(get).await?;
    measured.calls.push(began.elapsed());

    let began = Instant::now();
    let cancel = client.cancel_check_in(CancelCheckInRequest { check_in_id });
    let (gone, (free, next)) = tokio::try_join!(page_is_gone(stand.stage(), page, began), async {
        cancel.await?;
        freed(&mut CheckInServiceClient::new(stand.channel()), began).await
    })?;
    measured.took.push(gone.max(free));
    tidy_up(stand, client, next).await
}

/// Starts a visit; none where the counter is still taken.
async fn start(client: &mut CheckInServiceClient<Channel>) -> Result<Option<String>, Error> {
    let request = StartCheckInRequest {
        request_id: uuid::Uuid::now_v7().to_string(),
        counter_id: COUNTER.to_owned(),
        ..StartCheckInRequest::default()
    };
    match client.start_check_in(request).await {
        Ok(started) => Ok(started.into_inner().check_in.map(|visit| visit.check_in_id)),
        // COUNTER_BUSY.
        Err(status) if status.code() == Code::Aborted => Ok(None),
        Err(status) => Err(status.into()),
    }
}

/// When the page went.
async fn page_is_gone(stage: Stage, page: PageKind, began: Instant) -> Result<Duration, Error> {
    blocking(move || {
        let gone = stage.wait_for(PATIENCE, |state| state.page() != Some(page))?;
        gone.map(|_| began.elapsed())
            .ok_or(Error::Ended("the wait for a page to go"))
    })
    .await?
}

/// When the counter took the next visit, and that visit.
async fn freed(
    client: &mut CheckInServiceClient<Channel>,
    began: Instant,
) -> Result<(Duration, String), Error> {
    while began.elapsed() < PATIENCE {
        if let Some(next) = start(client).await? {
            return Ok((began.elapsed(), next));
        }
    }
    Err(Error::Ended("the wait for the counter"))
}

/// The next visit ends too, and whoever walked away takes the card along.
async fn tidy_up(
    stand: &Stand,
    client: &mut CheckInServiceClient<Channel>,
    next: String,
) -> Result<(), Error> {
    client
        .cancel_check_in(CancelCheckInRequest { check_in_id: next })
        .await?;
    let stage = stand.stage();
    stand
        .reader_is_back(|| {
            if stage.state()?.card_present {
                stage.act(Act::Remove)?;
            }
            Ok(())
        })
        .await?;
    let idle = blocking(move || {
        stage.wait_for(PATIENCE, |state| {
            matches!(state.page(), None | Some(PageKind::Idle)) && !state.card_present
        })
    });
    idle.await??
        .map(|_| ())
        .ok_or(Error::Ended("the wait for an empty reader"))
}

/// The stage is a conversation of threads.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Error::Ended("a thread"))
}
