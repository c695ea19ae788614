//! An open HID device.

use madoguchi_driver_api::{Call, Error};
use zeroize::Zeroizing;

use super::{link, system};

/// An open device. Dropping it closes it.
pub struct Line {
    back: Back,
    report_len: usize,
}

enum Back {
    System(system::Device),
    Link(link::Connection),
}

impl Line {
    pub(super) fn of_system(device: system::Device, report_len: usize) -> Self {
        Self {
            back: Back::System(device),
            report_len,
        }
    }

    pub(super) fn of_link(connection: link::Connection, report_len: usize) -> Self {
        Self {
            back: Back::Link(connection),
            report_len,
        }
    }

    /// The length of a report.
    #[must_use]
    pub fn report_len(&self) -> usize {
        self.report_len
    }

    /// Sends one output report, filled up with zeros.
    ///
    /// # Errors
    /// [`Error::ReaderRemoved`], [`Error::Timeout`], [`Error::Cancelled`]; [`Error::Protocol`] where the report is
    /// longer than reports are.
    pub fn write(&mut self, report: &[u8], call: &Call) -> Result<(), Error> {
        call.check()?;
        if report.len() > self.report_len {
            return Err(Error::Protocol {
                detail: format!(
                    "a report of {} bytes for reports of {}",
                    report.len(),
                    self.report_len
                ),
            });
        }
        // In front the report's number, which is none, or the link's length: one buffer, written at once, and wiped,
        // because a report may hold what nobody else may read.
        let mut whole = Zeroizing::new(Vec::with_capacity(self.report_len + 2));
        match &mut self.back {
            Back::System(device) => {
                whole.push(0);
                whole.extend_from_slice(report);
                whole.resize(1 + self.report_len, 0);
                device.write(&whole)
            }
            Back::Link(connection) => {
                let len = u16::try_from(self.report_len).unwrap_or(u16::MAX);
                whole.extend_from_slice(&len.to_be_bytes());
                whole.extend_from_slice(report);
                whole.resize(2 + usize::from(len), 0);
                connection.write(&whole, call)
            }
        }
    }

    /// Waits for one input report; `report` is cleared and receives it.
    ///
    /// # Errors
    /// [`Error::ReaderRemoved`], [`Error::Timeout`], [`Error::Cancelled`]; [`Error::Protocol`] for a report of
    /// another length.
    pub fn read(&mut self, report: &mut Vec<u8>, call: &Call) -> Result<(), Error> {
        report.clear();
        match &mut self.back {
            Back::System(device) => device.read(report, self.report_len, call)?,
            Back::Link(connection) => connection.read(report, call)?,
        }
        if report.len() == self.report_len {
            Ok(())
        } else {
            Err(Error::Protocol {
                detail: format!(
                    "a report of {} bytes instead of {}",
                    report.len(),
                    self.report_len
                ),
            })
        }
    }
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("hid::Line")
            .field("report_len", &self.report_len)
            .finish_non_exhaustive()
    }
}
