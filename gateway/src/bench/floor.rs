//! The floor: the same number of calls and of acknowledged writes, and nothing else. An echo over loopback, and a
//! database with the gateway's settings.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use madoguchi_proto::driverhost::v1::echo_service_client::EchoServiceClient;
use madoguchi_proto::driverhost::v1::echo_service_server::{EchoService, EchoServiceServer};
use madoguchi_proto::driverhost::v1::{EchoRequest, EchoResponse};
use rusqlite::Connection;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Request, Response, Status};

use crate::bench::Error;

/// About what a visit's row and message measure.
const ROW_LEN: usize = 1_024;
const MAX_WAITING: usize = 1_024;
/// The store's own bound.
const MAX_BATCH: usize = 256;

/// Answers when the write is on disk.
type Write = oneshot::Sender<()>;

/// Serves until it is told to stop. Says where, and how many commits it made.
pub(super) async fn serve(
    folder: &Path,
    stop: CancellationToken,
) -> Result<(SocketAddr, Arc<AtomicU64>), Error> {
    let (writes, waiting) = mpsc::channel(MAX_WAITING);
    let mut database = open(&folder.join("floor.db"))?;
    let commits = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&commits);
    std::thread::Builder::new()
        .name("floor-writer".to_owned())
        .spawn(move || commit(&mut database, waiting, &counted))?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let server = Server::builder().add_service(EchoServiceServer::new(Floor { writes }));
    tokio::spawn(server.serve_with_incoming_shutdown(
        TcpIncoming::from(listener).with_nodelay(Some(true)),
        stop.cancelled_owned(),
    ));
    Ok((address, commits))
}

/// The gateway's own settings: a commit is on disk when it returns.
fn open(path: &Path) -> Result<Connection, Error> {
    let database = Connection::open(path)?;
    database.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    database.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; CREATE TABLE rows (body BLOB NOT NULL);",
    )?;
    Ok(database)
}

/// Commits what waits at once, as the gateway's store does: it would be no floor otherwise. A write that fails is not
/// answered, so that the call fails.
fn commit(database: &mut Connection, mut waiting: mpsc::Receiver<Write>, commits: &AtomicU64) {
    let mut batch = Vec::new();
    while waiting.blocking_recv_many(&mut batch, MAX_BATCH) > 0 {
        if insert(database, batch.len()).is_ok() {
            commits.fetch_add(1, Ordering::Relaxed);
            for written in batch.drain(..) {
                // Who gave up does not want to know.
                let _ = written.send(());
            }
        }
        batch.clear();
    }
}

fn insert(database: &mut Connection, rows: usize) -> rusqlite::Result<()> {
    let row = [0x5A_u8; ROW_LEN];
    let transaction = database.transaction()?;
    for _ in 0..rows {
        transaction
            .prepare_cached("INSERT INTO rows (body) VALUES (?1)")?
            .execute([&row[..]])?;
    }
    transaction.commit()
}

struct Floor {
    writes: mpsc::Sender<Write>,
}

#[tonic::async_trait]
impl EchoService for Floor {
    /// The first byte says how many writes the call acknowledges.
    async fn echo(&self, request: Request<EchoRequest>) -> Result<Response<EchoResponse>, Status> {
        let payload = request.into_inner().payload;
        for _ in 0..payload.first().copied().unwrap_or(0) {
            let (write, written) = oneshot::channel();
            let gone = |_| Status::unavailable("the floor's database is gone");
            self.writes.send(write).await.map_err(|_| gone(()))?;
            written.await.map_err(|_| gone(()))?;
        }
        Ok(Response::new(EchoResponse { payload }))
    }
}

/// What a visit costs at least.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cost {
    pub(super) calls: u32,
    pub(super) writes: u32,
}

/// Pays that price once, and says how long it took.
pub(super) async fn pay(client: &mut EchoServiceClient<Channel>, cost: Cost) -> Result<Duration, Error> {
    let began = Instant::now();
    for call in 0..cost.calls {
        let more = u32::from(call < cost.writes % cost.calls);
        let writes = u8::try_from(cost.writes / cost.calls + more).unwrap_or(u8::MAX);
        let mut payload = vec![0x5A; ROW_LEN];
        payload[0] = writes;
        client.echo(EchoRequest { payload }).await?;
    }
    Ok(began.elapsed())
}
