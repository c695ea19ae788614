//! Where the link is not written yet: everything says so.

use std::fs::File;
use std::io;
use std::process::Stdio;

use tonic::transport::Channel;

/// There is none: no value of it can exist.
pub(crate) enum ParentEnd {}

/// There is none: it is never made.
pub(crate) struct ChildEnd {
    pub(crate) log: File,
}

fn not_written() -> io::Error {
    io::Error::new(
        io::ErrorKind::Unsupported,
        "the link to driver processes is not written for this system yet",
    )
}

pub(crate) fn pair() -> io::Result<(ParentEnd, Stdio)> {
    Err(not_written())
}

pub(crate) fn detach(_: &mut tokio::process::Command) {}

pub(crate) fn outlive_termination() -> io::Result<()> {
    Err(not_written())
}

impl ParentEnd {
    pub(crate) async fn connect(self) -> Result<Channel, tonic::transport::Error> {
        match self {}
    }
}

impl ChildEnd {
    pub(crate) fn into_io(self) -> io::Result<tokio::net::TcpStream> {
        Err(not_written())
    }
}

pub(crate) fn take(_: u32) -> io::Result<ChildEnd> {
    Err(not_written())
}

pub(crate) fn watch_parent(_: &ChildEnd) -> io::Result<()> {
    Err(not_written())
}

pub(crate) fn end_process() -> ! {
    std::process::abort()
}
