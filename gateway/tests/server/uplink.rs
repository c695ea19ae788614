//! Uplinks over real sockets: who is served, what they may call, and that a line comes back.

mod far_sides;
mod listen;
mod lives;
mod stage;
#[cfg(unix)]
mod stranger;
mod visits;
