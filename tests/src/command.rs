//! The command line, run as a user runs it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::program;

const LIMIT: Duration = Duration::from_secs(90);

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    /// The exit code.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ran {
    /// Standard output as the one JSON object that it must be.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        assert_eq!(
            self.stdout.trim_end().lines().count(),
            1,
            "one object on one line: {self:?}"
        );
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Runs `madoguchi` with these words and nothing on standard input.
pub async fn run_program<S: AsRef<OsStr>>(words: impl IntoIterator<Item = S>) -> Ran {
    run_program_with_input(words, "").await
}

/// Runs `madoguchi` with these words and that on standard input.
pub async fn run_program_with_input<S: AsRef<OsStr>>(words: impl IntoIterator<Item = S>, input: &str) -> Ran {
    let mut process = Command::new(program())
        .args(words)
        .env_remove("MADOGUCHI_LOG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdin = process.stdin.take().unwrap();
    // One that does not read its standard input has closed it.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let output = tokio::time::timeout(LIMIT, process.wait_with_output()).await;
    let output = output.expect("the command ends").unwrap();
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A key pair in a folder: the private half, the public half, and what plugins call it.
pub async fn keygen(folder: &Path, name: &str) -> (PathBuf, PathBuf, String) {
    let (private, public) = (
        folder.join(format!("{name}.key")),
        folder.join(format!("{name}.pub")),
    );
    let words: [&Path; 7] = [
        "driver".as_ref(),
        "keygen".as_ref(),
        "--json".as_ref(),
        "--private".as_ref(),
        &private,
        "--public".as_ref(),
        &public,
    ];
    let key_id = run_program(words).await.json()["key_id"]
        .as_str()
        .unwrap()
        .to_owned();
    (private, public, key_id)
}
