//! The states of a visit after its start, a file each, in the order in which a patient meets them.

mod ask;
pub(crate) mod authenticate;
pub(crate) mod check_eligibility;
pub(crate) mod decide_consents;
pub(crate) mod end;
pub(crate) mod register;
pub(crate) mod vouch;
