//! What goes wrong with a device, as data. Frames are counted from one, from the moment the faults are set.

mod plan;

use serde::{Deserialize, Serialize};

use super::random::Random;

pub(super) use plan::{Action, Plan};

/// What goes wrong with a device. The same faults and the same frames give the same bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeviceFaults {
    /// Where the random bytes come from.
    pub seed: u64,
    /// The faults; those of one frame happen in this order.
    pub faults: Vec<Fault>,
}

/// One fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// When.
    pub at: At,
    /// What.
    pub what: What,
}

/// The frame at which a fault happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum At {
    /// The n-th that the device sends.
    Sent(u32),
    /// The n-th that reaches the device. On a byte stream that is a chunk, which is what the driver wrote at once, mostly.
    Received(u32),
}

/// What happens to the frame, or to the device in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum What {
    /// Random bytes in its place, as many.
    Garbage,
    /// Only its first half; a HID report is filled with zeroes, since the bus has no half ones.
    Half,
    /// It is lost.
    Lost,
    /// Its checksum is wrong.
    WrongChecksum,
    /// It comes twice.
    Duplicate,
    /// It and those after it that the device sends are late, each behind the other.
    Slow {
        /// By how much.
        delay_ms: u32,
        /// How many.
        frames: u32,
    },
    /// The plug is pulled before it.
    Unplug {
        /// And put back after this; none: not by itself.
        back_after_ms: Option<u32>,
    },
    /// The device does not react any more, from before this frame.
    Freeze {
        /// For how long; none: until somebody pulls the plug.
        for_ms: Option<u32>,
    },
    /// The device restarts before it.
    Reboot {
        /// How long it is away.
        takes_ms: u32,
    },
    /// The device's clock jumps; the frame is not touched.
    ClockJump {
        /// By how much, back where negative.
        by_s: i64,
    },
}

impl DeviceFaults {
    /// One fault at one frame.
    #[must_use]
    pub fn one(at: At, what: What) -> Self {
        Self {
            seed: 0,
            faults: vec![Fault { at, what }],
        }
    }

    /// One fault by chance, at one of the first so many frames. The same seed gives the same fault. The device is back
    /// after a while whatever it is.
    #[must_use]
    pub fn random(seed: u64, within: u32) -> Self {
        let mut random = Random::new(seed);
        let frame = 1 + random.below(within.max(1));
        let at = if random.below(2) == 0 {
            At::Sent(frame)
        } else {
            At::Received(frame)
        };
        let millis = 50 + random.below(450);
        let what = match random.below(10) {
            0 => What::Garbage,
            1 => What::Half,
            2 => What::Lost,
            3 => What::WrongChecksum,
            4 => What::Duplicate,
            5 => What::Slow {
                delay_ms: millis,
                frames: 1 + random.below(5),
            },
            6 => What::Unplug {
                back_after_ms: Some(millis),
            },
            7 => What::Freeze { for_ms: Some(millis) },
            8 => What::Reboot { takes_ms: millis },
            _ => What::ClockJump {
                by_s: i64::from(random.below(7_200)) - 3_600,
            },
        };
        Self {
            seed,
            faults: vec![Fault { at, what }],
        }
    }
}

#[cfg(test)]
mod tests;
