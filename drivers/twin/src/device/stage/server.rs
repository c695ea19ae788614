//! A stage for others: JSON lines on a loopback port.

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use thiserror::Error;
use zeroize::Zeroizing;

use super::Stage;
use super::wire::{MAX_LINE_LEN, MAX_WATCH_MS, Request, Response};

/// So many may be connected at a time.
const MAX_CLIENTS: usize = 16;
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);
const WAKE_TIMEOUT: Duration = Duration::from_millis(500);

/// Why a stage cannot be opened to others.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServerError {
    /// Only a loopback address may be bound: whoever reaches a stage can do everything with the device.
    #[error("{0} is no loopback address")]
    NotLoopback(SocketAddr),
    /// It cannot listen there.
    #[error("it cannot listen there")]
    Io(#[from] std::io::Error),
}

pub(in crate::device) struct Server {
    address: SocketAddr,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(in crate::device) fn start(address: SocketAddr, stage: Stage) -> Result<Self, ServerError> {
        if !address.ip().is_loopback() {
            return Err(ServerError::NotLoopback(address));
        }
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let ends = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&ends);
        let thread = std::thread::Builder::new()
            .name("twin-stage".to_owned())
            .spawn(move || accept(&listener, &stage, &seen))?;
        Ok(Self {
            address,
            ends,
            thread: Some(thread),
        })
    }

    pub(in crate::device) const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Release);
        if TcpStream::connect_timeout(&self.address, WAKE_TIMEOUT).is_ok()
            && let Some(thread) = self.thread.take()
        {
            let _ended = thread.join();
        }
    }
}

/// One who is connected: the stream to cut him off, and his thread.
type Client = (TcpStream, JoinHandle<()>);

fn accept(listener: &TcpListener, stage: &Stage, ends: &AtomicBool) {
    let mut clients: Vec<Client> = Vec::new();
    loop {
        let accepted = listener.accept();
        if ends.load(Ordering::Acquire) {
            break;
        }
        clients.retain(|(_, thread)| !thread.is_finished());
        match accepted.and_then(|(stream, _)| serve(stream, stage, clients.len())) {
            Ok(client) => clients.push(client),
            Err(error) => {
                tracing::warn!(%error, "one who wanted to act was not let in");
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
    for (stream, _) in &clients {
        let _ended = stream.shutdown(Shutdown::Both);
    }
    for (_, thread) in clients {
        let _ended = thread.join();
    }
}

fn serve(stream: TcpStream, stage: &Stage, clients: usize) -> std::io::Result<Client> {
    if clients >= MAX_CLIENTS {
        return Err(ErrorKind::QuotaExceeded.into());
    }
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
    let kept = stream.try_clone()?;
    let stage = stage.clone();
    let thread = std::thread::Builder::new()
        .name("twin-stage-client".to_owned())
        .spawn(move || {
            if let Err(error) = converse(stream, &stage) {
                tracing::debug!(%error, "a stage's client went");
            }
        })?;
    Ok((kept, thread))
}

fn converse(mut stream: TcpStream, stage: &Stage) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        // It may hold a PIN.
        let mut line = Zeroizing::new(Vec::new());
        let len = (&mut reader).take(MAX_LINE_LEN).read_until(b'\n', &mut line)?;
        if len == 0 || line.last() != Some(&b'\n') {
            return Ok(());
        }
        let mut answer = serde_json::to_vec(&answer(&line, stage))?;
        answer.push(b'\n');
        stream.write_all(&answer)?;
    }
}

fn answer(line: &[u8], stage: &Stage) -> Response {
    let done = match serde_json::from_slice(line) {
        Ok(Request::Act(act)) => stage.act(act),
        Ok(Request::Watch { after, timeout_ms }) => {
            stage.watch(after, Duration::from_millis(timeout_ms.min(MAX_WATCH_MS)))
        }
        Err(error) => return Response::Malformed(error.to_string()),
    };
    match done {
        Ok(state) => Response::State(Box::new(state)),
        Err(refused) => Response::Refused(refused),
    }
}
