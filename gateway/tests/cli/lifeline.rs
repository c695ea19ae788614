//! A gateway that another program starts for itself ends with that program, however that one ends.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(30);

/// A gateway without drivers that serves, its standard input a pipe that is open.
fn serving(folder: &tempfile::TempDir, flags: &[&str]) -> Child {
    let ca = crate::program::madoguchi(&["twin", "ca"]).out;
    std::fs::write(folder.path().join("root.pem"), ca).unwrap();
    std::fs::create_dir(folder.path().join("plugins")).unwrap();
    let config = "[server]\nlisten = \"127.0.0.1:0\"\n[drivers]\ndirectory = \"plugins\"\n\
                  [trust]\nmode = \"test\"\nanchors = [\"root.pem\"]\n";
    let path = folder.path().join("madoguchi.toml");
    std::fs::write(&path, config).unwrap();
    let mut process = Command::new(env!("CARGO_BIN_EXE_madoguchi"))
        .args(["run", "--json", "--config"])
        .arg(&path)
        .args(flags)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(process.stdout.take().unwrap());
    let mut ready = String::new();
    said.read_line(&mut ready).unwrap();
    assert!(ready.contains("address"), "{ready}");
    process
}

#[test]
fn it_ends_in_order_when_its_input_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = serving(&folder, &["--until-input-ends"]);
    assert!(process.try_wait().unwrap().is_none(), "its input is open");
    let id = process.id();
    // As when whoever holds the other end is killed.
    drop(process.stdin.take());
    let (ended, end) = mpsc::sync_channel(1);
    thread::spawn(move || ended.send(process.wait().unwrap()));
    let Ok(status) = end.recv_timeout(TIMEOUT) else {
        let _ = Command::new("kill").args(["-KILL", &id.to_string()]).status();
        panic!("it outlived its input");
    };
    assert_eq!(status.code(), Some(0));
}
