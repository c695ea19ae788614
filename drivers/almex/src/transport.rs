//! The line: frames that arrive once and in order, whatever happens to them on the way.

mod link;
mod serial;

pub(crate) use link::{Link, Wire};
pub(crate) use serial::{FIRST_SPEED, open};

#[cfg(test)]
pub(crate) use link::tests::link as link_to;
