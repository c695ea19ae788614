//! Canon: reports, the frames in them, the messages in those, on both sides.

use madoguchi_driver_canon::codec::frame::MAX_MESSAGE;
use madoguchi_driver_canon::codec::report::ROOM;
use madoguchi_driver_canon::codec::{Damage, Head, Heard, Inbox, LEN, Outbox, head, seal};

use crate::device::Device;
use crate::feed::Feed;

/// Reports in both directions, proper ones and others.
pub fn canon(data: &[u8]) {
    let mut feed = Feed::new(data);
    let mut device = Device::new("canon", feed.byte());
    let mut to_device = Outbox::default();
    let (mut ear, mut from_device) = (Inbox::default(), Inbox::default());
    while !feed.is_empty() {
        match feed.byte() % 8 {
            0 => ear.report(&feed.array::<LEN>(), &mut |heard| check(&heard)),
            1 => ear.report(feed.chunk(), &mut |heard| check(&heard)),
            2 => device.receive(&feed.array::<LEN>()),
            3 => device.receive(feed.chunk()),
            4 => {
                ear.silence(&mut |heard| check(&heard));
                assert!(!ear.is_in_frame());
            }
            5 => device.act(&mut feed),
            6 => round(&mut feed),
            _ => ask(&mut device, &mut to_device, &mut feed),
        }
        for said in device.said() {
            from_device.report(&said, &mut |heard| match heard {
                Heard::Message(message) => {
                    assert!(head(&message).is_ok(), "the device's message is none");
                }
                Heard::Damage(damage) => unreachable!("the device says nonsense: {damage}"),
                Heard::Began => {}
            });
        }
    }
}

fn check(heard: &Heard) {
    if let Heard::Message(message) = heard {
        assert!(message.len() <= MAX_MESSAGE);
        if let Ok(Head::Response { at, id, .. }) = head(message) {
            assert!(at <= message.len() && id != 0);
        }
    }
}

/// A request, proper as far as its parameters, over some reports or all.
fn ask(device: &mut Device, outbox: &mut Outbox, feed: &mut Feed<'_>) {
    let [high, low] = feed.word().to_be_bytes();
    let operation = feed.byte();
    let reports = usize::from(feed.byte()).max(1);
    // An array of three: a number of two bytes, one of one, and whatever comes.
    let mut message = vec![0x83, 0x19, high, low, 0x18, operation];
    message.extend_from_slice(feed.chunk());
    if let Ok(frame) = seal(&message) {
        for report in outbox.reports(&frame).take(reports) {
            device.receive(&report[..]);
        }
    }
}

/// Messages in a stream with noise between them are heard whole, each once, as they were sent.
fn round(feed: &mut Feed<'_>) {
    let mut stream = Vec::new();
    let mut sent = Vec::new();
    for _ in 0..=feed.byte() % 3 {
        let message = feed.chunk();
        if let Ok(frame) = seal(message) {
            stream.extend_from_slice(&frame);
            sent.push(message.to_vec());
        }
    }
    let (mut outbox, mut inbox) = (Outbox::default(), Inbox::default());
    let mut heard = Vec::new();
    let (twice, spoilt) = (feed.byte(), feed.byte());
    for (at, report) in outbox.reports(&stream).enumerate() {
        let mut report = *report;
        if at == usize::from(spoilt) {
            report[5] ^= 0x10;
        }
        for _ in 0..=usize::from(at == usize::from(twice)) {
            inbox.report(&report, &mut |found| match found {
                Heard::Message(message) => heard.push(message.to_vec()),
                Heard::Damage(damage) => assert!(
                    usize::from(spoilt) <= at && damage != Damage::Report,
                    "{damage} where there is none"
                ),
                Heard::Began => {}
            });
        }
    }
    if usize::from(spoilt) * ROOM >= stream.len() {
        assert!(heard == sent, "messages are lost or doubled");
    }
}
