//! What the gateway asks, handed to the thread that it concerns.

mod answer;
mod memory;

use std::pin::Pin as StdPin;
use std::sync::OnceLock;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use futures_core::Stream;
use futures_util::{StreamExt as _, future};
use madoguchi_core::reader::{PinStatus, PinVerdict};
use madoguchi_core::visit::Outcome;
use madoguchi_core::{Pin, Reason};
use madoguchi_proto::driverhost::v1 as pb;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_stream::wrappers::{ReceiverStream, WatchStream};
use tonic::{Request, Response, Status};

use answer::{answer, bounds, not_loaded, parsed, refused, written};

use super::events::{self, Beat, Running};
use super::inbox::{Ask, Command, Open, Person, Question, Reply, Task};
use super::threads::Threads;

/// Steps of a delegated visit that wait for the gateway; it has fewer.
const MAX_PROGRESS: usize = 32;

/// The service; the plugin is there once it was loaded.
#[derive(Default)]
pub(super) struct Service(OnceLock<Loaded>);

struct Loaded {
    threads: Threads,
    readers: watch::Receiver<Option<Vec<pb::HostReader>>>,
    begin: SyncSender<()>,
    beat: Beat,
}

impl Service {
    fn loaded(&self) -> Result<&Loaded, Status> {
        self.0.get().ok_or_else(|| refused(Reason::DriverNotFound))
    }

    /// The thread of a reader that is connected.
    fn threads_for(&self, selector: &str) -> Result<&Threads, Status> {
        let loaded = self.loaded()?;
        if loaded
            .readers
            .borrow()
            .iter()
            .flatten()
            .any(|reader| reader.selector == selector)
        {
            Ok(&loaded.threads)
        } else {
            Err(refused(Reason::ReaderRemoved))
        }
    }

    /// Has a reader do something with a person.
    async fn person<T>(
        &self,
        selector: &str,
        timeout_ms: u64,
        task: impl FnOnce(Reply<T>) -> Task,
    ) -> Result<T, Status> {
        let (call, _cancel) = bounds(timeout_ms);
        let (reply, waiting) = oneshot::channel();
        let person = Person {
            call,
            task: task(reply),
        };
        self.threads_for(selector)?
            .send(selector, Command::Person(person))
            .map_err(refused)?;
        answer(waiting).await
    }

    async fn ask<T>(
        &self,
        session_id: u64,
        timeout_ms: u64,
        question: impl FnOnce(Reply<T>) -> Question,
    ) -> Result<T, Status> {
        let (call, _cancel) = bounds(timeout_ms);
        let (reply, waiting) = oneshot::channel();
        let command = Command::Ask(Ask {
            session_id,
            call,
            question: question(reply),
        });
        self.loaded()?
            .threads
            .send_to_session(session_id, command)
            .map_err(refused)?;
        answer(waiting).await
    }
}

#[tonic::async_trait]
impl pb::driver_host_service_server::DriverHostService for Service {
    type RunVisitStream = StdPin<Box<dyn Stream<Item = Result<pb::RunVisitResponse, Status>> + Send>>;
    type WatchReadersStream = StdPin<Box<dyn Stream<Item = Result<pb::WatchReadersResponse, Status>> + Send>>;

    async fn load_driver(
        &self,
        request: Request<pb::LoadDriverRequest>,
    ) -> Result<Response<pb::LoadDriverResponse>, Status> {
        let (reply, waiting) = oneshot::channel();
        events::start(request.into_inner(), reply).map_err(|_| refused(Reason::DriverFailed))?;
        let running = waiting.await.map_err(|_| refused(Reason::DriverFailed))?;
        let Running {
            driver,
            version,
            abi_version,
            readers,
            begin,
            beat,
        } = running.map_err(|problem| not_loaded(&problem))?;
        let loaded = Loaded {
            threads: Threads::new(driver),
            readers,
            begin,
            beat,
        };
        // A process runs one plugin: its library is never unloaded.
        self.0.set(loaded).map_err(|_| refused(Reason::Internal))?;
        Ok(Response::new(pb::LoadDriverResponse { version, abi_version }))
    }

    async fn watch_readers(
        &self,
        _: Request<pb::WatchReadersRequest>,
    ) -> Result<Response<Self::WatchReadersStream>, Status> {
        let loaded = self.loaded()?;
        // It looks once; whoever asks again finds it at it.
        let _begun = loaded.begin.try_send(());
        let readers = WatchStream::new(loaded.readers.clone()).filter_map(future::ready);
        Ok(Response::new(Box::pin(
            readers.map(|readers| Ok(pb::WatchReadersResponse { readers })),
        )))
    }

