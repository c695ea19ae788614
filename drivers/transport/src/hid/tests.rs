use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::*;

const IDS: (u16, u16) = (0x4D47, 0x00F1);
const LEN: usize = 64;

fn call() -> Call {
    Call::within(Duration::from_secs(5))
}

fn link(folder: &Path, name: &str, listener: &TcpListener, serial: &str) {
    let address = listener.local_addr().unwrap();
    let (vendor, product) = IDS;
    let text = format!(
        "address = \"{address}\"\nvendor_id = {vendor}\nproduct_id = {product}\n{serial}product = \"Face reader\"\n"
    );
    fs::write(folder.join(name), text).unwrap();
}

/// An open line and the device behind its link.
fn open() -> (Line, TcpStream) {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    link(folder.path(), "port.toml", &listener, "");
    let bus = Bus::new(Some(folder.path().to_owned()));
    let found = bus.list(&[IDS]).unwrap();
    let line = bus.open(&found[0], LEN, &call()).unwrap();
    (line, listener.accept().unwrap().0)
}

#[test]
fn links_come_and_go_with_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let links = folder.path().join("links");
    let bus = Bus::new(Some(links.clone()));
    assert_eq!(bus.list(&[IDS]), Ok(vec![]));
    fs::create_dir(&links).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    link(&links, "b.toml", &listener, "serial = \"7\"\n");
    link(&links, "a.toml", &listener, "");
    fs::write(links.join("half.toml"), "address = \"127.0.0.1:").unwrap();
    fs::write(
        links.join("more.toml"),
        "address = \"127.0.0.1:1\"\nvendor_id = 1\nproduct_id = 2\ncolour = 3\n",
    )
    .unwrap();
    link(&links, "other.tmp", &listener, "");

    let found = bus.list(&[(1, 2), IDS]).unwrap();
    let named: Vec<_> = found
        .iter()
        .map(|found| {
            (
                found.port.as_str(),
                found.serial.as_deref(),
                found.product.as_str(),
            )
        })
        .collect();
    let port = |name| links.join(name).to_str().unwrap().to_owned();
    assert_eq!(
        named,
        [
            (port("a.toml").as_str(), None, "Face reader"),
            (port("b.toml").as_str(), Some("7"), "Face reader"),
        ]
    );
    assert_eq!(bus.list(&[(1, 2)]), Ok(vec![]));
    fs::remove_file(links.join("a.toml")).unwrap();
    assert_eq!(bus.list(&[IDS]).unwrap().len(), 1);
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert_eq!(Bus::new(Some(file)).list(&[IDS]), Err(Error::ServiceUnavailable));
}

#[test]
fn reports_go_both_ways_framed_and_filled_up() {
    let (mut line, mut device) = open();
    line.write(b"hello", &call()).unwrap();
    let mut frame = [0xFF; 2 + LEN];
    device.read_exact(&mut frame).unwrap();
    assert_eq!(frame[..2], [0, 64]);
    assert_eq!(&frame[2..7], b"hello");
    assert!(frame[7..].iter().all(|byte| *byte == 0));
    let too_long = line.write(&[0; LEN + 1], &call());
    assert!(matches!(too_long, Err(Error::Protocol { .. })), "{too_long:?}");

    // Two reports at once, and one in pieces between two calls.
    let report = |fill: u8| [&[0, 64][..], &[fill; LEN]].concat();
    device
        .write_all(&[report(1), report(2), report(3)[..10].to_vec()].concat())
        .unwrap();
    let mut got = Vec::new();
    for fill in [1, 2] {
        line.read(&mut got, &call()).unwrap();
        assert_eq!(got, [fill; LEN]);
    }
    let short = Call::within(Duration::from_millis(20));
    assert_eq!(line.read(&mut got, &short), Err(Error::Timeout));
    device.write_all(&report(3)[10..]).unwrap();
    line.read(&mut got, &call()).unwrap();
    assert_eq!(got, [3; LEN]);

    device.write_all(&[0, 1, 9]).unwrap();
    let other = line.read(&mut got, &call());
    assert!(matches!(other, Err(Error::Protocol { .. })), "{other:?}");
    device.write_all(&report(4)).unwrap();
    line.read(&mut got, &call()).unwrap();
    assert_eq!(got, [4; LEN]);
}

#[test]
fn a_plug_that_is_pulled_is_seen_at_once() {
    let (mut line, device) = open();
    let puller = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        drop(device);
        Instant::now()
    });
    assert_eq!(line.read(&mut Vec::new(), &call()), Err(Error::ReaderRemoved));
    assert!(puller.join().unwrap().elapsed() < Call::PATIENCE);
}

#[test]
fn nonsense_in_front_of_a_report_ends_the_connection() {
    let (mut line, mut device) = open();
    device.write_all(&[0xFF; 40]).unwrap();
    assert_eq!(line.read(&mut Vec::new(), &call()), Err(Error::ReaderRemoved));
}

#[test]
fn a_link_to_nobody_is_a_reader_that_was_removed() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    link(folder.path(), "port.toml", &listener, "");
    drop(listener);
    let bus = Bus::new(Some(folder.path().to_owned()));
    let found = bus.list(&[IDS]).unwrap();
    assert_eq!(
        bus.open(&found[0], LEN, &call()).err(),
        Some(Error::ReaderRemoved)
    );
}
