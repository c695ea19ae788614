//! The harness of the end-to-end tests: the built program as a process of its own, over a real and private pcscd with
//! twin cards, asked by gRPC as an EMR would ask it.
//!
//! Nothing here sleeps to let something happen: it watches streams, reads what a process says and waits for processes.
//! Whatever a test starts ends with it.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a harness fails the test that it serves"
)]

mod clinic;
mod command;
mod faces;
mod gateway;
mod patient;
mod plugins;
mod process;
mod program;
mod refusal;
mod setup;
mod visit;

pub use clinic::Clinic;
pub use command::{Ran, keygen, run_program, run_program_with_input};
pub use faces::{FaceClinic, FaceCounter, Stand};
pub use gateway::{Gateway, start_expecting_refusal};
pub use patient::Patient;
pub use plugins::PluginFolder;
pub use process::{Footprint, Watched};
pub use program::{fixture, program};
pub use refusal::{Refused, refused};
pub use setup::Setup;
pub use visit::{Visit, ending, request};

use std::time::Duration;

/// No test takes longer; one that does has hung and says so.
const LIMIT: Duration = Duration::from_secs(120);

/// Runs a test to its end, or fails it where that does not come.
pub fn run(test: impl Future<Output = ()>) {
    run_within(LIMIT, test);
}

/// The same for a test that takes its time.
pub fn run_within(limit: Duration, test: impl Future<Output = ()>) {
    // Building takes as long as it takes.
    let _built = program();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let ended = runtime.block_on(Box::pin(async { tokio::time::timeout(limit, test).await }));
    runtime.shutdown_background();
    assert!(ended.is_ok(), "the test did not end within {limit:?}");
}
