//! Drivers in real child processes: every way to load and every way to fail.
#![cfg(unix)]

#[cfg(test)]
mod bench;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod leases;
#[cfg(test)]
mod loading;
#[cfg(test)]
mod orphans;
#[cfg(test)]
mod pcsc;
#[cfg(test)]
mod support;
#[cfg(test)]
mod upgrade;
#[cfg(test)]
mod visits;
