//! The border for drivers in C: what `include/madoguchi_driver.h` is generated from. Frozen like the versions of the
//! Rust border; it grows at the ends of its two structs only, which is a new minor version.
//!
//! Names and comments are written for the reader of the header. `cargo xtask gen` writes it.

use std::ffi::{CStr, c_char, c_void};

/// The first field of `madoguchi_driver`: "MDG1" as a number.
pub const DRIVER_MAGIC: u32 = 0x4D44_4731;
/// The version of this contract. Another major version is another contract.
pub const DRIVER_MAJOR: u16 = 1;
/// The minor version that this header describes. A later one only adds at the ends of the two structs.
pub const DRIVER_MINOR: u16 = 0;
/// What `abi` says in the `plugin.toml` of a driver for this contract.
pub const DRIVER_ABI: u32 = 101;

/// How a call ended. The codes never change their meaning.
pub type Status = u32;
/// As it should.
pub const OK: Status = 0;
/// The card was taken away or the phone moved off.
pub const CARD_REMOVED: Status = 1;
/// There is no card to power.
pub const NO_CARD: Status = 2;
/// The card was reset behind the driver's back: what was selected and verified is lost.
pub const CARD_RESET: Status = 3;
/// The card is there and does not answer.
pub const CARD_UNRESPONSIVE: Status = 4;
/// The reader is gone.
pub const READER_REMOVED: Status = 5;
/// Another program holds the reader.
pub const READER_BUSY: Status = 6;
/// The reader is there and may not or cannot be opened. Say why with `detail`.
pub const READER_UNAVAILABLE: Status = 7;
/// The service behind the readers does not answer.
pub const SERVICE_UNAVAILABLE: Status = 8;
/// The call's deadline passed.
pub const TIMEOUT: Status = 9;
/// The call was called off.
pub const CANCELLED: Status = 10;
/// This reader cannot do that; its capabilities said so.
pub const UNSUPPORTED: Status = 11;
/// Something arrived that the protocol does not allow. Say what with `detail`.
pub const PROTOCOL: Status = 12;
/// The driver itself failed. Say where with `detail`.
pub const DRIVER_FAILED: Status = 13;
/// What lies there is no IC card: the reader looked for a chip in its own time and found none.
pub const CARD_NOT_RECOGNIZED: Status = 14;

/// Levels of `log`: somebody has to do something.
pub const LOG_ERROR: u32 = 0;
/// Something is off, the driver copes.
pub const LOG_WARN: u32 = 1;
/// What an operator wants to know.
pub const LOG_INFO: u32 = 2;
/// What an engineer wants to know.
pub const LOG_DEBUG: u32 = 3;

/// Room that the host offers for a message, in bytes: information, readers, an event, an answer, an outcome.
pub const MESSAGE_ROOM: usize = 1 << 20;
/// Room for a response APDU, status word included.
pub const RESPONSE_ROOM: usize = 65_538;
/// Room for an answer to reset.
pub const ATR_ROOM: usize = 64;
/// Room for the digits of a PIN.
pub const PIN_ROOM: usize = 64;
/// Room for what `control` answers.
pub const CONTROL_ROOM: usize = 1 << 17;

/// Room that the host offers and the driver writes into. The driver sets `length` and changes nothing else.
#[repr(C)]
#[derive(Debug)]
pub struct Buffer {
    /// The host's memory, zeroed. The driver keeps no pointer to it after the call.
    pub data: *mut u8,
    /// How many bytes fit. An answer that does not fit is `MADOGUCHI_PROTOCOL`, never cut.
    pub capacity: usize,
    /// How many bytes are written; 0 when the call begins.
    pub length: usize,
}

/// The bounds of one call. The driver holds it for as long as the call lasts, asks it through the host, and must
/// return at the latest 50 ms after its deadline or cancellation: a wait asks every 10 ms.
#[derive(Debug)]
pub struct Call {
    _hidden: [u8; 0],
}

