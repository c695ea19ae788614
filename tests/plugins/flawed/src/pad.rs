//! A PIN pad that goes on behind the caller's back.

use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use madoguchi_driver_api::screen::PinRequest;
use madoguchi_driver_api::{Call, Error, Pin, Reader};

/// So long it goes on at most.
const LONGEST: Duration = Duration::from_secs(2);

/// Returns in time, and leaves the pad on the device where the call was called off: the reader is gone with it.
pub(crate) fn left_on(
    good: &mut Option<Box<dyn Reader>>,
    request: &PinRequest,
    call: &Call,
) -> Result<Option<Pin>, Error> {
    call.check()?;
    let mut reader = good.take().ok_or(Error::ReaderRemoved)?;
    let (done, ended) = sync_channel(1);
    let longer = Call::within(call.remaining().min(LONGEST));
    let request = request.clone();
    std::thread::spawn(move || {
        let result = reader.enter_pin(&request, &longer);
        let _ = done.send((reader, result));
    });
    loop {
        match ended.recv_timeout(call.slice()) {
            Ok((reader, result)) => {
                *good = Some(reader);
                return result;
            }
            Err(RecvTimeoutError::Disconnected) => return Err(Error::ReaderRemoved),
            Err(RecvTimeoutError::Timeout) => {
                // By its deadline it ends by itself.
                if call.check() == Err(Error::Cancelled) {
                    return Err(Error::Cancelled);
                }
            }
        }
    }
}
