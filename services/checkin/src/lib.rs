//! The visit (受付): authentication, consent and eligibility strung together, at one counter, to one typed end.
//!
//! [`CheckIns`] starts visits and leads each on a task of its own through the states, a file each under `states/`.
//! It stands on ports only: where readers, wording, receipts and the national service really are, the composition root
//! decides.

mod desk;
mod service;
mod states;
mod visit;

pub use service::{CheckIns, Parts, StartRequest};
