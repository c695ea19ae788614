//! `madoguchi run` as a process: what it says when it starts, and that it ends when it is asked to, whatever its
//! drivers do.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

/// Longer than an end in good order takes, shorter than the drivers' time to load.
const END_TIMEOUT: Duration = Duration::from_secs(30);

/// A gateway in a folder of its own, with a root that is nobody's.
struct Running {
    process: Child,
    /// What it said until it served.
    log: String,
    folder: TempDir,
    rest: thread::JoinHandle<String>,
}

/// Configures a gateway in the folder, and tells its root's fingerprint.
fn configure(folder: &Path) -> String {
    let mut params = rcgen::CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().unwrap();
    let root = params.self_signed(&key).unwrap();
    std::fs::write(folder.join("root.pem"), root.pem()).unwrap();
    std::fs::create_dir(folder.join("plugins")).unwrap();
    let config = "[server]\nlisten = \"127.0.0.1:0\"\n[drivers]\ndirectory = \"plugins\"\nload_timeout_ms = 120000\n\
                  [drivers.signatures]\ntrusted_keys = []\ndevelopment = true\n\
                  [trust]\nanchors = [\"root.pem\"]\n";
    std::fs::write(folder.join("madoguchi.toml"), config).unwrap();
    hex::encode(ring::digest::digest(&ring::digest::SHA256, root.der()))
}

/// Starts the gateway of that folder and waits until it serves, though perhaps it is not ready.
fn start(folder: TempDir) -> Running {
    let mut process = Command::new(env!("CARGO_BIN_EXE_madoguchi"))
        .args(["run", "--json", "--config"])
        .arg(folder.path().join("madoguchi.toml"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(process.stderr.take().unwrap());
    let mut log = String::new();
    while !log.lines().last().is_some_and(|line| line.contains("serving_ms")) {
        assert!(stderr.read_line(&mut log).unwrap() > 0, "it ended: {log}");
    }
    let rest = thread::spawn(move || {
        let mut rest = String::new();
        // What was killed may leave half a character.
        let _ = stderr.read_to_string(&mut rest);
        rest
    });
    Running {
        process,
        log,
        folder,
        rest,
    }
}

impl Running {
    /// Asks it to end; its standard output, how it ended, and what else it logged.
    fn end(mut self) -> (String, ExitStatus, String) {
        let pid = self.process.id();
        let asked = Command::new("kill")
            .args(["-TERM", &pid.to_string()])
            .status()
            .unwrap();
        assert!(asked.success());
        let mut stdout = self.process.stdout.take().unwrap();
        let (ended, end) = mpsc::sync_channel(1);
        thread::spawn(move || {
            let mut out = String::new();
            stdout.read_to_string(&mut out).unwrap();
            ended.send(out)
        });
        // Standard output is closed when the process is gone.
        let Ok(out) = end.recv_timeout(END_TIMEOUT) else {
            self.process.kill().unwrap();
            panic!("it did not end: {}{}", self.log, self.rest.join().unwrap());
        };
        let status = self.process.wait().unwrap();
        drop(self.folder);
        (out, status, self.rest.join().unwrap())
    }
}

/// A plugin that never comes back from being opened, in the one language that needs no toolchain of ours.
fn hanging_plugin(folder: &Path) {
    let (source, library) = (folder.join("hang.c"), folder.join("plugin.so"));
    let text =
        "#include <unistd.h>\n__attribute__((constructor)) static void hang(void) { for (;;) pause(); }\n";
    std::fs::create_dir(folder).unwrap();
    std::fs::write(&source, text).unwrap();
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &source])
        .status()
        .unwrap();
    assert!(built.success());
    let bytes = std::fs::read(&library).unwrap();
    let sha256 = hex::encode(ring::digest::digest(&ring::digest::SHA256, &bytes));
    let manifest = format!(
        "id = \"hang\"\nmaker = \"tests\"\nmodels = [\"none\"]\nversion = \"0.1.0\"\nabi = 2\n\
         library = \"plugin.so\"\nsha256 = \"{sha256}\"\n"
    );
    std::fs::write(folder.join("plugin.toml"), manifest).unwrap();
}

#[test]
fn a_gateway_whose_driver_never_comes_up_ends_when_it_is_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path());
    hanging_plugin(&folder.path().join("plugins").join("hang"));
    let (out, status, log) = start(folder).end();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(out.is_empty(), "it never was ready: {out}");
}

#[test]
fn a_start_says_whom_it_trusts_and_that_eligibility_is_made_up() {
    let folder = tempfile::tempdir().unwrap();
    let root = configure(folder.path());
    let running = start(folder);
    let log = running.log.clone();
    assert!(log.contains(&root), "{root}: {log}");
    let warned = log
        .lines()
        .any(|line| line.contains("WARN") && line.contains("made up"));
    assert!(warned, "{log}");
    let (_, status, log) = running.end();
    assert_eq!(status.code(), Some(0), "{log}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_gateway_that_crashes_leaves_no_core_dump() {
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path());
    let running = start(folder);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", running.process.id())).unwrap();
    let (_, status, log) = running.end();
    let limit = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max core file size"))
        .unwrap();
    let limit: Vec<_> = limit.split_whitespace().collect();
    assert_eq!(limit[..2], ["0", "0"], "soft and hard");
    assert_eq!(status.code(), Some(0), "{log}");
}
