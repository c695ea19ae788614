//! The one thread: who asked what of which device.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::thread::JoinHandle;
use std::time::Instant;

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{Input, Member, client, spawn};
use crate::device::makers::atlas::cutter::{framed, with_length};
use crate::device::makers::atlas::wire::code;
use crate::device::makers::atlas::{BEAT, HANDLE, MISSED_BEATS, instance};

pub(super) struct State {
    token: String,
    instance: String,
    members: Vec<Place>,
    inputs: SyncSender<Input>,
    client: Option<Client>,
    connections: u64,
    readers: Vec<JoinHandle<()>>,
    /// Handles are given once.
    handles: u32,
}

/// A place where a device may be plugged in.
struct Place {
    port: String,
    /// Whether it is known whether one is.
    tried: bool,
    device: Option<Device>,
}

struct Device {
    handle: u32,
    writer: TcpStream,
    about: Value,
    /// For the device's own connection.
    last_id: u32,
    /// The client's number of each request by the device's own.
    asked: BTreeMap<u32, u32>,
}

struct Client {
    connection: u64,
    stream: TcpStream,
    open: bool,
    /// The number of an `open` that waits until every place was tried.
    opening: Option<u32>,
    heard: Instant,
    said: Instant,
}

impl State {
    pub(super) fn new(token: String, members: Vec<Member>, inputs: SyncSender<Input>) -> Self {
        let place = |member: Member| Place {
            port: member.port,
            tried: false,
            device: None,
        };
        Self {
            token,
            instance: instance(),
            members: members.into_iter().map(place).collect(),
            inputs,
            client: None,
            connections: 0,
            readers: Vec::new(),
            handles: 0,
        }
    }

