//! The driver's struct: looked at field by field before anything in it is called.

#![expect(unsafe_code, reason = "reads a struct of a C library")]

use std::mem::{MaybeUninit, offset_of};

use crate::c::{DRIVER_MAGIC, DRIVER_MAJOR, Driver};

/// A copy of a struct that holds what this contract needs. What the library's own lacks at its end is NULL.
#[derive(Clone, Copy)]
pub(in crate::host) struct Contract(Driver);

/// Where minor version 0 ended. Frozen: `control` is its last field.
const LEAST_SIZE: usize = offset_of!(Driver, control) + size_of::<usize>();

/// The part that every major version begins with.
#[repr(C)]
#[derive(Clone, Copy)]
struct Head {
    magic: u32,
    major: u16,
    minor: u16,
    struct_size: usize,
}

impl Contract {
    /// Reads the struct; the error says in one line what is wrong with it.
    ///
    /// # Safety
    /// The pointer is NULL or points to the struct of a driver: its first fields, and as many bytes as these say.
    pub(in crate::host) unsafe fn read(driver: *const Driver) -> Result<Self, String> {
        if driver.is_null() {
            return Err("its entry answered NULL".to_owned());
        }
        // SAFETY: by this function's contract the first fields are there.
        let head = unsafe { driver.cast::<Head>().read_unaligned() };
        if head.magic != DRIVER_MAGIC {
            return Err(format!(
                "its magic is {:#010x}, not {DRIVER_MAGIC:#010x}",
                head.magic
            ));
        }
        if head.major != DRIVER_MAJOR {
            return Err(format!(
                "expected version {DRIVER_MAJOR} of the C border, found {}.{}",
                head.major, head.minor
            ));
        }
        if head.struct_size < LEAST_SIZE {
            return Err(format!(
                "its struct has {} bytes, version {DRIVER_MAJOR}.0 has {LEAST_SIZE}",
                head.struct_size
            ));
        }
        let mut copy = MaybeUninit::<Driver>::zeroed();
        let known = head.struct_size.min(size_of::<Driver>());
        // SAFETY: the library's struct has at least `known` bytes by its own word, the copy by `min`.
        unsafe {
            copy.as_mut_ptr()
                .cast::<u8>()
                .copy_from_nonoverlapping(driver.cast(), known);
        }
        // SAFETY: numbers and nullable function pointers may have any bits, and those not copied are zero.
        let copy = unsafe { copy.assume_init() };
        match missing(&copy) {
            Some(name) => Err(format!("its `{name}` is NULL")),
            None => Ok(Self(copy)),
        }
    }
}

impl std::ops::Deref for Contract {
    type Target = Driver;

    fn deref(&self) -> &Driver {
        &self.0
    }
}

/// The first function that has to be there and is not.
fn missing(driver: &Driver) -> Option<&'static str> {
    let needed = [
        ("start", driver.start.is_some()),
        ("stop", driver.stop.is_some()),
        ("info", driver.info.is_some()),
        ("readers", driver.readers.is_some()),
        ("next_event", driver.next_event.is_some()),
        ("interrupt", driver.interrupt.is_some()),
        ("open", driver.open.is_some()),
        ("close", driver.close.is_some()),
        ("power_on", driver.power_on.is_some()),
        ("transmit", driver.transmit.is_some()),
        ("power_off", driver.power_off.is_some()),
    ];
    needed
        .into_iter()
        .find_map(|(name, there)| (!there).then_some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_frozen() {
        assert_eq!(size_of::<Head>(), offset_of!(Driver, start));
        if size_of::<usize>() == 8 {
            assert_eq!((LEAST_SIZE, size_of::<Driver>()), (152, 152));
        }
    }

    #[test]
    fn null_is_no_driver() {
        // SAFETY: NULL is allowed.
        let read = unsafe { Contract::read(std::ptr::null()) };
        assert_eq!(read.err().as_deref(), Some("its entry answered NULL"));
    }
}
