//! A call's bounds on their way: how long is left, and a way to ask whether it is still wanted.

use std::time::{Duration, Instant};

use abi_stable::sabi_trait::TD_Opaque;
use madoguchi_driver_api::{Call, CancelFlag};

use crate::v1::{Bounds, CancelBox, ForeignCancel};

/// No call lasts longer; it keeps a wrong number from the other side out of clock arithmetic.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

struct HostFlag(CancelFlag);

impl ForeignCancel for HostFlag {
    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

/// The host's call, to be sent.
pub(crate) fn outgoing(call: &Call) -> Bounds {
    Bounds {
        remaining_us: micros(call.remaining()),
        cancel: CancelBox::from_value(HostFlag(call.cancel_flag().clone()), TD_Opaque),
    }
}

/// The call as the plugin sees it.
pub(crate) fn incoming(bounds: Bounds) -> Call {
    let Bounds { remaining_us, cancel } = bounds;
    Call::new(
        Instant::now() + duration(remaining_us),
        CancelFlag::following(move || cancel.is_cancelled()),
    )
}

/// A time as it crosses.
pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.min(LONGEST).as_micros()).unwrap_or(u64::MAX)
}

/// A time as it arrives.
pub(crate) fn duration(micros: u64) -> Duration {
    Duration::from_micros(micros).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use madoguchi_driver_api::Error;

    use super::*;

    #[test]
    fn the_bounds_cross() {
        let flag = CancelFlag::default();
        let call = Call::new(Instant::now() + Duration::from_secs(60), flag.clone());
        let arrived = incoming(outgoing(&call));
        assert!(arrived.remaining() > Duration::from_secs(59));
        assert_eq!(arrived.check(), Ok(()));
        flag.cancel();
        assert_eq!(arrived.check(), Err(Error::Cancelled));
        assert_eq!(
            incoming(outgoing(&Call::within(Duration::ZERO))).check(),
            Err(Error::Timeout)
        );
    }

    #[test]
    fn no_number_breaks_the_clock() {
        assert_eq!(duration(u64::MAX), LONGEST);
        assert_eq!(micros(Duration::MAX), micros(LONGEST));
    }
}