    pub(super) fn run(mut self, inbox: &Receiver<Input>) {
        loop {
            match inbox.recv_timeout(BEAT / 4) {
                Ok(Input::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(input) => self.take(input),
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.look_at_the_time();
        }
        self.part();
        for place in &mut self.members {
            if let Some(device) = place.device.take() {
                let _ended = device.writer.shutdown(Shutdown::Both);
            }
        }
        // Whoever still wants to tell something is told that nobody listens.
        while inbox.try_recv().is_ok() {}
        for reader in self.readers {
            let _ended = reader.join();
        }
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Connected(stream) => self.greet(stream),
            Input::Client(connection, message) if self.is_client(connection) => self.hear(&message),
            Input::ClientGone(connection) if self.is_client(connection) => self.part(),
            Input::Up(at, writer, about) => self.up(at, writer, about),
            Input::Device(at, message) => self.answer(at, &message),
            Input::Down(at) => self.down(at),
            Input::Client(..) | Input::ClientGone(_) | Input::Stop => {}
        }
        self.open_when_known();
    }

    fn is_client(&self, connection: u64) -> bool {
        self.client
            .as_ref()
            .is_some_and(|client| client.connection == connection)
    }

    /// Who connects anew takes the place of who was there.
    fn greet(&mut self, stream: TcpStream) {
        self.part();
        self.connections += 1;
        let connection = self.connections;
        let (Ok(reading), Ok(())) = (stream.try_clone(), stream.set_nodelay(true)) else {
            return;
        };
        let inputs = self.inputs.clone();
        self.readers.retain(|reader| !reader.is_finished());
        match spawn("atlas-client", move || client::read(connection, reading, &inputs)) {
            Ok(reader) => self.readers.push(reader),
            Err(error) => return tracing::error!(%error, "no thread for a client"),
        }
        let now = Instant::now();
        self.client = Some(Client {
            connection,
            stream,
            open: false,
            opening: None,
            heard: now,
            said: now,
        });
        let hello = json!({"note": "hello", "with": {
            "service": "Atlas Reader Service",
            "version": "5.2.1",
            "instance": self.instance,
            "protocol": {"min": 2, "max": 3},
            "beat_ms": u64::try_from(BEAT.as_millis()).unwrap_or_default(),
        }});
        self.say(&framed(&hello));
    }

    /// The client is gone: what runs for it is called off, and every card is powered off.
    fn part(&mut self) {
        let Some(client) = self.client.take() else {
            return;
        };
        let _ended = client.stream.shutdown(Shutdown::Both);
        for place in &mut self.members {
            if let Some(device) = &mut place.device {
                for own in std::mem::take(&mut device.asked).into_keys() {
                    device.say(&json!({"note": "cancel", "of": own}));
                }
                device.last_id += 1;
                device.say(&json!({"id": device.last_id, "device": HANDLE, "call": "card.off", "with": {}}));
            }
        }
    }

    fn hear(&mut self, message: &[u8]) {
        let Ok(mut said) = serde_json::from_slice::<Value>(message) else {
            return self.part();
        };
        let Some(client) = &mut self.client else {
            return;
        };
        client.heard = Instant::now();
        let of = said["of"].as_u64().and_then(|of| u32::try_from(of).ok());
        let id = said["id"].as_u64().and_then(|id| u32::try_from(id).ok());
        let (Some(id), Some(call)) = (id, said["call"].as_str()) else {
            if let (Some("cancel"), Some(of)) = (said["note"].as_str(), of) {
                self.cancel(of);
            }
            return;
        };
        if call == "open" {
            let with = &said["with"];
            if !matches!(with["protocol"].as_u64(), Some(2 | 3)) {
                return self.refuse(id, code::VERSION);
            }
            if with["token"] != self.token.as_str() {
                return self.refuse(id, code::TOKEN);
            }
            client.opening = Some(id);
            return;
        }
        if !client.open {
            return self.refuse(id, code::TOKEN);
        }
        let handle = said["device"].as_u64();
        let device = self
            .devices()
            .find(|device| Some(u64::from(device.handle)) == handle);
        let Some(device) = device else {
            return self.refuse(id, code::NO_HANDLE);
        };
        device.last_id += 1;
        device.asked.insert(device.last_id, id);
        said["id"] = device.last_id.into();
        said["device"] = HANDLE.into();
        device.say(&said);
    }

    fn devices(&mut self) -> impl Iterator<Item = &mut Device> {
        self.members.iter_mut().filter_map(|place| place.device.as_mut())
    }

    fn cancel(&mut self, of: u32) {
        for device in self.devices() {
            let own = device.asked.iter().find(|(_, asked)| **asked == of);
            if let Some(own) = own.map(|(own, _)| *own) {
                device.say(&json!({"note": "cancel", "of": own}));
            }
        }
    }

    /// A device says something.
    fn answer(&mut self, at: usize, message: &[u8]) {
        let Some(device) = self.members.get_mut(at).and_then(|place| place.device.as_mut()) else {
            return;
        };
        // An answer may carry digits: but for its number it goes on as it is.
        if let Some((own, rest)) = numbered(message) {
            if let Some(id) = device.asked.remove(&own) {
                let body = Zeroizing::new([format!("{{\"id\":{id}").as_bytes(), rest].concat());
                self.say(&with_length(&body));
            }
            return;
        }
        let Ok(mut note) = serde_json::from_slice::<Value>(message) else {
            return;
        };
        let handle = device.handle;
        if note["note"] == "card" {
            device.about["card"] = note["with"]["present"].clone();
        }
        if note["note"] == "beat" {
            return;
        }
        if let Some(own) = note["of"].as_u64().and_then(|own| u32::try_from(own).ok()) {
            let Some(id) = device.asked.get(&own) else {
                return;
            };
            note["of"] = (*id).into();
        }
        note["device"] = handle.into();
        self.say_when_open(&note);
    }

    fn up(&mut self, at: usize, writer: TcpStream, mut about: Value) {
        self.handles += 1;
        let handle = self.handles;
        let Some(place) = self.members.get_mut(at) else {
            return;
        };
        place.tried = true;
        about["handle"] = handle.into();
        about["port"] = place.port.as_str().into();
        place.device = Some(Device {
            handle,
            writer,
            about: about.clone(),
            last_id: 1,
            asked: BTreeMap::new(),
        });
        self.say_when_open(&json!({"note": "attached", "with": {"device": about}}));
    }

    fn down(&mut self, at: usize) {
        let Some(place) = self.members.get_mut(at) else {
            return;
        };
        place.tried = true;
        let Some(device) = place.device.take() else {
            return;
        };
        for id in device.asked.into_values() {
            self.refuse(id, code::DETACHED);
        }
        self.say_when_open(&json!({"note": "detached", "with": {"handle": device.handle}}));
    }

    fn open_when_known(&mut self) {
        if !self.members.iter().all(|place| place.tried) {
            return;
        }
        let Some(client) = &mut self.client else {
            return;
        };
        if let Some(id) = client.opening.take() {
            client.open = true;
            let devices: Vec<_> = self.devices().map(|device| device.about.clone()).collect();
            self.say(&framed(&json!({"id": id, "ok": {"devices": devices}})));
        }
    }

    fn look_at_the_time(&mut self) {
        let Some(client) = &self.client else {
            return;
        };
        if client.heard.elapsed() > BEAT * MISSED_BEATS {
            self.part();
        } else if client.said.elapsed() >= BEAT {
            self.say(&framed(&json!({"note": "beat"})));
        }
    }

    fn refuse(&mut self, id: u32, code: u32) {
        self.say(&framed(&json!({"id": id, "no": {"code": code}})));
    }

    fn say_when_open(&mut self, note: &Value) {
        if self.client.as_ref().is_some_and(|client| client.open) {
            self.say(&framed(note));
        }
    }

    fn say(&mut self, bytes: &[u8]) {
        if let Some(client) = &mut self.client {
            client.said = Instant::now();
            if client.stream.write_all(bytes).is_err() {
                self.part();
            }
        }
    }
}

impl Device {
    /// One that does not take it is gone, which its reader notices.
    fn say(&mut self, message: &Value) {
        if let Err(error) = self.writer.write_all(&framed(message)) {
            tracing::debug!(%error, "a device does not listen");
        }
    }
}

/// The number of an answer of the twin's front, and what follows it.
fn numbered(message: &[u8]) -> Option<(u32, &[u8])> {
    let rest = message.strip_prefix(b"{\"id\":")?;
    let end = rest.iter().position(|byte| !byte.is_ascii_digit())?;
    let (number, rest) = rest.split_at(end);
    Some((std::str::from_utf8(number).ok()?.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_its_number_first() {
        let (number, rest) = numbered(b"{\"id\":17,\"ok\":{}}").unwrap();
        assert_eq!((number, rest), (17, &b",\"ok\":{}}"[..]));
        assert_eq!(numbered(b"{\"note\":\"beat\"}"), None);
    }
}
