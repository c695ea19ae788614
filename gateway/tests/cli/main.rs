//! The program as a shell sees it: exit codes, and exactly one JSON object on standard output with `--json`.

#[cfg(test)]
#[cfg(unix)]
mod bench;
#[cfg(test)]
mod certificate;
#[cfg(test)]
mod conform;
#[cfg(test)]
mod driver;
#[cfg(test)]
mod fallback;
#[cfg(test)]
#[cfg(unix)]
mod lifeline;
#[cfg(test)]
mod program;
#[cfg(test)]
mod remote;
#[cfg(test)]
#[cfg(unix)]
mod run;
#[cfg(test)]
mod usage;
