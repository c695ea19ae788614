//! No driver's process outlives the gateway, however that ends.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::{Plugins, Watched, program, status};

/// How long the death of a parent may take to arrive.
const SOON: Duration = Duration::from_secs(5);

/// A gateway of its own process; its first driver's process.
fn supervise(plugins: &Plugins, hanging: &[&str]) -> (Child, Watched) {
    let mut gateway = Command::new(program())
        .arg("supervise")
        .arg(plugins.path())
        .args(hanging)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(gateway.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let pid = line
        .trim()
        .parse()
        .unwrap_or_else(|_| panic!("no process id: {line}"));
    let driver = Watched::new(pid);
    assert!(!driver.is_gone_within(Duration::ZERO));
    (gateway, driver)
}

#[test]
fn a_killed_gateway_leaves_no_process() {
    let plugins = Plugins::with("full");
    let (mut gateway, driver) = supervise(&plugins, &[]);
    gateway.kill().unwrap();
    assert!(driver.is_gone_within(SOON));
    gateway.wait().unwrap();
}

#[test]
fn a_killed_gateway_leaves_no_process_that_hangs_in_a_plugin() {
    let plugins = Plugins::with("full");
    let (mut gateway, driver) = supervise(&plugins, &["full:fake-1"]);
    gateway.kill().unwrap();
    assert!(driver.is_gone_within(SOON));
    gateway.wait().unwrap();
}

#[tokio::test]
async fn a_dropped_handle_leaves_no_process() {
    let plugins = Plugins::with("full");
    let drivers = plugins.start().await;
    let process = Watched::new(status(&drivers, "full").process_id.unwrap());
    drop(drivers);
    let gone = tokio::task::spawn_blocking(move || process.is_gone_within(SOON))
        .await
        .unwrap();
    assert!(gone);
}

#[test]
fn started_by_hand_the_child_says_so() {
    let output = Command::new(program())
        .arg("driver-host")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .contains("never by hand")
    );
}
