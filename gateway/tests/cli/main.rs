//! The program as a shell sees it: exit codes, and exactly one JSON object on standard output with `--json`.

#[cfg(all(test, unix))]
mod bench;
#[cfg(test)]
mod certificate;
#[cfg(test)]
mod driver;
#[cfg(test)]
mod program;
#[cfg(test)]
mod remote;
#[cfg(test)]
mod usage;
