//! What the host offers to a driver in C.

#![expect(unsafe_code, reason = "texts come from C as pointer and length")]

use std::cell::RefCell;
use std::ffi::{CString, c_char, c_void};
use std::slice;

use madoguchi_driver_api::Host;

use super::pending;
use crate::c;

/// A longer text is cut, in bytes.
const LONGEST_TEXT: usize = 4096;

thread_local! {
    /// What the driver said of the status that it is about to return on this thread.
    static DETAIL: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Before a call: what was said of another one is not this one's.
pub(super) fn forget_detail() {
    DETAIL.with_borrow_mut(String::clear);
}

/// After a call.
pub(super) fn take_detail() -> String {
    DETAIL.take()
}

/// The host for C. Never freed: like the library it stays for the life of the process, so that a thread which the
/// driver forgot may still log.
pub(super) fn host(host: Host) -> &'static c::Host {
    // JSON has no NUL in it.
    let settings = CString::new(host.settings()).unwrap_or_else(|_| c"{}".to_owned());
    let settings: &'static [u8] = Box::leak(settings.into_bytes_with_nul().into_boxed_slice());
    let host: &'static Host = Box::leak(Box::new(host));
    Box::leak(Box::new(c::Host {
        struct_size: size_of::<c::Host>(),
        context: std::ptr::from_ref(host).cast_mut().cast(),
        settings: settings.as_ptr().cast(),
        settings_length: settings.len() - 1,
        log,
        detail,
        remaining_us: pending::remaining_us,
        is_cancelled: pending::is_cancelled,
        progress: pending::progress,
    }))
}

unsafe extern "C" fn log(context: *mut c_void, level: u32, line: *const c_char, length: usize) {
    // SAFETY: the context is the one made above, which is never freed and never changed, or NULL.
    let host = unsafe { context.cast::<Host>().as_ref() };
    // SAFETY: the header says that so many bytes are there.
    let line = unsafe { text(line, length) };
    if let (Some(host), Some(line)) = (host, line) {
        crate::host::log(host, level, &line);
    }
}

unsafe extern "C" fn detail(_: *mut c_void, line: *const c_char, length: usize) {
    // SAFETY: the header says that so many bytes are there.
    if let Some(line) = unsafe { text(line, length) } {
        DETAIL.set(line);
    }
}

/// # Safety
/// The pointer is NULL or points to so many bytes.
unsafe fn text(start: *const c_char, length: usize) -> Option<String> {
    if start.is_null() {
        return None;
    }
    // SAFETY: as above, and never more of it than is there.
    let bytes = unsafe { slice::from_raw_parts(start.cast::<u8>(), length.min(LONGEST_TEXT)) };
    Some(String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;

    #[test]
    fn lines_and_settings_cross_and_nonsense_is_survived() {
        let (sink, lines) = sync_channel(4);
        let offered = host(
            Host::new(move |_, line| sink.send(line.to_owned()).unwrap()).with_settings(r#"{"port":"7"}"#),
        );
        let long = "x".repeat(LONGEST_TEXT * 2);
        // SAFETY: the context is the offer's, and each text has the length that is said, or is NULL.
        unsafe {
            (offered.log)(offered.context, 9, c"hello".as_ptr(), 5);
            (offered.log)(offered.context, 0, std::ptr::null(), 5);
            (offered.log)(std::ptr::null_mut(), 0, c"hello".as_ptr(), 5);
            (offered.log)(offered.context, 0, long.as_ptr().cast(), long.len());
            (offered.detail)(offered.context, c"\xFF".as_ptr(), 1);
            let settings = slice::from_raw_parts(offered.settings.cast::<u8>(), offered.settings_length + 1);
            assert_eq!(settings, b"{\"port\":\"7\"}\0");
        }
        assert_eq!(take_detail(), "\u{FFFD}");
        let told: Vec<_> = lines.try_iter().collect();
        assert_eq!(
            (told[0].as_str(), told[1].len(), told.len()),
            ("hello", LONGEST_TEXT, 2)
        );
    }
}
