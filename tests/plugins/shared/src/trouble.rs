//! Misbehaviour, in one place.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use madoguchi_driver_api::{Call, Error};

use crate::SECRET;

/// A panic that waits for the next call.
#[derive(Default)]
pub(crate) struct Trap(AtomicBool);

impl Trap {
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Called first in each method.
    pub(crate) fn step(&self) {
        if self.0.swap(false, Ordering::AcqRel) {
            panic();
        }
    }
}

#[expect(clippy::panic, reason = "that is what it is for")]
pub(crate) fn panic() -> ! {
    panic!("{SECRET}")
}

pub(crate) fn hang() -> ! {
    loop {
        thread::park();
    }
}

pub(crate) fn leak() {
    // Written to, so that it counts as resident.
    std::mem::forget(vec![0xA5_u8; 16 << 20]);
}

/// Waits as a driver should: until the bounds say that it is over.
pub(crate) fn wait(call: &Call) -> Error {
    loop {
        if let Err(over) = call.check() {
            return over;
        }
        thread::sleep(call.slice() / 2);
    }
}
