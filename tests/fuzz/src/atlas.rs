//! Atlas: frames of JSON, on both sides.

use madoguchi_driver_atlas::codec::{Bytes, decode};
use madoguchi_driver_atlas::codec::{Deframer, HEAD_LEN, MAX_LEN, Message, cancel, note, request};
use serde_json::{Value, json};

use crate::device::Device;
use crate::feed::Feed;

/// Bytes in both directions, proper frames and others.
pub fn atlas(data: &[u8]) {
    let mut feed = Feed::new(data);
    let mut device = Device::new("atlas", feed.byte());
    let mut from_device = Deframer::new();
    while !feed.is_empty() {
        match feed.byte() % 8 {
            0 => cut(feed.chunk(), usize::from(feed.byte()).max(1)),
            1 => parse(feed.chunk()),
            2 => device.receive(feed.chunk()),
            3 => device.act(&mut feed),
            4 => round(&mut feed),
            5 => {
                let text = String::from_utf8_lossy(feed.chunk());
                let framed = if feed.byte() & 1 == 0 {
                    note(&text)
                } else {
                    cancel(u32::from(feed.byte()))
                };
                if let Ok(framed) = framed {
                    device.receive(&framed);
                }
            }
            6 => {
                let (token, protocol) = (feed.chunk(), feed.byte());
                let token = match token {
                    [] => madoguchi_twin::device::makers::atlas::TOKEN.into(),
                    _ => String::from_utf8_lossy(token),
                };
                let with = json!({"protocol": protocol, "token": token, "client": "fuzz"});
                if let Ok(framed) = request(u32::from(feed.byte()), None, "open", &with) {
                    device.receive(&framed);
                }
            }
            _ => ask(&mut device, &mut feed),
        }
        for said in device.said() {
            let frames = from_device.take(&said, &mut |frame| {
                let read = Message::parse(frame.as_bytes());
                assert!(read.is_ok(), "the service says nonsense");
            });
            assert!(
                frames.is_ok() && !from_device.is_amid(),
                "the service says half a frame"
            );
        }
    }
}

/// A request of the protocol with any JSON in it.
fn ask(device: &mut Device, feed: &mut Feed<'_>) {
    const CALLS: [&str; 9] = [
        "open",
        "show",
        "pin",
        "face",
        "visual",
        "card.on",
        "card.apdu",
        "card.off",
        "visit",
    ];
    let (id, handle, call) = (u32::from(feed.byte()), feed.byte(), feed.byte());
    let own = String::from_utf8_lossy(feed.chunk()).into_owned();
    let call = CALLS.get(usize::from(call % 12)).copied().unwrap_or(&own);
    let with: Value = serde_json::from_slice(feed.chunk()).unwrap_or_else(|_| json!({}));
    let handle = (handle < 200).then(|| u32::from(handle % 3));
    if let Ok(framed) = request(id, handle, call, &with) {
        device.receive(&framed);
    }
}

/// However the bytes are cut, the frames are the same.
fn cut(bytes: &[u8], step: usize) {
    let frames = |step| {
        let mut deframer = Deframer::new();
        let mut frames: Vec<Vec<u8>> = Vec::new();
        for chunk in bytes.chunks(step) {
            let fault = deframer.take(chunk, &mut |frame| frames.push(frame.as_bytes().to_vec()));
            assert!(!deframer.room().is_empty() && deframer.room().len() <= MAX_LEN);
            if let Err(fault) = fault {
                return (frames, Some(fault));
            }
        }
        (frames, None)
    };
    let whole = frames(bytes.len().max(1));
    assert!(frames(step) == whole);
    for frame in whole.0 {
        parse(&frame);
    }
}

fn parse(bytes: &[u8]) {
    let text = |part: Option<&str>| {
        let _ = Message::parse(part.unwrap_or_default().as_bytes());
    };
    match Message::parse(bytes) {
        Ok(Message::Ok { id, with }) => {
            let again = format!(r#"{{"id":{id},"ok":{}}}"#, with.get());
            assert!(matches!(
                Message::parse(again.as_bytes()),
                Ok(Message::Ok { id: same, with: content }) if same == id && content.get() == with.get()
            ));
            let _ = Message::content::<Value>(with);
        }
        Ok(Message::Note { with, .. }) => text(with.map(|with| with.get())),
        Ok(Message::No { .. }) | Err(_) => {}
    }
}

/// What is written is one frame, and carries what was to be carried.
fn round(feed: &mut Feed<'_>) {
    let (id, apdu) = (u32::from(feed.word()), feed.chunk());
    let Ok(framed) = request(id, Some(1), "card.apdu", &json!({ "apdu": Bytes(apdu) })) else {
        assert!(apdu.len() * 4 / 3 > MAX_LEN - 128, "a proper request is refused");
        return;
    };
    assert!(framed.len() <= HEAD_LEN + MAX_LEN);
    let mut frames = 0;
    let cut = Deframer::new().take(&framed, &mut |frame| {
        frames += 1;
        let said: Value = serde_json::from_slice(frame.as_bytes()).unwrap_or_default();
        let mut back = Vec::new();
        assert!(decode(said["with"]["apdu"].as_str().unwrap_or("?"), &mut back));
        assert!(back == apdu && said["id"] == id);
    });
    assert!(cut.is_ok() && frames == 1);
}
