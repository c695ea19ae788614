//! A private pcscd dies with the process that started it, however that process dies.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test program of its own"
)]

#[cfg(unix)]
fn main() {
    use std::io::{BufRead, BufReader, Read};
    use std::os::unix::net::UnixStream;
    use std::process::{Command, Stdio};
    use std::time::Duration;

    use madoguchi_twin::pcscd::PrivatePcscd;

    if let Some(folder) = std::env::var_os("MADOGUCHI_TWIN_ORPHAN") {
        let pcscd = PrivatePcscd::start(folder.as_ref(), 1).unwrap_or_else(|error| panic!("{error}"));
        println!("{}", pcscd.socket_path().display());
        // Waits to be killed.
        let _ended = std::io::stdin().read_to_end(&mut Vec::new());
        return;
    }
    // What test runners ask a test program first; no test here is ignored by default.
    let asked = |flag| std::env::args().any(|argument| argument == flag);
    if asked("--list") {
        if !asked("--ignored") {
            println!("a_private_pcscd_dies_with_its_starter: test");
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut starter = Command::new(std::env::current_exe().unwrap())
        .env("MADOGUCHI_TWIN_ORPHAN", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut socket = String::new();
    BufReader::new(starter.stdout.take().unwrap())
        .read_line(&mut socket)
        .unwrap();
    let mut client = UnixStream::connect(socket.trim()).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    starter.kill().unwrap();
    starter.wait().unwrap();
    // The end of the connection is pcscd's end; a time-out would be an error and not an end.
    match client.read(&mut [0; 1]) {
        Ok(0) => {}
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {}
        other => panic!("pcscd outlived the process that started it: {other:?}"),
    }
    println!("test a_private_pcscd_dies_with_its_starter ... ok");
}

#[cfg(not(unix))]
fn main() {}
