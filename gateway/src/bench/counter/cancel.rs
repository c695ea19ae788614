//! A visit is cancelled at each page that waits for the patient: how soon the page is off the reader and the counter
//! takes the next visit.

use std::time::{Duration, Instant};

use madoguchi_core::Method;
use madoguchi_proto::checkin::v1::check_in_service_client::CheckInServiceClient;
use madoguchi_proto::checkin::v1::{CancelCheckInRequest, GetCheckInRequest, StartCheckInRequest};
use madoguchi_twin::device::{Act, PageKind, Patient, Quirk, Stage};
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

/// What each cancelling took, and what a bare call took before each.
pub(super) async fn measure(stand: &Stand, cancels: u32) -> Result<(Vec<Duration>, Vec<Duration>), Error> {
    let mut client = CheckInServiceClient::new(stand.channel());
    let (mut took, mut calls) = (Vec::new(), Vec::new());
    for page in PAGES {
        for _ in 0..cancels {
            let patient = Patient::new("adult").with(Quirk::WalksAway { at: page });
            let patient = match page {
                PageKind::Pin => patient.by(Method::Pin),
                _ => patient,
            };
            let patient = patient.start(stand.stage(), None, PATIENCE)?;
            let check_in_id = start(&mut client).await?.ok_or(Error::Ended("the visit before"))?;
            blocking(move || patient.join()).await?.ok_or(Error::Ended("the patient"))?;
            let shown = stand.stage().state()?;
            if shown.page() != Some(page) {
                return Err(Error::Ended("the way to a page"));
            }
            let began = Instant::now();
            client.get_check_in(GetCheckInRequest { check_in_id: check_in_id.clone() }).await?;
            calls.push(began.elapsed());

            let began = Instant::now();
            let cancel = client.cancel_check_in(CancelCheckInRequest { check_in_id });
            let (gone, next) = tokio::try_join!(page_is_gone(stand.stage(), page, began), async {
                cancel.await?;
                freed(&mut CheckInServiceClient::new(stand.channel()), began).await
            })?;
            let (free, next) = next;
            took.push(gone.max(free));
            tidy_up(stand, &mut client, next).await?;
        }
    }
    Ok((took, calls))
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
        gone.map(|_| began.elapsed()).ok_or(Error::Ended("the wait for a page to go"))
    })
    .await?
}

/// When the counter took the next visit, and that visit.
async fn freed(client: &mut CheckInServiceClient<Channel>, began: Instant) -> Result<(Duration, String), Error> {
    while began.elapsed() < PATIENCE {
        if let Some(next) = start(client).await? {
            return Ok((began.elapsed(), next));
        }
    }
    Err(Error::Ended("the wait for the counter"))
}

/// The next visit ends too, and whoever walked away takes the card along.
async fn tidy_up(stand: &Stand, client: &mut CheckInServiceClient<Channel>, next: String) -> Result<(), Error> {
    client.cancel_check_in(CancelCheckInRequest { check_in_id: next }).await?;
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
    idle.await??.map(|_| ()).ok_or(Error::Ended("the wait for an empty reader"))
}

/// The stage is a conversation of threads.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Ended("a thread"))
}
