//! Tables of authentications on a store in memory.

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod recovery;
#[cfg(test)]
mod start;
#[cfg(test)]
mod watch;
