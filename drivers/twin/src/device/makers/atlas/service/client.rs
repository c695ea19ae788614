//! The client's connection, read.

use std::io::Read;
use std::net::TcpStream;
use std::sync::mpsc::SyncSender;

use zeroize::Zeroizing;

use super::Input;
use crate::device::makers::atlas::cutter::Cutter;

/// Reads messages until the connection ends or something comes that is none.
pub(super) fn read(connection: u64, mut stream: TcpStream, inputs: &SyncSender<Input>) {
    let mut cutter = Cutter::default();
    let mut chunk = Zeroizing::new([0; 4_096]);
    while let Ok(len @ 1..) = stream.read(&mut *chunk) {
        cutter.push(&chunk[..len]);
        loop {
            match cutter.next() {
                Ok(Some(message)) => {
                    if inputs.send(Input::Client(connection, message)).is_err() {
                        return;
                    }
                }
                Ok(None) => break,
                Err(_) => {
                    let _ended = inputs.send(Input::ClientGone(connection));
                    return;
                }
            }
        }
    }
    let _ended = inputs.send(Input::ClientGone(connection));
}
