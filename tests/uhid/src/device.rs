//! One link: its connection, its device, and a thread each way.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::uhid::{Identity, REPORT_LEN, Said, Uhid};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    address: SocketAddr,
    vendor_id: u16,
    product_id: u16,
    #[serde(default)]
    serial: String,
    #[serde(default)]
    product: String,
}

/// A link that is plugged in; dropped, it is pulled.
pub(crate) struct Device {
    uhid: Uhid,
    stream: TcpStream,
    gone: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Device {
    pub(crate) fn plug(path: &Path) -> Result<Self> {
        let link: Link = toml::from_str(&std::fs::read_to_string(path)?)?;
        let stream = TcpStream::connect_timeout(&link.address, CONNECT_TIMEOUT)?;
        stream.set_nodelay(true)?;
        let port = path.file_stem().unwrap_or_default().to_string_lossy();
        let uhid = Uhid::plug(&Identity {
            name: &link.product,
            port: &port,
            serial: &link.serial,
            vendor_id: link.vendor_id,
            product_id: link.product_id,
        })
        .context("/dev/uhid")?;
        let gone = Arc::new(AtomicBool::new(false));
        let threads = vec![
            spawn(&gone, uhid.try_clone()?, stream.try_clone()?, from_node)?,
            spawn(&gone, uhid.try_clone()?, stream.try_clone()?, from_device)?,
        ];
        Ok(Self {
            uhid,
            stream,
            gone,
            threads,
        })
    }

    /// Whether one of the two hung up.
    pub(crate) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // Both may be gone already.
        let _ = self.uhid.unplug();
        let _ = self.stream.shutdown(Shutdown::Both);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

type Way = fn(&Uhid, &TcpStream) -> std::io::Result<()>;

fn spawn(gone: &Arc<AtomicBool>, uhid: Uhid, stream: TcpStream, way: Way) -> std::io::Result<JoinHandle<()>> {
    let gone = Arc::clone(gone);
    thread::Builder::new().spawn(move || {
        let _ended = way(&uhid, &stream);
        gone.store(true, Ordering::Release);
    })
}

fn from_node(uhid: &Uhid, mut stream: &TcpStream) -> std::io::Result<()> {
    loop {
        match uhid.read()? {
            Said::Output(report) => {
                stream.write_all(&[&(REPORT_LEN as u16).to_be_bytes()[..], &report].concat())?;
            }
            Said::Stopped => return Ok(()),
            Said::Other => {}
        }
    }
}

fn from_device(uhid: &Uhid, mut stream: &TcpStream) -> std::io::Result<()> {
    loop {
        let mut head = [0; 2];
        stream.read_exact(&mut head)?;
        let mut report = vec![0; usize::from(u16::from_be_bytes(head))];
        stream.read_exact(&mut report)?;
        uhid.input(&report)?;
    }
}
