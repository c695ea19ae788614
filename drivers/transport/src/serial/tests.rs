use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::thread;
use std::time::Instant;

use madoguchi_driver_api::CancelFlag;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::*;

fn call() -> Call {
    Call::within(Duration::from_secs(5))
}

/// The device's end of a serial line, and the path of the other.
fn device() -> (File, String) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let path = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    (File::from(master), path)
}

#[test]
fn bytes_go_both_ways_as_they_are() {
    let (mut device, path) = device();
    let mut line = Line::open(&path, 115_200, &call()).unwrap();
    let all: Vec<u8> = (0..=255).collect();
    line.write(&all, &call()).unwrap();
    let mut got = vec![0; all.len()];
    device.read_exact(&mut got).unwrap();
    assert_eq!(got, all);
    device.write_all(&all).unwrap();
    let (mut got, mut room) = (Vec::new(), [0; 300]);
    while got.len() < all.len() {
        let count = line.read(&mut room, &call()).unwrap();
        got.extend_from_slice(&room[..count]);
    }
    assert_eq!(got, all);
}

#[test]
fn a_wait_ends_with_the_call_and_at_once_when_there_is_something() {
    let (mut device, path) = device();
    let mut line = Line::open(&path, 9600, &call()).unwrap();
    let mut room = [0; 16];
    let since = Instant::now();
    let short = Call::within(Duration::from_millis(30));
    assert_eq!(line.read(&mut room, &short), Err(Error::Timeout));
    assert!(since.elapsed() < Duration::from_millis(30) + Call::PATIENCE);

    let flag = CancelFlag::default();
    let call = Call::new(Instant::now() + Duration::from_secs(60), flag.clone());
    let canceller = thread::spawn(move || {
        thread::sleep(Duration::from_millis(30));
        flag.cancel();
        Instant::now()
    });
    assert_eq!(line.read(&mut room, &call), Err(Error::Cancelled));
    assert!(canceller.join().unwrap().elapsed() < Call::PATIENCE);

    let mut fastest = Duration::MAX;
    for _ in 0..20 {
        device.write_all(b"x").unwrap();
        let since = Instant::now();
        assert_eq!(line.read(&mut room, &self::call()), Ok(1));
        fastest = fastest.min(since.elapsed());
    }
    assert!(fastest < Duration::from_millis(1), "{fastest:?}");
}

#[test]
fn what_arrived_before_can_be_thrown_away() {
    let (mut device, path) = device();
    let mut line = Line::open(&path, 9600, &call()).unwrap();
    device.write_all(b"old").unwrap();
    // Only what has arrived can be thrown away.
    while line.0.bytes_to_read().unwrap() < 3 {
        thread::yield_now();
    }
    line.discard_input().unwrap();
    device.write_all(b"new").unwrap();
    let mut room = [0; 16];
    let count = line.read(&mut room, &call()).unwrap();
    assert_eq!(&room[..count], b"new");
}

#[test]
fn a_device_that_hangs_up_is_a_reader_that_was_removed() {
    let (device, path) = device();
    let mut line = Line::open(&path, 9600, &call()).unwrap();
    let puller = thread::spawn(move || {
        thread::sleep(Duration::from_millis(30));
        drop(device);
        Instant::now()
    });
    assert_eq!(line.read(&mut [0; 16], &call()), Err(Error::ReaderRemoved));
    assert!(puller.join().unwrap().elapsed() < Call::PATIENCE);
    assert_eq!(line.write(b"hello", &call()), Err(Error::ReaderRemoved));
    assert_eq!(Line::open(&path, 9600, &call()).err(), Some(Error::ReaderRemoved));
}

#[test]
fn a_device_that_takes_nothing_holds_a_writer_no_longer_than_the_call() {
    let (_device, path) = device();
    let mut line = Line::open(&path, 9600, &call()).unwrap();
    let flood = vec![b'x'; 1 << 20];
    let since = Instant::now();
    let result = line.write(&flood, &Call::within(Duration::from_millis(50)));
    assert_eq!(result, Err(Error::Timeout));
    assert!(since.elapsed() < Duration::from_millis(50) + Call::PATIENCE);
}

#[test]
fn one_program_has_the_port() {
    let (_device, path) = device();
    let _line = Line::open(&path, 9600, &call()).unwrap();
    assert_eq!(Line::open(&path, 9600, &call()).err(), Some(Error::ReaderBusy));
}

#[test]
fn a_file_is_no_port() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    File::create(&path).unwrap();
    let error = Line::open(path.to_str().unwrap(), 9600, &call()).err().unwrap();
    assert!(
        matches!(&error, Error::ReaderUnavailable { detail } if detail.starts_with("serial port: ")),
        "{error:?}"
    );
}

#[test]
fn ports_are_found_by_pattern() {
    let folder = tempfile::tempdir().unwrap();
    let (_device, path) = device();
    symlink(&path, folder.path().join("port-b")).unwrap();
    symlink(&path, folder.path().join("port-a")).unwrap();
    symlink("/nowhere", folder.path().join("port-c")).unwrap();
    symlink(&path, folder.path().join("other")).unwrap();
    let pattern = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let found = list(&[pattern("port-*")]).unwrap();
    let ours: Vec<_> = found
        .iter()
        .map(|found| found.path.as_str())
        .filter(|path| path.starts_with(folder.path().to_str().unwrap()))
        .collect();
    assert_eq!(ours, [pattern("port-a"), pattern("port-b")]);
    assert!(Line::open(ours[0], 9600, &call()).is_ok());
    let error = list(&["a[".to_owned()]).err().unwrap();
    assert!(matches!(error, Error::ReaderUnavailable { .. }), "{error:?}");
}