/// What the host offers to a driver; valid until `stop` returns.
#[repr(C)]
#[derive(Debug)]
pub struct Host {
    /// The size of this struct at the host: what lies beyond it is not there.
    pub struct_size: usize,
    /// To be passed to `log` and `detail`.
    pub context: *mut c_void,
    /// The driver's section of the gateway's configuration, `drivers.settings.<id>`: a JSON object in UTF-8, `{}`
    /// where there is none, with a NUL behind it.
    pub settings: *const c_char,
    /// The length of `settings` without the NUL.
    pub settings_length: usize,
    /// Logs a line of UTF-8, from any thread. Never anything that was read from a card or typed by a person. A
    /// driver's standard streams are closed: this is the way out.
    pub log: unsafe extern "C" fn(context: *mut c_void, level: u32, line: *const c_char, length: usize),
    /// Says more about the status with which the function that is being called now will return, for engineers; from
    /// the calling thread. Never anything that was read from a card or typed by a person.
    pub detail: unsafe extern "C" fn(context: *mut c_void, text: *const c_char, length: usize),
    /// How many microseconds are left until the call's deadline, from any thread.
    pub remaining_us: unsafe extern "C" fn(call: *const Call) -> u64,
    /// Whether the call is not wanted any more, from any thread.
    pub is_cancelled: unsafe extern "C" fn(call: *const Call) -> bool,
    /// Tells how far a delegated visit is: a `progress` message; from the calling thread, within `run_visit`.
    pub progress: unsafe extern "C" fn(call: *const Call, message: *const u8, length: usize),
}

