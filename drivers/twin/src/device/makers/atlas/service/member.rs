//! A device's connection: made whenever its twin is there, and read.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{CONNECT, Input};
use crate::device::makers::atlas::cutter::{Cutter, framed};
use crate::device::makers::atlas::{BEAT, MISSED_BEATS, TOKEN};

/// How often a twin that is not there is looked for, and how often a reader looks whether it is to end.
const LOOK: Duration = Duration::from_millis(20);

/// Serves a device until the service ends.
pub(super) fn serve(at: usize, address: SocketAddr, inputs: &SyncSender<Input>, ends: &AtomicBool) {
    while !ends.load(Ordering::Acquire) {
        if let Some((mut reader, device)) = Reader::open(address, ends) {
            let up = reader
                .stream
                .try_clone()
                .is_ok_and(|writer| inputs.send(Input::Up(at, writer, device)).is_ok());
            if !up {
                return;
            }
            while let Some(message) = reader.next(ends) {
                if inputs.send(Input::Device(at, message)).is_err() {
                    return;
                }
            }
        }
        // Also where it was not there: who asks which devices there are need not wait for this one.
        if inputs.send(Input::Down(at)).is_err() {
            return;
        }
        std::thread::sleep(LOOK);
    }
}

struct Reader {
    stream: TcpStream,
    cutter: Cutter,
    heard: Instant,
    said: Instant,
}

impl Reader {
    /// Connects and asks the device who it is.
    fn open(address: SocketAddr, ends: &AtomicBool) -> Option<(Self, Value)> {
        let stream = TcpStream::connect_timeout(&address, CONNECT).ok()?;
        stream.set_nodelay(true).ok()?;
        stream.set_read_timeout(Some(LOOK)).ok()?;
        let now = Instant::now();
        let mut reader = Self {
            stream,
            cutter: Cutter::default(),
            heard: now,
            said: now,
        };
        reader.next(ends)?;
        let open =
            json!({"id": 1, "call": "open", "with": {"protocol": 3, "token": TOKEN, "client": "service"}});
        reader.stream.write_all(&framed(&open)).ok()?;
        loop {
            let answer: Value = serde_json::from_slice(&reader.next(ends)?).ok()?;
            if answer["id"] == 1 {
                let device = answer["ok"]["devices"].get(0)?.clone();
                return Some((reader, device));
            }
        }
    }

    /// The next message; none where the device is gone, says nothing any more, or the service ends.
    fn next(&mut self, ends: &AtomicBool) -> Option<Zeroizing<Vec<u8>>> {
        let mut chunk = Zeroizing::new([0; 4_096]);
        loop {
            if let Some(message) = self.cutter.next().ok()? {
                return Some(message);
            }
            if ends.load(Ordering::Acquire) || self.heard.elapsed() > BEAT * MISSED_BEATS {
                return None;
            }
            if self.said.elapsed() > BEAT / 2 {
                self.said = Instant::now();
                self.stream.write_all(&framed(&json!({"note": "beat"}))).ok()?;
            }
            match self.stream.read(&mut *chunk) {
                Ok(0) => return None,
                Ok(len) => {
                    self.heard = Instant::now();
                    self.cutter.push(&chunk[..len]);
                }
                Err(error) if is_late(error.kind()) => {}
                Err(_) => return None,
            }
        }
    }
}

fn is_late(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}
