//! The kit against every driver of the house on its twin, and against drivers with one flaw each, of which it must find
//! that flaw and nothing else.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod drivers;
mod flaws;
mod page;
mod support;

/// The kit's other process: this program again.
#[test]
fn child() {
    if std::env::var_os(support::CHILD).is_some() {
        madoguchi_driver_testkit::serve().unwrap();
        std::process::exit(0);
    }
}
