//! The other side of the toy protocol.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use madoguchi_twin::device::{Panel, Twin};
use serde::Deserialize;

use crate::toy::frame;

const PATIENCE: Duration = Duration::from_secs(10);
const SOON: Duration = Duration::from_millis(100);

pub(crate) struct Driver {
    line: Box<dyn Write>,
    hid: bool,
    answers: Receiver<String>,
    socket: Option<TcpStream>,
    stage: madoguchi_twin::device::Stage,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// A terminal that somebody else reads to its end cannot be closed: this one looks whether it is to end.
struct Terminal {
    file: File,
    ends: Arc<AtomicBool>,
}

impl Read for Terminal {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        let slice = rustix::event::Timespec {
            tv_sec: 0,
            tv_nsec: 10_000_000,
        };
        while !self.ends.load(Ordering::Acquire) {
            let mut watched = [rustix::event::PollFd::new(
                &self.file,
                rustix::event::PollFlags::IN,
            )];
            if rustix::event::poll(&mut watched, Some(&slice))? > 0 {
                return self.file.read(room);
            }
        }
        Ok(0)
    }
}

#[derive(Deserialize)]
struct LinkFile {
    address: String,
    vendor_id: u16,
    serial: String,
}

impl Driver {
    /// Finds the twin where it is plugged in, and waits until it noticed.
    pub(crate) fn connect(twin: &Twin) -> Self {
        let place = twin.place().unwrap();
        let stage = twin.stage().clone();
        let driver = if place.ends_with(".toml") {
            let text = std::fs::read_to_string(&place).unwrap();
            let file: LinkFile = toml::from_str(&text).unwrap();
            assert_eq!((file.vendor_id, file.serial.as_str()), (0x4D47, "0042"));
            Self::on_socket(TcpStream::connect(file.address).unwrap(), true, stage)
        } else if place.starts_with('/') {
            let terminal = File::options().read(true).write(true).open(&place).unwrap();
            let ends = Arc::new(AtomicBool::new(false));
            let reading = Terminal {
                file: terminal.try_clone().unwrap(),
                ends: Arc::clone(&ends),
            };
            let mut driver = Self::new(Box::new(terminal), Box::new(reading), false, None, stage);
            driver.ends = ends;
            driver
        } else {
            Self::on_socket(TcpStream::connect(&place).unwrap(), false, stage)
        };
        let connected = twin.stage().wait_for(PATIENCE, |state| state.connected).unwrap();
        assert!(connected.is_some());
        driver
    }

    fn on_socket(socket: TcpStream, hid: bool, stage: madoguchi_twin::device::Stage) -> Self {
        let (writing, reading) = (socket.try_clone().unwrap(), socket.try_clone().unwrap());
        Self::new(Box::new(writing), Box::new(reading), hid, Some(socket), stage)
    }

    fn new(
        line: Box<dyn Write>,
        mut reading: Box<dyn Read + Send>,
        hid: bool,
        socket: Option<TcpStream>,
        stage: madoguchi_twin::device::Stage,
    ) -> Self {
        let (sender, answers) = sync_channel(64);
        let thread = std::thread::spawn(move || {
            let mut text = Vec::new();
            let mut byte = [0];
            while reading.read_exact(&mut byte).is_ok() {
                match byte[0] {
                    b'\n' => {
                        let line = String::from_utf8_lossy(&text).into_owned();
                        text.clear();
                        if sender.send(line).is_err() {
                            return;
                        }
                    }
                    // Lengths and filling of reports.
                    0..=64 if byte[0] < b' ' || (hid && byte[0] == 64) => {}
                    letter => text.push(letter),
                }
            }
        });
        Self {
            line,
            hid,
            answers,
            socket,
            stage,
            ends: Arc::default(),
            thread: Some(thread),
        }
    }

    pub(crate) fn send(&mut self, line: &str) {
        let mut frame = frame(line, self.hid);
        if self.hid {
            let len = u16::try_from(frame.len()).unwrap();
            frame.splice(0..0, len.to_be_bytes());
        }
        self.line.write_all(&frame).unwrap();
    }

    pub(crate) fn ask(&mut self, line: &str) -> String {
        self.send(line);
        self.next()
    }

    /// Shows a page and says its number.
    pub(crate) fn show(&mut self, panel: Panel) -> u64 {
        let answer = self.ask(&format!("show {}", serde_json::to_string(&panel).unwrap()));
        assert_eq!(answer, "ok");
        self.stage.state().unwrap().shown
    }

    pub(crate) fn next(&mut self) -> String {
        self.answers.recv_timeout(PATIENCE).unwrap()
    }

    /// The next line; none where the line has ended.
    pub(crate) fn try_next(&mut self) -> Option<String> {
        match self.answers.recv_timeout(PATIENCE) {
            Ok(line) => Some(line),
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => None,
            Err(timeout) => panic!("the line stays open: {timeout}"),
        }
    }

    /// The next line, if one comes soon.
    pub(crate) fn try_next_soon(&mut self) -> Option<String> {
        self.answers.recv_timeout(SOON).ok()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(socket) = &self.socket {
            let _ended = socket.shutdown(std::net::Shutdown::Both);
        }
        self.ends.store(true, Ordering::Release);
        // A terminal is closed when its thread has let go of it.
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

/// vpcd's side of a card's connection.
pub(crate) struct Service(pub(crate) TcpStream);

impl Service {
    pub(crate) fn send(&mut self, frame: &[u8]) {
        let len = u16::try_from(frame.len()).unwrap();
        let framed = [&len.to_be_bytes()[..], frame].concat();
        self.0.write_all(&framed).unwrap();
    }

    /// A frame; none where the card went.
    pub(crate) fn receive(&mut self) -> Option<Vec<u8>> {
        let mut len = [0; 2];
        self.0.read_exact(&mut len).ok()?;
        let mut frame = vec![0; usize::from(u16::from_be_bytes(len))];
        self.0.read_exact(&mut frame).ok()?;
        Some(frame)
    }
}
