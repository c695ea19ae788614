use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use madoguchi_driver_api::CancelFlag;

use super::*;

fn call() -> Call {
    Call::within(Duration::from_secs(5))
}

/// A line and its other end.
fn pair() -> (Line, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let line = Line::connect(listener.local_addr().unwrap(), &call()).unwrap();
    (line, listener.accept().unwrap().0)
}

/// How long the work takes.
fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let since = Instant::now();
    let result = work();
    (since.elapsed(), result)
}

#[test]
fn bytes_go_both_ways() {
    let (mut line, mut peer) = pair();
    line.write(b"hello", &call()).unwrap();
    let mut room = [0; 16];
    assert_eq!(peer.read(&mut room).unwrap(), 5);
    peer.write_all(b"welcome").unwrap();
    let count = line.read(&mut room, &call()).unwrap();
    assert_eq!(&room[..count], b"welcome");
}

#[test]
fn what_is_there_is_not_waited_for() {
    let (mut line, mut peer) = pair();
    let (mut room, mut fastest) = ([0; 16], Duration::MAX);
    for _ in 0..20 {
        peer.write_all(b"x").unwrap();
        let (took, count) = timed(|| line.read(&mut room, &call()).unwrap());
        assert_eq!(count, 1);
        fastest = fastest.min(took);
    }
    assert!(fastest < Duration::from_millis(1), "{fastest:?}");
}

#[test]
fn a_wait_ends_with_the_call() {
    let (mut line, _peer) = pair();
    let mut room = [0; 16];
    let (took, result) = timed(|| line.read(&mut room, &Call::within(Duration::from_millis(30))));
    assert_eq!(result, Err(Error::Timeout));
    assert!(took >= Duration::from_millis(30) && took < Duration::from_millis(30) + Call::PATIENCE);

    let flag = CancelFlag::default();
    let call = Call::new(Instant::now() + Duration::from_secs(60), flag.clone());
    let canceller = thread::spawn(move || {
        thread::sleep(Duration::from_millis(30));
        flag.cancel();
        Instant::now()
    });
    assert_eq!(line.read(&mut room, &call), Err(Error::Cancelled));
    assert!(canceller.join().unwrap().elapsed() < Call::PATIENCE);
}

#[test]
fn a_peer_that_takes_nothing_holds_a_writer_no_longer_than_the_call() {
    let (mut line, _peer) = pair();
    let flood = vec![0; 64 << 20];
    let (took, result) = timed(|| line.write(&flood, &Call::within(Duration::from_millis(50))));
    assert_eq!(result, Err(Error::Timeout));
    assert!(took < Duration::from_millis(50) + Call::PATIENCE, "{took:?}");
}

#[test]
fn a_peer_that_hangs_up_or_is_not_there_is_a_service_that_is_lost() {
    let (mut line, peer) = pair();
    drop(peer);
    assert_eq!(line.read(&mut [0; 16], &call()), Err(Error::ServiceUnavailable));

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let (took, result) = timed(|| Line::connect(address, &call()));
    assert_eq!(result.err(), Some(Error::ServiceUnavailable));
    assert!(took < Duration::from_secs(1));
}

#[test]
fn a_listener_that_does_not_answer_is_waited_for_no_longer_than_the_call() {
    // The queue of a listener that accepts nobody is full after a few.
    let listener = rustix::net::socket(
        rustix::net::AddressFamily::INET,
        rustix::net::SocketType::STREAM,
        None,
    )
    .unwrap();
    rustix::net::bind(&listener, &SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    rustix::net::listen(&listener, 0).unwrap();
    let address = SocketAddr::try_from(rustix::net::getsockname(&listener).unwrap()).unwrap();
    let short = || Call::within(Duration::from_millis(100));
    let mut lines = Vec::new();
    let late = (0..8).find_map(|_| match timed(|| Line::connect(address, &short())) {
        (_, Ok(line)) => {
            lines.push(line);
            None
        }
        late => Some(late),
    });
    let (took, result) = late.unwrap();
    assert_eq!(result.err(), Some(Error::Timeout));
    assert!(took < Duration::from_millis(100) + Call::PATIENCE, "{took:?}");
}
