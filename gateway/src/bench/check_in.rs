//! Whole visits a second: a real gateway over loopback with its durable store, and only the reader replaced by cards in
//! memory; beside it the floor pays for the same calls and the same acknowledged writes, grouped into commits alike.

mod report;

pub use report::{Phases, Report, Side};

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use madoguchi_core::{Clock as _, ReaderId, clock::SystemClock, reader::Readers as _};
use madoguchi_proto::checkin::v1::check_in_service_client::CheckInServiceClient;
use madoguchi_proto::driverhost::v1::echo_service_client::EchoServiceClient;
use madoguchi_store::Statistics;
use madoguchi_twin::{MemorySession, Persona, TestCa, TwinReaders, VirtualCard};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};

use crate::bench::floor::{self, Cost};
use crate::bench::visit::{self, Times};
use crate::bench::{Error, process};
use crate::config::{Config, Problem};
use report::{Paid, Round};

/// Whose card lies on every reader, and its PIN.
const PERSONA: &str = "adult";

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Counters, each with a client of its own.
    pub clients: u16,
    /// Visits of each client in a round.
    pub visits: u32,
    /// Rounds, after one that does not count.
    pub rounds: u32,
}

/// Measures.
///
/// # Errors
/// Where a part cannot be started or a visit does not complete.
pub async fn measure(options: Options) -> Result<Report, Error> {
    let folder = tempfile::tempdir()?;
    let persona = Persona::by_name(PERSONA)?.ok_or(Error::Ended("the persona"))?;
    let pin = String::from_utf8_lossy(persona.pin()?.expose()).into_owned();
    let gateway = UnderTest::start(folder.path(), &persona, options.clients).await?;
    let stop = CancellationToken::new();
    let (floor, floor_commits) = floor::serve(folder.path(), stop.clone()).await?;
    let visitors = connect(&format!("http://{}", gateway.address), options.clients).await?;
    let payers = connect(&format!("http://{floor}"), options.clients).await?;

    // The first round warms both sides up and tells what a visit costs.
    let warm = gateway_round(&gateway, &visitors, &pin, options.visits).await?;
    let cost = Cost {
        calls: visit::CALLS,
        writes: warm.writes_per_visit.round() as u32,
    };
    floor_round(&floor_commits, &payers, cost, options.visits).await?;
    let (mut rounds, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        rounds.push(gateway_round(&gateway, &visitors, &pin, options.visits).await?);
        floors.push(floor_round(&floor_commits, &payers, cost, options.visits).await?);
    }
    stop.cancel();
    let peak_memory_kib = process::peak_memory_kib(std::process::id());
    gateway.stop().await?;
    let process = process::measure(folder.path()).await?;
    Ok(Report::new(
        options,
        cost,
        &rounds,
        &floors,
        peak_memory_kib,
        process,
    ))
}

/// A gateway in this process, over cards in memory.
struct UnderTest {
    address: std::net::SocketAddr,
    /// With a card on each.
    readers: TwinReaders,
    chip: Arc<AtomicU64>,
    statistics: Box<dyn Fn() -> Statistics + Send + Sync>,
    stop: CancellationToken,
    serving: JoinHandle<Result<(), Problem>>,
}

impl UnderTest {
    async fn start(folder: &Path, persona: &Persona, counters: u16) -> Result<Self, Error> {
        let ca = TestCa::new()?;
        std::fs::write(folder.join("test-root.pem"), ca.root_pem())?;
        let mut text =
            "[server]\nlisten = \"127.0.0.1:0\"\n[trust]\nmode = \"test\"\nanchors = [\"test-root.pem\"]\n"
                .to_owned();
        // Each reader has a card of its own, which is lifted between visits: a card at several counters at once would
        // run out of the tries that its PIN has. What the simulated chips take is counted apart: their RSA is not the
        // gateway's.
        let now = SystemClock.now();
        let chip = Arc::<AtomicU64>::default();
        let readers = TwinReaders::new(counters.into()).map_err(|_| Error::Ended("the readers' names"))?;
        for (counter, reader) in readers.snapshot().readers.into_iter().enumerate() {
            let card = VirtualCard::new(&persona.renamed(format!("{PERSONA}-{counter}")), &ca, now)?;
            readers.put(&reader.id, MemorySession::new(card).metered(Arc::clone(&chip)));
            let id = reader.id;
            text.push_str(&format!(
                "[[counters]]\nid = \"{counter}\"\nreaders = [\"{id}\"]\n"
            ));
        }
        let config = Config::read(&text, folder, [])?;
        let app = config.build_with_readers(Arc::new(readers.clone())).await?;
        let (address, ready, store) = (app.local_addr(), app.ready(), app.store());
        let stop = CancellationToken::new();
        let serving = tokio::spawn(app.run(stop.clone().cancelled_owned()));
        ready.await;
        Ok(Self {
            address,
            readers,
            chip,
            statistics: Box::new(move || store.statistics()),
            stop,
            serving,
        })
    }

