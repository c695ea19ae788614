//! The private socket between the gateway and a driver's process: no path on disk, gone with either end.

#[cfg(unix)]
mod unix;
#[cfg(not(unix))]
mod unsupported;

#[cfg(unix)]
pub(crate) use unix::{
    ChildEnd, ParentEnd, detach, end_process, outlive_termination, pair, take, watch_parent,
};
#[cfg(not(unix))]
pub(crate) use unsupported::{
    ChildEnd, ParentEnd, detach, end_process, outlive_termination, pair, take, watch_parent,
};