    async fn get_status(
        &self,
        _: Request<pb::GetStatusRequest>,
    ) -> Result<Response<pb::GetStatusResponse>, Status> {
        let overdue = self
            .0
            .get()
            .map_or(Duration::ZERO, |loaded| loaded.beat.overdue());
        Ok(Response::new(pb::GetStatusResponse {
            peak_memory_bytes: memory::peak_bytes(),
            event_overdue_ms: u64::try_from(overdue.as_millis()).unwrap_or(u64::MAX),
        }))
    }

    async fn open_card(
        &self,
        request: Request<pb::OpenCardRequest>,
    ) -> Result<Response<pb::OpenCardResponse>, Status> {
        let request = request.into_inner();
        let (call, _cancel) = bounds(request.timeout_ms);
        let idle_timeout = Duration::from_millis(request.idle_timeout_ms);
        let (reply, waiting) = oneshot::channel();
        let open = |session_id| {
            Command::Open(Open {
                session_id,
                idle_timeout,
                call,
                reply,
            })
        };
        let session_id = self
            .threads_for(&request.selector)?
            .open(&request.selector, open)
            .map_err(refused)?;
        let medium = answer(waiting).await?;
        Ok(Response::new(pb::OpenCardResponse {
            session_id,
            medium: medium.as_str().into(),
        }))
    }

    async fn read_certificate(
        &self,
        request: Request<pb::ReadCertificateRequest>,
    ) -> Result<Response<pb::ReadCertificateResponse>, Status> {
        let request = request.into_inner();
        let der = self
            .ask(request.session_id, request.timeout_ms, Question::Certificate)
            .await?;
        Ok(Response::new(pb::ReadCertificateResponse {
            certificate: der.as_bytes().to_vec(),
        }))
    }

    async fn get_pin_status(
        &self,
        request: Request<pb::GetPinStatusRequest>,
    ) -> Result<Response<pb::GetPinStatusResponse>, Status> {
        let request = request.into_inner();
        let status = self
            .ask(request.session_id, request.timeout_ms, Question::PinStatus)
            .await?;
        let (state, tries_left) = match status {
            PinStatus::TriesLeft(tries) => (pb::PinState::TriesLeft, tries),
            PinStatus::Locked => (pb::PinState::Locked, 0),
            PinStatus::NotSet => (pb::PinState::NotSet, 0),
        };
        Ok(Response::new(pb::GetPinStatusResponse {
            state: state.into(),
            tries_left_count: u32::from(tries_left),
        }))
    }

    async fn verify_pin(
        &self,
        request: Request<pb::VerifyPinRequest>,
    ) -> Result<Response<pb::VerifyPinResponse>, Status> {
        let mut request = request.into_inner();
        let pin = Pin::new(std::mem::take(&mut request.pin)).map_err(|_| refused(Reason::InvalidArgument))?;
        let last_try_confirmed = request.last_try_confirmed;
        let verify = |reply| Question::Verify {
            pin,
            last_try_confirmed,
            reply,
        };
        let verdict = self.ask(request.session_id, request.timeout_ms, verify).await?;
        let (verdict, tries_left) = match verdict {
            PinVerdict::Verified => (pb::PinVerdict::Verified, 0),
            PinVerdict::Wrong { tries_left } => (pb::PinVerdict::Wrong, tries_left),
            PinVerdict::Locked => (pb::PinVerdict::Locked, 0),
            PinVerdict::LastTryNotConfirmed => (pb::PinVerdict::LastTryNotConfirmed, 0),
        };
        Ok(Response::new(pb::VerifyPinResponse {
            verdict: verdict.into(),
            tries_left_count: u32::from(tries_left),
        }))
    }

    async fn sign(&self, request: Request<pb::SignRequest>) -> Result<Response<pb::SignResponse>, Status> {
        let pb::SignRequest {
            session_id,
            message,
            timeout_ms,
        } = request.into_inner();
        let signature = self
            .ask(session_id, timeout_ms, |reply| Question::Sign { message, reply })
            .await?;
        Ok(Response::new(pb::SignResponse { signature }))
    }

