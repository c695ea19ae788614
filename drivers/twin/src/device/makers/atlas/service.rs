//! The reader service with several devices: one port before many twins, each of which is a service with one device.
//!
//! It is for tests and demos with several devices: what it passes on, an APDU with a PIN in it too, is parsed on the way.
//! It leads nothing itself. It gives each plugging-in a handle, sends each request to its device and the answer back, and
//! tells which devices come and go. One thread owns all that; the others only read.

mod client;
mod member;
mod state;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use zeroize::Zeroizing;

use state::State;

/// Messages that wait for the one thread; who has more waits.
const MAX_INPUTS: usize = 256;

/// For waking one's own thread up, and for connecting to a twin.
const CONNECT: Duration = Duration::from_millis(200);

/// A device of the service.
#[derive(Debug, Clone)]
pub struct Member {
    /// The address of its twin.
    pub address: SocketAddr,
    /// Where it says that it is plugged in.
    pub port: String,
}

/// A service that runs. Dropping it kills it: its connections break, nothing is said before.
#[must_use = "dropping it kills the service"]
pub struct AtlasService {
    address: SocketAddr,
    ends: Arc<AtomicBool>,
    inputs: SyncSender<Input>,
    threads: Vec<JoinHandle<()>>,
}

/// What the one thread is told.
enum Input {
    Connected(TcpStream),
    /// What the client says, with the number of its connection.
    Client(u64, Zeroizing<Vec<u8>>),
    ClientGone(u64),
    /// A device answers, and says what it is.
    Up(usize, TcpStream, serde_json::Value),
    Device(usize, Zeroizing<Vec<u8>>),
    Down(usize),
    Stop,
}

impl AtlasService {
    /// Starts the service. With port zero it takes one that is free. The token is written to the file, where there is
    /// one.
    ///
    /// # Errors
    /// Where the port, the file or a thread cannot be had.
    pub fn start(
        address: SocketAddr,
        token: &str,
        token_file: Option<PathBuf>,
        members: Vec<Member>,
    ) -> std::io::Result<Self> {
        if !address.ip().is_loopback() {
            return Err(std::io::ErrorKind::AddrNotAvailable.into());
        }
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        if let Some(path) = token_file {
            std::fs::write(path, token)?;
        }
        let (inputs, inbox) = sync_channel(MAX_INPUTS);
        let ends = Arc::new(AtomicBool::new(false));
        let mut threads = Vec::new();
        for (at, member) in members.iter().enumerate() {
            let (address, inputs, ends) = (member.address, inputs.clone(), Arc::clone(&ends));
            threads.push(spawn("atlas-member", move || {
                member::serve(at, address, &inputs, &ends);
            })?);
        }
        let state = State::new(token.to_owned(), members, inputs.clone());
        threads.push(spawn("atlas-hub", move || state.run(&inbox))?);
        let (seen, its) = (Arc::clone(&ends), inputs.clone());
        threads.push(spawn("atlas-port", move || accept(&listener, &its, &seen))?);
        Ok(Self {
            address,
            ends,
            inputs,
            threads,
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for AtlasService {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Release);
        let stopped = self.inputs.send(Input::Stop);
        let woken = TcpStream::connect_timeout(&self.address, CONNECT);
        if stopped.is_ok() && woken.is_ok() {
            for thread in self.threads.drain(..) {
                let _ended = thread.join();
            }
        }
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work)
}

fn accept(listener: &TcpListener, inputs: &SyncSender<Input>, ends: &AtomicBool) {
    while let Ok((stream, _)) = listener.accept() {
        if ends.load(Ordering::Acquire) || inputs.send(Input::Connected(stream)).is_err() {
            return;
        }
    }
}