    async fn stop(self) -> Result<(), Error> {
        self.stop.cancel();
        Ok(self.serving.await.map_err(|_| Error::Ended("the gateway"))??)
    }
}

async fn connect(endpoint: &str, clients: u16) -> Result<Vec<Channel>, Error> {
    let mut channels = Vec::new();
    for _ in 0..clients {
        channels.push(
            Endpoint::from_shared(endpoint.to_owned())?
                .tcp_nodelay(true)
                .connect()
                .await?,
        );
    }
    Ok(channels)
}

async fn gateway_round(
    gateway: &UnderTest,
    clients: &[Channel],
    pin: &str,
    visits: u32,
) -> Result<Round, Error> {
    let (before, chip) = ((gateway.statistics)(), gateway.chip.load(Ordering::Relaxed));
    let began = Instant::now();
    let mut playing = JoinSet::new();
    for (counter, channel) in clients.iter().enumerate() {
        let (mut client, pin) = (CheckInServiceClient::new(channel.clone()), pin.to_owned());
        let readers = gateway.readers.clone();
        playing.spawn(async move {
            let reader = readers.id(counter + 1).ok_or(Error::Ended("the reader"))?;
            let mut times = Vec::new();
            for _ in 0..visits {
                times.push(visit::play(&mut client, &counter.to_string(), &pin).await?);
                lift(&readers, &reader)?;
            }
            Ok(times)
        });
    }
    let times: Vec<Times> = all(playing).await?;
    let took = began.elapsed();
    let after = (gateway.statistics)();
    let chip = Duration::from_nanos(gateway.chip.load(Ordering::Relaxed) - chip);
    let count = times.len() as f64;
    Ok(Round {
        visits_per_second: count / took.as_secs_f64(),
        writes_per_visit: (after.write_jobs - before.write_jobs) as f64 / count,
        commits_per_visit: (after.commits - before.commits) as f64 / count,
        chip_ms_per_visit: chip.as_secs_f64() * 1_000.0 / count,
        times,
    })
}

/// Takes the card off and lays it there again, as the next patient's.
fn lift(readers: &TwinReaders, reader: &ReaderId) -> Result<(), Error> {
    let card = readers.take(reader).ok_or(Error::Ended("the card"))?;
    readers.put(reader, card);
    Ok(())
}

async fn floor_round(
    commits: &AtomicU64,
    clients: &[Channel],
    cost: Cost,
    visits: u32,
) -> Result<Paid, Error> {
    let before = commits.load(Ordering::Relaxed);
    let began = Instant::now();
    let mut paying = JoinSet::new();
    for channel in clients {
        let mut client = EchoServiceClient::new(channel.clone());
        paying.spawn(async move {
            let mut times = Vec::new();
            for _ in 0..visits {
                times.push(floor::pay(&mut client, cost).await?);
            }
            Ok(times)
        });
    }
    let times: Vec<Duration> = all(paying).await?;
    let count = times.len() as f64;
    Ok(Paid {
        visits_per_second: count / began.elapsed().as_secs_f64(),
        commits_per_visit: (commits.load(Ordering::Relaxed) - before) as f64 / count,
        times,
    })
}

async fn all<T: 'static>(mut tasks: JoinSet<Result<Vec<T>, Error>>) -> Result<Vec<T>, Error> {
    let mut results = Vec::new();
    while let Some(done) = tasks.join_next().await {
        results.extend(done.map_err(|_| Error::Ended("a client"))??);
    }
    Ok(results)
}
