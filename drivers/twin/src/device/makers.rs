//! The makers whose readers are simulated: one line of the table each, one front in a file of its own.

pub mod almex;
pub mod atlas;
pub mod canon;
pub mod example;
pub mod fujitsu;
pub mod panasonic;

use std::path::Path;

use super::{Front, Generation, HidLink, Identity, Link, PtyLink, TcpLink};

/// How a maker's readers are plugged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plug {
    /// USB HID with these ids.
    Hid {
        /// The vendor's id.
        vendor_id: u16,
        /// The product's id.
        product_id: u16,
    },
    /// A serial line.
    Serial,
    /// A service of the maker's on the PC, over TCP.
    Tcp {
        /// What it wants to be told first, where it does.
        token: Option<&'static str>,
    },
}

/// Where a maker's readers have their card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChipSlot {
    /// Behind the same line as the screen.
    Own,
    /// As a PC/SC reader of its own beside it.
    PcSc,
}

/// A maker.
#[derive(Debug, Clone, Copy)]
pub struct Maker {
    /// The short name, such as `fujitsu`.
    pub name: &'static str,
    /// How its readers are plugged in.
    pub plug: Plug,
    /// Where they have their card.
    pub chip: ChipSlot,
    /// What a unit of that generation says of itself, with that serial number.
    pub identity: fn(Generation, &str) -> Identity,
    /// The firmware of a unit.
    pub front: fn(&Identity) -> Box<dyn Front>,
}

/// Every maker, by name; the example among them, which is no maker's.
pub const MAKERS: &[Maker] = &[
    almex::MAKER,
    atlas::MAKER,
    canon::MAKER,
    example::MAKER,
    fujitsu::MAKER,
    panasonic::MAKER,
];

impl Maker {
    /// The maker of that name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<&'static Self> {
        MAKERS.iter().find(|maker| maker.name == name)
    }

    /// A link of this maker's kind at a port of that folder; a service takes a port that is free.
    #[must_use]
    pub fn link(&self, folder: &Path, port: &str) -> Link {
        let (folder, port) = (folder.to_owned(), port.to_owned());
        match self.plug {
            Plug::Hid {
                vendor_id,
                product_id,
            } => Link::Hid(HidLink {
                folder,
                port,
                vendor_id,
                product_id,
                product: self.name.to_owned(),
            }),
            Plug::Serial => Link::Pty(PtyLink { folder, port }),
            Plug::Tcp { .. } => Link::Tcp(TcpLink {
                address: ([127, 0, 0, 1], 0).into(),
            }),
        }
    }

    /// What this maker's driver has to be told to find the twins of that folder: keys of its section of the
    /// configuration. `place` is where a service listens, as [`Twin::place`](super::Twin::place) says it.
    #[must_use]
    pub fn driver_settings(
        &self,
        folder: &Path,
        place: Option<&str>,
    ) -> Vec<(&'static str, serde_json::Value)> {
        let folder = folder.to_string_lossy();
        match self.plug {
            Plug::Hid { .. } => vec![("links", folder.into())],
            Plug::Serial => vec![("ports", vec![format!("{folder}/*")].into())],
            Plug::Tcp { token } => [("address", place), ("token", token)]
                .into_iter()
                .filter_map(|(key, value)| Some((key, value?.into())))
                .collect(),
        }
    }
}
