//! What every room of madoguchi agrees on: ids, secrets, reasons, domain types and the ports between rooms.
//!
//! No runtime, no wire format, no database and no device is named here, so that a maker's plugin and a cloud
//! service can both stand on it.

pub mod audit;
pub mod authentication;
pub mod certificate;
pub mod check_in;
pub mod clock;
pub mod consent;
pub mod deferral;
pub mod eligibility;
pub mod evidence;
pub mod fallback;
pub mod id;
pub mod medium;
pub mod outlook;
pub mod pin_budget;
pub mod pseudonym;
pub mod reader;
pub mod reason;
pub mod refusal;
pub mod screen;
pub mod secret;
pub mod signing;
pub mod visit;

pub use clock::Clock;
pub use id::{
    ActionId, AuthenticationId, BatchCheckId, CallerId, CaseId, ChallengeId, CheckInId, ConsentItemId,
    CounterId, DeferralId, DriverId, EventId, EvidenceId, InstanceId, InvalidId, ReaderId, ReceiptId,
    RequestId, ResultId, StaffId,
};
pub use medium::{Medium, Method};
pub use pseudonym::CardKey;
pub use reason::Reason;
pub use refusal::{Refusal, Violation};
pub use secret::{InvalidPin, Pin};
