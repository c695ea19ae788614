//! One call into the driver as the driver holds it, and what it may ask of it.

#![expect(
    unsafe_code,
    reason = "a driver in C hands back the pointer that it was given"
)]

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::slice;
use std::thread::{self, ThreadId};

use madoguchi_driver_api::Call;
use madoguchi_driver_api::visit::Progress;

use crate::{bounds, c, message};

/// Where the progress of a visit goes.
type Sink<'a> = &'a mut dyn FnMut(Progress);

/// Lives on the stack of the thread that calls the driver, for as long as the call lasts.
pub(super) struct Pending<'a> {
    call: &'a Call,
    thread: ThreadId,
    progress: RefCell<Option<Sink<'a>>>,
}

impl<'a> Pending<'a> {
    pub(super) fn new(call: &'a Call) -> Self {
        Self {
            call,
            thread: thread::current().id(),
            progress: RefCell::new(None),
        }
    }

    pub(super) fn with_progress(call: &'a Call, progress: Sink<'a>) -> Self {
        Self {
            progress: RefCell::new(Some(progress)),
            ..Self::new(call)
        }
    }

    /// The pointer for the driver. It must not outlive this.
    pub(super) fn as_ptr(&self) -> *const c::Call {
        std::ptr::from_ref(self).cast()
    }
}

/// # Safety
/// The pointer is NULL or one that [`Pending::as_ptr`] gave for a call that still lasts.
unsafe fn pending<'p>(call: *const c::Call) -> Option<&'p Pending<'p>> {
    // SAFETY: as above.
    unsafe { call.cast::<Pending<'p>>().as_ref() }
}

pub(super) unsafe extern "C" fn remaining_us(call: *const c::Call) -> u64 {
    // SAFETY: the header says which pointers may be passed and for how long.
    unsafe { pending(call) }.map_or(0, |pending| bounds::micros(pending.call.remaining()))
}

pub(super) unsafe extern "C" fn is_cancelled(call: *const c::Call) -> bool {
    // SAFETY: as in `remaining_us`.
    unsafe { pending(call) }.is_none_or(|pending| {
        let asked = catch_unwind(AssertUnwindSafe(|| pending.call.cancel_flag().is_cancelled()));
        asked.unwrap_or(true)
    })
}

pub(super) unsafe extern "C" fn progress(call: *const c::Call, bytes: *const u8, length: usize) {
    // SAFETY: as in `remaining_us`.
    let Some(pending) = (unsafe { pending(call) }) else {
        return;
    };
    // The sink is the calling thread's own.
    if bytes.is_null() || length > message::MAX_LEN || pending.thread != thread::current().id() {
        return;
    }
    // SAFETY: the header says that so many bytes are there, and only for as long as this takes.
    let bytes = unsafe { slice::from_raw_parts(bytes, length) };
    // A step that a later contract added is not shown; the outcome counts.
    if let Ok(step) = message::decode("progress", bytes)
        && let Ok(mut sink) = pending.progress.try_borrow_mut()
        && let Some(sink) = sink.as_mut()
    {
        // Nothing unwinds into C.
        let _ = catch_unwind(AssertUnwindSafe(|| sink(step)));
    }
}

#[cfg(test)]
mod tests {
    use std::ptr::null;
    use std::time::Duration;

    use super::*;

    /// What a driver may do with any pointer, from the thread that is given.
    fn tell(call: *const c::Call, bytes: &[u8]) {
        // SAFETY: the tests pass NULL or a call that lasts.
        unsafe { progress(call, bytes.as_ptr(), bytes.len()) };
    }

    #[test]
    fn progress_is_told_from_the_calling_thread_and_nonsense_is_not() {
        let call = Call::within(Duration::from_secs(1));
        let mut steps = Vec::new();
        let mut sink = |step| steps.push(step);
        let signing = message::encode("progress", &Progress::Signing).unwrap();
        {
            let pending = Pending::with_progress(&call, &mut sink);
            tell(pending.as_ptr(), &signing);
            tell(pending.as_ptr(), b"nonsense");
            tell(null(), &signing);
            let address = pending.as_ptr().expose_provenance();
            thread::scope(|scope| {
                scope.spawn(|| tell(std::ptr::with_exposed_provenance(address), &signing));
            });
            // SAFETY: NULL is nonsense, and refused.
            unsafe { progress(pending.as_ptr(), null(), 3) };
        }
        assert_eq!(steps, [Progress::Signing]);
    }

    #[test]
    fn a_call_that_is_none_is_over() {
        // SAFETY: NULL is allowed.
        unsafe {
            assert_eq!(remaining_us(null()), 0);
            assert!(is_cancelled(null()));
        }
    }
}
