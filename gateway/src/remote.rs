//! A remote eligibility service that speaks this project's own interface, such as another madoguchi.
//!
//! It lives here and not among the services because those do not know gRPC. **Assumed**: whether an operator ever offers
//! the national service that way is open; what is spoken is `madoguchi.eligibility.v1`.

mod call;
mod client;

pub(crate) use client::{Client, Line};
