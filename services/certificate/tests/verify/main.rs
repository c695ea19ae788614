//! Certificates of every sort, put before the verifier.

#[cfg(test)]
mod authority;
#[cfg(test)]
mod dates;
#[cfg(test)]
mod jpki;
#[cfg(test)]
mod mutation;
#[cfg(test)]
mod path;
#[cfg(test)]
mod signature;
#[cfg(test)]
mod usage;