/// A driver: what `madoguchi_driver_entry_v1` answers, a constant that is valid for ever.
///
/// Messages are JSON in UTF-8, `{"version":1,"body":...}`; `MESSAGES.md` beside the header's folder shows each. A
/// function that fails returns another status than `MADOGUCHI_OK`; what it wrote is not read then.
///
/// Threads: `next_event` is called by one thread for ever, the other functions of the driver by any other at the same
/// time. A reader is used by one thread at a time, each reader by another one. `interrupt` may come at any time.
///
/// Nothing may be NULL except where it says so.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Driver {
    /// `MADOGUCHI_DRIVER_MAGIC`.
    pub magic: u32,
    /// `MADOGUCHI_DRIVER_MAJOR`.
    pub major: u16,
    /// `MADOGUCHI_DRIVER_MINOR`.
    pub minor: u16,
    /// `sizeof(madoguchi_driver)`.
    pub struct_size: usize,

    /// Makes the driver, once in the life of a process. `*driver` is then passed to the functions below.
    pub start: Option<unsafe extern "C" fn(host: *const Host, driver: *mut *mut c_void) -> Status>,
    /// Frees the driver, after its last reader was closed and with no call in it.
    pub stop: Option<unsafe extern "C" fn(driver: *mut c_void)>,
    /// Writes the `driver info` message. Returns at once.
    pub info: Option<unsafe extern "C" fn(driver: *mut c_void, message: *mut Buffer) -> Status>,
    /// Writes the `readers` message: every reader that is connected now, also one that may not be opened, with the
    /// reason.
    pub readers: Option<unsafe extern "C" fn(driver: *mut c_void, message: *mut Buffer) -> Status>,
    /// Waits for the next thing that happens to any reader and writes the `event` message; leaves `length` at 0 where
    /// nothing happened in `timeout_us` microseconds.
    pub next_event:
        Option<unsafe extern "C" fn(driver: *mut c_void, timeout_us: u64, message: *mut Buffer) -> Status>,
    /// Makes a waiting `next_event` return soon.
    pub interrupt: Option<unsafe extern "C" fn(driver: *mut c_void)>,
    /// Opens a reader by its selector, for exclusive use. `*reader` is then passed to the functions below.
    pub open: Option<
        unsafe extern "C" fn(
            driver: *mut c_void,
            selector: *const c_char,
            call: *const Call,
            reader: *mut *mut c_void,
        ) -> Status,
    >,
    /// Powers the card off, closes the device and frees the reader.
    pub close: Option<unsafe extern "C" fn(reader: *mut c_void)>,
    /// Powers the card up for exclusive use and writes the answer to reset.
    pub power_on:
        Option<unsafe extern "C" fn(reader: *mut c_void, call: *const Call, atr: *mut Buffer) -> Status>,
    /// Sends one command APDU and writes data and status word of the response. Repeats nothing by itself. A card that
    /// was pulled in the middle is `MADOGUCHI_CARD_REMOVED`, never a short response.
    pub transmit: Option<
        unsafe extern "C" fn(
            reader: *mut c_void,
            command: *const u8,
            command_length: usize,
            call: *const Call,
            response: *mut Buffer,
        ) -> Status,
    >,
    /// Powers the card off, so that nothing stays verified. Does nothing where none is powered.
    pub power_off: Option<unsafe extern "C" fn(reader: *mut c_void)>,

    /// Shows the page of a `screen` message and writes the `answer` message. Where the page asks, it waits for the
    /// answer; any other is answered with "seen" at once and stays. A call that ends early clears its page. A page
    /// that the driver does not know is `MADOGUCHI_UNSUPPORTED`. NULL without the capability SCREEN.
    pub present: Option<
        unsafe extern "C" fn(
            reader: *mut c_void,
            screen: *const u8,
            screen_length: usize,
            call: *const Call,
            answer: *mut Buffer,
        ) -> Status,
    >,
    /// Takes a PIN on the device for a `PIN request` message and writes its digits as ASCII; leaves `length` at 0
    /// where the patient chose not to. The digits are nowhere else when this returned: the host wipes its room, the
    /// driver everything of its own. NULL without the capability PIN_PAD.
    pub enter_pin: Option<
        unsafe extern "C" fn(
            reader: *mut c_void,
            request: *const u8,
            request_length: usize,
            call: *const Call,
            digits: *mut Buffer,
        ) -> Status,
    >,
    /// Verifies the face against the powered card by the maker's own operation, for a `face request` message, and
    /// writes the `face outcome` message. After a match the JPKI application is selected and its key signs without a
    /// PIN until the card loses its power. NULL without the capability FACE.
    pub verify_face: Option<
        unsafe extern "C" fn(
            reader: *mut c_void,
            request: *const u8,
            request_length: usize,
            call: *const Call,
            outcome: *mut Buffer,
        ) -> Status,
    >,
    /// Staff compared face and card: the powered card's key signs as after a match. NULL without the capabilities
    /// STAFF_VISUAL and REMOTE_VISUAL.
    pub accept_visual: Option<unsafe extern "C" fn(reader: *mut c_void, call: *const Call) -> Status>,
    /// Has the maker's program lead the whole visit by a `plan` message, tells its progress through the host and
    /// writes the `outcome` message. NULL without the capability DELEGATED.
    pub run_visit: Option<
        unsafe extern "C" fn(
            reader: *mut c_void,
            plan: *const u8,
            plan_length: usize,
            call: *const Call,
            outcome: *mut Buffer,
        ) -> Status,
    >,
    /// The way for what this version does not name: codes from 0x10000 on are the maker's own. NULL where there are
    /// none; the host answers its own echo then.
    pub control: Option<
        unsafe extern "C" fn(
            reader: *mut c_void,
            code: u32,
            input: *const u8,
            input_length: usize,
            call: *const Call,
            output: *mut Buffer,
        ) -> Status,
    >,
}

/// The one name that a driver exports.
pub const ENTRY: &CStr = c"madoguchi_driver_entry_v1";

/// Its type.
pub type Entry = unsafe extern "C" fn() -> *const Driver;
