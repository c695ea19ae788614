//! A gateway over made-up readers.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::Stream;
use madoguchi::app::App;
use madoguchi::config::{Config, Mode, Problem};
use madoguchi_core::reader::{Capability, Lease, Reader, Readers, Snapshot, State};
use madoguchi_core::{DriverId, ReaderId, Reason};
use madoguchi_twin::TwinReaders;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::WatchStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};

/// Readers whose list is whatever the test says.
#[derive(Clone)]
pub(crate) struct FakeReaders(Arc<watch::Sender<Snapshot>>);

impl FakeReaders {
    pub(crate) fn new() -> Self {
        let fake = Self(Arc::new(watch::Sender::new(Snapshot::default())));
        fake.change(1);
        fake
    }

    /// Another list: the same reader, with or without a card.
    pub(crate) fn change(&self, sequence: u64) {
        let reader = Reader {
            id: ReaderId::new("fake:1").unwrap(),
            driver_id: DriverId::new("fake").unwrap(),
            display_name: "r".to_owned(),
            model: String::new(),
            firmware: String::new(),
            capabilities: vec![Capability::NfcCard],
            state: State::Ready,
            card_present: sequence.is_multiple_of(2),
            touch_count: 0,
            reason: None,
            out_of_service: None,
        };
        self.0.send_replace(Snapshot {
            sequence,
            readers: vec![reader],
        });
    }
}

#[async_trait]
impl Readers for FakeReaders {
    fn snapshot(&self) -> Snapshot {
        self.0.borrow().clone()
    }

    fn watch(&self) -> Pin<Box<dyn Stream<Item = Snapshot> + Send>> {
        Box::pin(WatchStream::new(self.0.subscribe()))
    }

    async fn lease(&self, _: &ReaderId, _: Duration) -> Result<Box<dyn Lease>, Reason> {
        Err(Reason::ReaderBusy)
    }
}

/// A gateway that runs.
pub(crate) struct Gateway {
    pub(crate) url: String,
    pub(crate) readers: FakeReaders,
    stop: CancellationToken,
    running: JoinHandle<Result<(), Problem>>,
    folder: TempDir,
}

impl Gateway {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// A gateway whose configuration the test changes first.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let readers = FakeReaders::new();
        Self::start_over(readers.clone(), Arc::new(readers), change).await
    }

    /// A gateway over cards in memory.
    pub(crate) async fn start_with_cards(cards: &TwinReaders, change: impl FnOnce(&mut Config)) -> Self {
        Self::start_over(FakeReaders::new(), Arc::new(cards.clone()), change).await
    }

    /// A gateway over somebody else's readers.
    pub(crate) async fn start_over(
        fake: FakeReaders,
        readers: Arc<dyn Readers>,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root.pem");
        std::fs::write(&root, madoguchi_twin::TestCa::new().unwrap().root_pem()).unwrap();
        let mut config = Config::default();
        config.server.listen.set_port(0);
        config.trust.mode = Mode::Test;
        config.trust.anchors = vec![root];
        config.store.path = folder.path().join("data").join("gateway.db");
        change(&mut config);
        let scheme = if config.tls.certificate.is_some() {
            "https"
        } else {
            "http"
        };
        let app = config.build_with_readers(readers).await.unwrap();
        let url = format!("{scheme}://{}", app.local_addr());
        let (stop, ready) = (CancellationToken::new(), app.ready());
        let running = tokio::spawn(App::run(app, stop.clone().cancelled_owned()));
        ready.await;
        Self {
            url,
            readers: fake,
            stop,
            running,
            folder,
        }
    }

    pub(crate) async fn connect(&self) -> Channel {
        Endpoint::new(self.url.clone()).unwrap().connect().await.unwrap()
    }

    /// A file beside its database.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("data").join(name)
    }

    /// Tells the gateway to end.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(self) {
        self.running.await.unwrap().unwrap();
    }
}
