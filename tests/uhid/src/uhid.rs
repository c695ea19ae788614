//! The kernel's uhid: events of fixed layout, written to and read from /dev/uhid. See linux/uhid.h.

use std::fs::File;
use std::io::{self, Read as _, Write as _};

/// So long is a report, in both directions.
pub(crate) const REPORT_LEN: usize = 64;

/// A vendor's page, 64 bytes in, 64 bytes out, no report numbers.
const DESCRIPTOR: [u8; 27] = [
    0x06, 0x00, 0xFF, 0x09, 0x01, 0xA1, 0x01, 0x09, 0x02, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95,
    0x40, 0x81, 0x02, 0x09, 0x03, 0x95, 0x40, 0x91, 0x02, 0xC0,
];

const DESTROY: u32 = 1;
const STOP: u32 = 3;
const OUTPUT: u32 = 6;
const GET_REPORT: u32 = 9;
const GET_REPORT_REPLY: u32 = 10;
const CREATE: u32 = 11;
const INPUT: u32 = 12;
const SET_REPORT: u32 = 13;
const SET_REPORT_REPLY: u32 = 14;

const BUS_USB: u16 = 3;
/// EIO.
const REFUSED: u16 = 5;
const DATA_MAX: usize = 4096;
const TYPE_LEN: usize = 4;
/// The longest event: name, place, serial number, numbers, descriptor.
const EVENT_MAX: usize = TYPE_LEN + 128 + 64 + 64 + 20 + DATA_MAX;

/// What a device is to the kernel.
pub(crate) struct Identity<'a> {
    pub(crate) name: &'a str,
    pub(crate) port: &'a str,
    pub(crate) serial: &'a str,
    pub(crate) vendor_id: u16,
    pub(crate) product_id: u16,
}

/// What the kernel says.
pub(crate) enum Said {
    /// Somebody wrote a report to the node.
    Output([u8; REPORT_LEN]),
    /// The device is gone.
    Stopped,
    /// Nothing that matters here.
    Other,
}

/// A device of the kernel's, gone with its last handle.
pub(crate) struct Uhid(File);

impl Uhid {
    pub(crate) fn plug(identity: &Identity<'_>) -> io::Result<Self> {
        let file = File::options().read(true).write(true).open("/dev/uhid")?;
        let mut event = CREATE.to_ne_bytes().to_vec();
        for (text, room) in [(identity.name, 128), (identity.port, 64), (identity.serial, 64)] {
            let end = event.len() + room;
            // The last byte stays zero.
            event.extend(text.bytes().take(room - 1));
            event.resize(end, 0);
        }
        event.extend((DESCRIPTOR.len() as u16).to_ne_bytes());
        event.extend(BUS_USB.to_ne_bytes());
        for number in [
            u32::from(identity.vendor_id),
            u32::from(identity.product_id),
            0,
            0,
        ] {
            event.extend(number.to_ne_bytes());
        }
        event.extend(DESCRIPTOR);
        let uhid = Self(file);
        uhid.write(&event)?;
        Ok(uhid)
    }

    pub(crate) fn try_clone(&self) -> io::Result<Self> {
        self.0.try_clone().map(Self)
    }

    /// A report from the device.
    pub(crate) fn input(&self, report: &[u8]) -> io::Result<()> {
        let len = u16::try_from(report.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        self.write(&[&INPUT.to_ne_bytes()[..], &len.to_ne_bytes(), report].concat())
    }

    /// Pulls the plug; who reads is told [`Said::Stopped`].
    pub(crate) fn unplug(&self) -> io::Result<()> {
        self.write(&DESTROY.to_ne_bytes())
    }

    /// Waits for what the kernel says.
    pub(crate) fn read(&self) -> io::Result<Said> {
        let mut event = [0; EVENT_MAX];
        let count = (&self.0).read(&mut event)?;
        let Some((kind, rest)) = event[..count].split_first_chunk::<TYPE_LEN>() else {
            return Ok(Said::Other);
        };
        match u32::from_ne_bytes(*kind) {
            STOP => Ok(Said::Stopped),
            OUTPUT => Ok(output(rest).map_or(Said::Other, Said::Output)),
            // There are no such reports: who asks is told so, or he waits for seconds.
            GET_REPORT => self.refuse(GET_REPORT_REPLY, rest),
            SET_REPORT => self.refuse(SET_REPORT_REPLY, rest),
            _ => Ok(Said::Other),
        }
    }

    fn refuse(&self, reply: u32, request: &[u8]) -> io::Result<Said> {
        let id = request.get(..4).unwrap_or_default();
        self.write(&[&reply.to_ne_bytes()[..], id, &REFUSED.to_ne_bytes(), &[0; 2]].concat())?;
        Ok(Said::Other)
    }

    fn write(&self, event: &[u8]) -> io::Result<()> {
        (&self.0).write_all(event)
    }
}

/// The report in an output event: 4096 bytes of room, two of size; hidraw puts the report's number in front, which is none.
fn output(event: &[u8]) -> Option<[u8; REPORT_LEN]> {
    let size = event.get(DATA_MAX..DATA_MAX + 2)?;
    let size = usize::from(u16::from_ne_bytes([size[0], size[1]]));
    match event.get(..size)? {
        [0, report @ ..] if report.len() == REPORT_LEN => report.try_into().ok(),
        report => report.try_into().ok(),
    }
}
