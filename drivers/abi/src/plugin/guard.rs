//! Keeps panics inside: each entry catches its own and answers where it happened, never what it said.

use std::any::Any;
use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};

use abi_stable::std_types::RResult;
use madoguchi_driver_api::{Error, Host, LogLevel};

use crate::v2::Failure;

thread_local! {
    /// Where this thread panicked last; the hook knows it, the catcher does not.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Replaces the plugin's panic hook: the usual one prints the panic's text, which might hold personal data. A
/// plugin has a standard library of its own, so the host's hook is not touched.
pub(super) fn listen(host: Host) {
    set_hook(Box::new(move |panic| {
        let place = panic.location().map_or_else(
            || "panicked".to_owned(),
            |location| format!("panicked at {}:{}", location.file(), location.line()),
        );
        host.log(LogLevel::Error, &place);
        PLACE.set(Some(place));
    }));
}

/// Runs an entry.
pub(super) fn entry<T>(work: impl FnOnce() -> Result<T, Error>) -> RResult<T, Failure> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|payload| Err(panicked(payload)))
        .map_err(Failure::from)
        .into()
}

/// Runs an entry that cannot fail.
pub(super) fn quiet(work: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(work)) {
        panicked(payload);
    }
}

/// A maker's object whose drop is guarded too.
pub(super) struct Guarded<T: ?Sized>(ManuallyDrop<Box<T>>);

impl<T: ?Sized> Guarded<T> {
    pub(super) fn new(object: Box<T>) -> Self {
        Self(ManuallyDrop::new(object))
    }
}

impl<T: ?Sized> Deref for Guarded<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: ?Sized> DerefMut for Guarded<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: ?Sized> Drop for Guarded<T> {
    #[expect(
        unsafe_code,
        reason = "the object has to be dropped inside the guard, not after it"
    )]
    fn drop(&mut self) {
        // SAFETY: taken once, here, and never touched again.
        let object = unsafe { ManuallyDrop::take(&mut self.0) };
        quiet(|| drop(object));
    }
}

fn panicked(payload: Box<dyn Any + Send>) -> Error {
    // A payload's own drop may panic again, here where nothing catches it: a small leak is the lesser evil.
    std::mem::forget(payload);
    Error::DriverPanicked {
        detail: PLACE.take().unwrap_or_else(|| "panicked".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_without_its_text() {
        let result = entry(|| -> Result<(), Error> { panic!("secret") }).into_result();
        let Err(Error::DriverPanicked { detail }) = result.map_err(Error::from) else {
            panic!("not a panic");
        };
        assert_eq!(detail, "panicked");
        assert_eq!(entry(|| Ok(7)).into_result().map_err(Error::from), Ok(7));
        quiet(|| panic!("secret"));
    }
}
