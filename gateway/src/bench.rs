//! Measurements, each beside a floor that is measured in the same run: the two take turns, and medians of several
//! rounds are compared, because single runs on a shared computer move by a factor of two.

pub mod certificate;
pub mod check_in;
pub mod counter;
mod error;
mod figures;
mod floor;
mod process;
pub mod stage;
mod visit;

pub use error::Error;
pub use figures::Quantiles;
