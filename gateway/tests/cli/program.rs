//! Runs the program.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// What the program did.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs it with nothing on standard input.
pub(crate) fn madoguchi(arguments: &[&str]) -> Ran {
    madoguchi_with(arguments, "")
}

/// Runs it with that on standard input.
pub(crate) fn madoguchi_with(arguments: &[&str], input: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_madoguchi"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that ends before it reads closes the pipe.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Makes a key pair in a folder: `<name>.key`, which is private, and `<name>.pub`.
pub(crate) fn keygen(folder: &Path, name: &str) -> (String, String) {
    let place = |end: &str| folder.join(format!("{name}.{end}")).to_str().unwrap().to_owned();
    let (private, public) = (place("key"), place("pub"));
    let ran = madoguchi(&["driver", "keygen", "--private", &private, "--public", &public]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    (private, public)
}

impl Ran {
    /// The one JSON object on standard output.
    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(
            self.out.lines().count(),
            1,
            "one object: {} {}",
            self.out,
            self.err
        );
        let value: serde_json::Value = serde_json::from_str(&self.out).unwrap();
        assert!(value.is_object(), "{value}");
        value
    }
}
