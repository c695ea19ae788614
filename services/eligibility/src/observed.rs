//! Between the national service's result, as observed, and the canonical record.
//!
//! **Observed, not official.** The interface specification of the terminal software is not public; element names,
//! codes and encodings are what field code and sample files show. What is not known here is kept and reported.

pub(crate) mod flags;
mod insurance;
mod known;
mod read;
mod value;
mod write;

pub use read::{Unit, Unreadable, read, units};
pub use value::{date8, full_width, moment14, narrow};
pub use write::{document, result_leaves};

use crate::Record;

/// Gives a record that was made in this house, such as the stand-in's, its raw values and reports, as if it had come
/// from the national service.
#[must_use]
pub fn canonical(record: Record) -> Record {
    let mut record = record;
    for (index, insurance) in (0u32..).zip(&mut record.insurances) {
        if insurance.raw.is_empty() {
            let (read, reports) = insurance::insurance(index, &result_leaves(insurance));
            *insurance = read;
            record.reports.extend(reports);
        }
    }
    record
}

#[cfg(test)]
mod tests;