    async fn present_screen(
        &self,
        request: Request<pb::PresentScreenRequest>,
    ) -> Result<Response<pb::PresentScreenResponse>, Status> {
        let request = request.into_inner();
        let screen = parsed(&request.screen)?;
        let task = |reply| Task::Present { screen, reply };
        let answer = self.person(&request.selector, request.timeout_ms, task).await?;
        Ok(Response::new(pb::PresentScreenResponse {
            answer: written(&answer)?,
        }))
    }

    async fn enter_pin(
        &self,
        request: Request<pb::EnterPinRequest>,
    ) -> Result<Response<pb::EnterPinResponse>, Status> {
        let request = request.into_inner();
        let asked = parsed(&request.request)?;
        let task = |reply| Task::EnterPin {
            request: asked,
            reply,
        };
        let pin: Option<Pin> = self.person(&request.selector, request.timeout_ms, task).await?;
        // The message zeroizes its PIN when tonic drops it behind the encoding.
        Ok(Response::new(pb::EnterPinResponse {
            pin: pin.map_or_else(Vec::new, |pin| pin.expose().to_vec()),
        }))
    }

    async fn verify_face(
        &self,
        request: Request<pb::VerifyFaceRequest>,
    ) -> Result<Response<pb::VerifyFaceResponse>, Status> {
        let request = request.into_inner();
        let asked = parsed(&request.request)?;
        let task = |reply| Task::VerifyFace {
            request: asked,
            reply,
        };
        let outcome = self.person(&request.selector, request.timeout_ms, task).await?;
        Ok(Response::new(pb::VerifyFaceResponse {
            outcome: written(&outcome)?,
        }))
    }

    async fn accept_visual(
        &self,
        request: Request<pb::AcceptVisualRequest>,
    ) -> Result<Response<pb::AcceptVisualResponse>, Status> {
        let request = request.into_inner();
        let task = |reply| Task::AcceptVisual { reply };
        self.person(&request.selector, request.timeout_ms, task).await?;
        Ok(Response::new(pb::AcceptVisualResponse {}))
    }

    async fn run_visit(
        &self,
        request: Request<pb::RunVisitRequest>,
    ) -> Result<Response<Self::RunVisitStream>, Status> {
        let request = request.into_inner();
        let plan = parsed(&request.plan)?;
        let (call, cancel) = bounds(request.timeout_ms);
        let (news, progress) = mpsc::channel(MAX_PROGRESS);
        let (reply, outcome) = oneshot::channel();
        let task = Task::RunVisit { plan, news, reply };
        self.threads_for(&request.selector)?
            .send(&request.selector, Command::Person(Person { call, task }))
            .map_err(refused)?;
        let steps = ReceiverStream::new(progress).map(|step| {
            Ok(pb::RunVisitResponse {
                news: Some(pb::run_visit_response::News::Progress(written(&step)?)),
            })
        });
        // The channel of the steps ends with the visit: then the outcome is there.
        let end = futures_util::stream::once(async move {
            let outcome: Outcome = answer(outcome).await?;
            drop(cancel);
            Ok(pb::RunVisitResponse {
                news: Some(pb::run_visit_response::News::Outcome(written(&outcome)?)),
            })
        });
        Ok(Response::new(Box::pin(steps.chain(end))))
    }

    async fn close_card(
        &self,
        request: Request<pb::CloseCardRequest>,
    ) -> Result<Response<pb::CloseCardResponse>, Status> {
        let (reply, waiting) = oneshot::channel();
        let selector = request.into_inner().selector;
        // Also for a reader that is gone: what it spent is still to be told.
        self.loaded()?
            .threads
            .send(&selector, Command::Close { reply })
            .map_err(refused)?;
        Ok(Response::new(pb::CloseCardResponse {
            apdu_count: answer(waiting).await?,
        }))
    }

    async fn control_reader(
        &self,
        request: Request<pb::ControlReaderRequest>,
    ) -> Result<Response<pb::ControlReaderResponse>, Status> {
        let pb::ControlReaderRequest {
            selector,
            code,
            input,
            timeout_ms,
        } = request.into_inner();
        let (call, _cancel) = bounds(timeout_ms);
        let (reply, waiting) = oneshot::channel();
        let command = Command::Control {
            code,
            input,
            call,
            reply,
        };
        self.threads_for(&selector)?
            .send(&selector, command)
            .map_err(refused)?;
        Ok(Response::new(pb::ControlReaderResponse {
            output: answer(waiting).await?,
        }))
    }
}
