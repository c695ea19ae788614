//! No core dumps: one would hold PINs and certificates, in a file that nobody clears away.

use std::io;

/// Has the system never write this process's memory down when it crashes, whatever its limits were.
///
/// # Errors
/// What the system says; nothing of a visit should go through such a process.
#[cfg(unix)]
pub fn forbid_core_dumps() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none)?;
    // The limit does not hold for a program that the kernel pipes cores to.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// Does nothing: a system without core dumps.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn forbid_core_dumps() -> io::Result<()> {
    Ok(())
}
