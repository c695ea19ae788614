//! Readers without hardware: on each lies a twin card in memory, spoken to by the same card application as in a driver
//! process. What the simulated chip itself takes is counted apart: its RSA is not the gateway's.

use std::pin::Pin as StdPin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::{Stream, StreamExt as _, stream};
use madoguchi_card::{CardSession, Error as CardError, ExtendedLength, Jpki, TransmitError};
use madoguchi_core::certificate::CertificateDer;
use madoguchi_core::reader::{
    Capability, CardUse, Lease, OpenCard, PinStatus, PinVerdict, Reader, Readers, Snapshot, State,
};
use madoguchi_core::{DriverId, Pin, ReaderId, Reason};
use madoguchi_twin::{MemorySession, VirtualCard};
use tokio::sync::oneshot;

/// The driver that these readers claim.
pub(super) const DRIVER: &str = "memory";

/// Readers on each of which a copy of one card lies for ever.
pub(super) struct MemoryReaders {
    card: VirtualCard,
    snapshot: Snapshot,
    chip: Arc<AtomicU64>,
}

impl MemoryReaders {
    /// So many readers, `memory:0` and on.
    pub(super) fn new(card: VirtualCard, count: u16) -> Result<Self, madoguchi_core::InvalidId> {
        let driver_id = DriverId::new(DRIVER)?;
        let reader = |index| {
            Ok(Reader {
                id: ReaderId::new(format!("{DRIVER}:{index}"))?,
                driver_id: driver_id.clone(),
                display_name: format!("memory {index}"),
                capabilities: vec![Capability::NfcCard],
                state: State::Ready,
                card_present: true,
                reason: None,
            })
        };
        let readers = (0..count)
            .map(reader)
            .collect::<Result<_, madoguchi_core::InvalidId>>()?;
        Ok(Self {
            card,
            snapshot: Snapshot { sequence: 1, readers },
            chip: Arc::default(),
        })
    }

    /// Nanoseconds that the chips took so far.
    pub(super) fn chip_nanos(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.chip)
    }
}

#[async_trait]
impl Readers for MemoryReaders {
    fn snapshot(&self) -> Snapshot {
        self.snapshot.clone()
    }

    fn watch(&self) -> StdPin<Box<dyn Stream<Item = Snapshot> + Send>> {
        Box::pin(stream::iter([self.snapshot.clone()]).chain(stream::pending()))
    }

    async fn lease(&self, id: &ReaderId, _wait: Duration) -> Result<Box<dyn Lease>, Reason> {
        // One visit a counter, one reader a counter: nobody else asks for it.
        let card = Timed {
            card: MemorySession::new(self.card.clone()),
            chip: Arc::clone(&self.chip),
        };
        Ok(Box::new(MemoryLease {
            id: id.clone(),
            jobs: serve(card)?,
            apdus: 0,
        }))
    }
}

/// What is said to a card, and where the answer goes.
type Job = Box<dyn FnOnce(&mut Jpki<'_, Timed>) + Send>;

/// A thread that talks to the card as long as somebody has something to say: in a driver's process it is the reader's.
fn serve(mut card: Timed) -> Result<SyncSender<Job>, Reason> {
    let (jobs, waiting) = sync_channel::<Job>(1);
    let talk = move || {
        let mut jpki = Jpki::new(&mut card, ExtendedLength::Yes);
        for job in waiting {
            job(&mut jpki);
        }
    };
    let thread = std::thread::Builder::new()
        .name("memory-card".to_owned())
        .spawn(talk);
    thread.map(|_| jobs).map_err(|_| Reason::DriverFailed)
}

/// A card whose chip is timed.
struct Timed {
    card: MemorySession,
    chip: Arc<AtomicU64>,
}

impl CardSession for Timed {
    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>) -> Result<(), TransmitError> {
        let began = Instant::now();
        let answered = self.card.transmit(command, response);
        self.chip.fetch_add(
            u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX),
            Ordering::Relaxed,
        );
        answered
    }
}

struct MemoryLease {
    id: ReaderId,
    jobs: SyncSender<Job>,
    apdus: u32,
}

impl MemoryLease {
    async fn talk<T: Send + 'static>(
        &mut self,
        say: impl FnOnce(&mut Jpki<'_, Timed>) -> Result<T, CardError> + Send + 'static,
    ) -> Result<T, Reason> {
        let (answer, said) = oneshot::channel();
        let job = Box::new(move |jpki: &mut Jpki<'_, Timed>| {
            let said = say(jpki);
            // Who asked may be gone: then nobody wants to know.
            let _ = answer.send((said, jpki.apdu_count()));
        });
        self.jobs.send(job).map_err(|_| Reason::DriverFailed)?;
        let (said, apdus) = said.await.map_err(|_| Reason::DriverFailed)?;
        self.apdus = apdus;
        said.map_err(|error| error.reason())
    }
}

#[async_trait]
impl Lease for MemoryLease {
    fn reader_id(&self) -> &ReaderId {
        &self.id
    }

    async fn wait_for_card(&mut self, _timeout: Duration) -> Result<(), Reason> {
        Ok(())
    }

    async fn wait_for_removal(&mut self) {
        std::future::pending().await
    }

    async fn open_card(&mut self) -> Result<OpenCard, Reason> {
        let medium = self
            .talk(|jpki| jpki.select().and_then(|()| jpki.label()))
            .await?;
        Ok(OpenCard { medium })
    }

    async fn read_certificate(&mut self) -> Result<CertificateDer, Reason> {
        self.talk(|jpki| jpki.certificate()).await
    }

    async fn pin_status(&mut self) -> Result<PinStatus, Reason> {
        self.talk(|jpki| jpki.pin_status()).await
    }

    async fn verify_pin(&mut self, pin: Pin, last_try_confirmed: bool) -> Result<PinVerdict, Reason> {
        self.talk(move |jpki| jpki.verify_pin(&pin, last_try_confirmed))
            .await
    }

    async fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, Reason> {
        let message = message.to_vec();
        self.talk(move |jpki| jpki.sign(&message)).await
    }

    async fn close_card(&mut self) -> CardUse {
        CardUse {
            apdu_count: self.apdus,
        }
    }
}
