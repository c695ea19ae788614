//! The `madoguchi` program: gateway, command line and driver process in one.

use std::process::ExitCode;

use madoguchi::cli;

fn main() -> ExitCode {
    // rustls panics at its first use where nobody said which provider it takes; there is only one in this program, so
    // a second installation cannot happen.
    let _ = rustls::crypto::ring::default_provider().install_default();
    cli::main(std::env::args_os()).into()
}
