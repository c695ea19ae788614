//! Mirrors a folder of link files as HID devices of the kernel's own, for one command and what it starts.
//!
//! ```text
//! madoguchi-uhid FOLDER COMMAND...
//! ```
//!
//! A file that appears is a device that is plugged in, through /dev/uhid: the kernel makes /dev/hidrawN of it as of any
//! other. What is written there goes to the link's address, and back, each report preceded by its length in two bytes. A
//! file that goes, or a connection that ends, is the plug that is pulled. The command's exit code is the answer.

#[cfg(target_os = "linux")]
mod device;
#[cfg(target_os = "linux")]
mod mirror;
#[cfg(target_os = "linux")]
mod uhid;

use std::process::ExitCode;

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<ExitCode> {
    mirror::run(std::env::args_os().skip(1))
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    // Only Linux has it.
    ExitCode::FAILURE
}
