//! Memory of the host's that a driver writes into, and what a status says.

use zeroize::Zeroize;

use crate::c::{Buffer, OK, Status};
use crate::host::answer::protocol;
use crate::v2::Failure;
use madoguchi_driver_api::Error;

use super::offer;

/// Room that is wiped whole, in bytes: a PIN's and an answer to reset's.
const SMALL: usize = 64;

/// Wiped when it is dropped: any of it may be personal.
pub(super) struct Room {
    bytes: Vec<u8>,
    /// How much of it a driver may have written to since it was wiped.
    used: usize,
}

impl Room {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            bytes: vec![0; capacity],
            used: 0,
        }
    }

    /// Has the driver write; answers what it wrote.
    pub(super) fn fill(
        &mut self,
        what: &str,
        write: impl FnOnce(&mut Buffer) -> Status,
    ) -> Result<&[u8], Error> {
        let capacity = self.bytes.len();
        let mut buffer = Buffer {
            data: self.bytes.as_mut_ptr(),
            capacity,
            length: 0,
        };
        let result = call(|| write(&mut buffer));
        // Where it cannot be known how much was written, and where that costs nothing, all of it is wiped.
        self.used = match &result {
            Ok(()) if capacity > SMALL => buffer.length.min(capacity),
            _ => capacity,
        };
        result?;
        self.bytes
            .get(..buffer.length)
            .ok_or_else(|| protocol(format!("{what}: longer than its room")))
    }

    /// Forgets what was written.
    pub(super) fn wipe(&mut self) {
        if let Some(written) = self.bytes.get_mut(..self.used) {
            written.zeroize();
        }
        self.used = 0;
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.wipe();
    }
}

/// Calls a function of the driver; the status becomes a result, with the detail that was told meanwhile.
pub(super) fn call(function: impl FnOnce() -> Status) -> Result<(), Error> {
    offer::forget_detail();
    match function() {
        OK => Ok(()),
        code => Err(Error::from(Failure {
            code,
            detail: offer::take_detail().into(),
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::c;

    #[test]
    fn a_length_beyond_the_room_is_not_believed() {
        let mut room = Room::new(4);
        let written = room.fill("answer", |buffer| {
            buffer.length = 5;
            OK
        });
        assert_eq!(
            written,
            Err(Error::Protocol {
                detail: "answer: longer than its room".to_owned()
            })
        );
        assert_eq!(
            room.fill("answer", |buffer| {
                buffer.length = 4;
                OK
            }),
            Ok(&[0; 4][..])
        );
        assert_eq!(room.fill("answer", |_| c::TIMEOUT), Err(Error::Timeout));
    }

    #[test]
    fn every_status_of_the_header_is_the_error_that_it_is_called() {
        let detail = String::new;
        let table = [
            (c::CARD_REMOVED, Error::CardRemoved),
            (c::NO_CARD, Error::NoCard),
            (c::CARD_RESET, Error::CardReset),
            (c::CARD_UNRESPONSIVE, Error::CardUnresponsive),
            (c::CARD_NOT_RECOGNIZED, Error::CardNotRecognized),
            (c::READER_REMOVED, Error::ReaderRemoved),
            (c::READER_BUSY, Error::ReaderBusy),
            (
                c::READER_UNAVAILABLE,
                Error::ReaderUnavailable { detail: detail() },
            ),
            (c::SERVICE_UNAVAILABLE, Error::ServiceUnavailable),
            (c::TIMEOUT, Error::Timeout),
            (c::CANCELLED, Error::Cancelled),
            (c::UNSUPPORTED, Error::Unsupported),
            (c::PROTOCOL, Error::Protocol { detail: detail() }),
            (c::DRIVER_FAILED, Error::DriverPanicked { detail: detail() }),
        ];
        for (status, error) in table {
            assert_eq!(call(|| status), Err(error));
        }
        assert!(matches!(call(|| 4711), Err(Error::Protocol { .. })));
    }
}
