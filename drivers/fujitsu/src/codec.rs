//! What travels: reports, the messages that they carry, and their fields. Public for fuzzing only.

pub mod assembly;
pub mod crc;
pub mod message;
pub mod report;

use thiserror::Error;

/// Why bytes are not what the protocol allows. It never holds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Malformed {
    /// A report of another length.
    #[error("a report of {0} bytes")]
    Length(usize),
    /// A report of another kind.
    #[error("a report with the id {0}")]
    ReportId(u8),
    /// A short word that only the host may say.
    #[error("a control report with the operation {0}")]
    Operation(u8),
    /// A segment that cannot be part of any message.
    #[error("a segment that fits no message")]
    Segment,
    /// A segment is missing, or two disagree.
    #[error("a segment is missing")]
    Gap,
    /// The checksum is wrong.
    #[error("a wrong checksum")]
    Checksum,
    /// A message that is no answer.
    #[error("a message that is no answer")]
    Message,
    /// A field that is longer than its message.
    #[error("a field that is cut off")]
    Field,
    /// A message to send that is longer than any may be.
    #[error("a message of {0} bytes is too long")]
    TooLong(usize),
}

#[cfg(test)]
mod tests;
