//! A HID device as a file in a folder.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use serde::Serialize;

use super::socket::{Framing, Listener};
use super::{HidLink, Inbox, LinkError, Plugged, check_port, io};

/// What the file says.
#[derive(Serialize)]
struct LinkFile<'a> {
    address: SocketAddr,
    vendor_id: u16,
    product_id: u16,
    serial: &'a str,
    product: &'a str,
}

struct Hid {
    path: PathBuf,
    listener: Listener,
}

pub(super) fn plug(link: &HidLink, serial: &str, inbox: Inbox) -> Result<Box<dyn Plugged>, LinkError> {
    check_port(&link.port)?;
    std::fs::create_dir_all(&link.folder).map_err(io("the folder of links"))?;
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listener = Listener::start(anywhere, Framing::Reports, inbox)?;
    let file = LinkFile {
        address: listener.address(),
        vendor_id: link.vendor_id,
        product_id: link.product_id,
        serial,
        product: &link.product,
    };
    let path = link.folder.join(format!("{}.toml", link.port));
    let written = toml::to_string(&file)
        .map_err(std::io::Error::other)
        .and_then(|text| write(&link.folder.join(format!(".{}.new", link.port)), &path, &text));
    match written {
        Ok(()) => Ok(Box::new(Hid { path, listener })),
        Err(source) => {
            drop(listener.end());
            Err(io("the link's file")(source))
        }
    }
}

/// Nobody sees half a file.
fn write(new: &Path, path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::write(new, text)?;
    std::fs::rename(new, path)
}

impl Plugged for Hid {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn unplug(self: Box<Self>) -> Vec<JoinHandle<()>> {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(%error, "the link's file was gone before the plug was pulled");
        }
        self.listener.end()
    }
}
