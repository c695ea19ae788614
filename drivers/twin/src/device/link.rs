//! What a device is plugged in with.

mod hid;
#[cfg(target_os = "linux")]
mod pty;
mod socket;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::mpsc::SyncSender;
use std::thread::JoinHandle;

use thiserror::Error;

use super::twin::Input;

/// Why a device cannot be plugged in there.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The folder, the file, the port or the thread cannot be made.
    #[error("{what} cannot be made")]
    Io {
        /// What.
        what: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Only a loopback address may be bound: whoever reaches a twin can do everything with it.
    #[error("{0} is no loopback address")]
    NotLoopback(SocketAddr),
    /// A port's name is one file name.
    #[error("{0:?} is no name of a port")]
    PortName(String),
    /// This system has no such links.
    #[error("serial links need Linux")]
    Unsupported,
}

/// What a device is plugged in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// A HID device.
    Hid(HidLink),
    /// A serial line.
    Pty(PtyLink),
    /// A service of the maker's on the PC.
    Tcp(TcpLink),
}

/// A HID device: a file in a folder that stands for the bus. The file says who the device is and where its reports are
/// exchanged: on a TCP stream, each with its length in two bytes before it, big-endian. The file goes when the plug is
/// pulled. Nothing has to be installed for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HidLink {
    /// The folder.
    pub folder: PathBuf,
    /// The port, such as `1-2`: the file's name without `.toml`.
    pub port: String,
    /// The vendor's id.
    pub vendor_id: u16,
    /// The product's id.
    pub product_id: u16,
    /// The product, as the USB descriptor has it.
    pub product: String,
}

/// A serial line: a pseudo terminal, by a symbolic link in a folder. The link goes when the plug is pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PtyLink {
    /// The folder.
    pub folder: PathBuf,
    /// The port, such as `ttyUSB0`: the link's name.
    pub port: String,
}

/// A service of the maker's on the PC. When the plug is pulled nobody listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TcpLink {
    /// Where it listens. With port zero it takes one that is free, and keeps it.
    pub address: SocketAddr,
}

/// One who is connected, for sending.
pub(super) trait Line: Send {
    /// Sends a frame. What cannot be taken soon is lost.
    fn send(&mut self, frame: &[u8]) -> std::io::Result<()>;
    /// Ends the connection, also for the thread that reads from it.
    fn close(&mut self);
}

/// A device that is plugged in.
pub(super) trait Plugged: Send {
    /// Where it is plugged in: the link's file, or the address.
    fn place(&self) -> String;
    /// Pulls the plug. The threads that are returned end as soon as nobody takes their inputs any more.
    fn unplug(self: Box<Self>) -> Vec<JoinHandle<()>>;
}

/// Where a link's threads tell what they see, with the number of this plugging in.
#[derive(Clone)]
pub(super) struct Inbox {
    pub(super) inputs: SyncSender<Input>,
    pub(super) plug: u64,
}

impl Link {
    pub(super) const fn is_hid(&self) -> bool {
        matches!(self, Self::Hid(_))
    }

    /// Whether the device notices that somebody opens or closes its line.
    pub(super) const fn notices(&self) -> bool {
        !self.is_hid()
    }

    /// Another port of the same kind, where the kind has ports.
    pub(super) fn move_to(&mut self, port: String) {
        match self {
            Self::Hid(link) => link.port = port,
            Self::Pty(link) => link.port = port,
            Self::Tcp(_) => {}
        }
    }

    pub(super) fn plug(&mut self, serial: &str, inbox: Inbox) -> Result<Box<dyn Plugged>, LinkError> {
        match self {
            Self::Hid(link) => hid::plug(link, serial, inbox),
            #[cfg(target_os = "linux")]
            Self::Pty(link) => pty::plug(link, inbox),
            #[cfg(not(target_os = "linux"))]
            Self::Pty(_) => Err(LinkError::Unsupported),
            Self::Tcp(link) => {
                let listener = socket::Listener::start(link.address, socket::Framing::Stream, inbox)?;
                link.address = listener.address();
                Ok(Box::new(listener))
            }
        }
    }
}

fn io(what: &'static str) -> impl FnOnce(std::io::Error) -> LinkError {
    move |source| LinkError::Io { what, source }
}

/// A port's name is one file name and hides nothing.
fn check_port(port: &str) -> Result<(), LinkError> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if port.is_empty() || port.starts_with('.') || !port.chars().all(good) {
        return Err(LinkError::PortName(port.to_owned()));
    }
    Ok(())
}
