//! The codes that the fake readers know, beyond the echo.

use madoguchi_driver_api::control::FIRST_MAKER_CODE;

/// Panics at once.
pub const PANIC: u32 = FIRST_MAKER_CODE + 1;
/// Never returns.
pub const HANG: u32 = FIRST_MAKER_CODE + 2;
/// Aborts the process.
pub const ABORT: u32 = FIRST_MAKER_CODE + 3;
/// Takes 16 MiB of memory and never gives it back.
pub const LEAK: u32 = FIRST_MAKER_CODE + 4;
/// Puts the card on the reader: it is there and an event says so.
pub const INSERT_CARD: u32 = FIRST_MAKER_CODE + 5;
/// Takes the card off.
pub const REMOVE_CARD: u32 = FIRST_MAKER_CODE + 6;
/// Panics at the next call of any method, of this reader or of the driver.
pub const PANIC_NEXT: u32 = FIRST_MAKER_CODE + 7;
/// Waits until the call's bounds end it, as a good driver does.
pub const WAIT: u32 = FIRST_MAKER_CODE + 8;
/// Answers the settings that the driver was given.
pub const SETTINGS: u32 = FIRST_MAKER_CODE + 9;
