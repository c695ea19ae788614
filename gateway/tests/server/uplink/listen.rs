//! The door at the command line, and what the gateway says there of its uplinks.

use std::io::{BufRead as _, BufReader, Lines};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;
use tonic::Code;
use tonic::transport::{Channel, Endpoint};

use super::stage::{DOOR, GATEWAY, Stage};
use crate::cells::call;

const PROGRAM: &str = env!("CARGO_BIN_EXE_madoguchi");

/// The door as a process. Dropping it kills it.
struct Listening(Child, Lines<BufReader<ChildStdout>>);

impl Drop for Listening {
    fn drop(&mut self) {
        // It fails where it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Listening {
    fn start(stage: &Stage) -> Self {
        let papers = stage.pki.issue("door", &[DOOR]);
        let mut door = Command::new(PROGRAM)
            .args(["uplink", "listen", "--json"])
            .args(["--listen", "127.0.0.1:0", "--forward", "127.0.0.1:0", "--cert"])
            .arg(&papers.certificate)
            .arg("--key")
            .arg(&papers.key)
            .arg("--client-ca")
            .arg(&stage.pki.ca)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(door.stdout.take().unwrap()).lines();
        Self(door, said)
    }

    fn next(&mut self) -> Value {
        let line = self.1.next().unwrap().unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

fn address(value: &Value) -> SocketAddr {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_door_at_the_command_line_shows_who_comes_and_passes_calls_on() {
    let stage = Stage::new();
    let mut door = Listening::start(&stage);
    let open = door.next();
    assert_eq!(open["event"], "listening");
    let forward = format!("http://{}", address(&open["forward"]));
    let forward: Channel = Endpoint::new(forward).unwrap().connect().await.unwrap();
    let health = "/grpc.health.v1.Health/Check";
    assert_eq!(
        call(&forward, health).await,
        Code::Unavailable,
        "nobody is there yet"
    );

    let gateway = stage
        .gateway(vec![stage.uplink("far", address(&open["address"]))])
        .await;
    let connected = door.next();
    assert_eq!(
        (&connected["event"], &connected["gateway"], &connected["health"]),
        (&"connected".into(), &GATEWAY.into(), &"serving".into())
    );
    let check = "/madoguchi.certificate.v1.CertificateService/CheckCertificate";
    let start = "/madoguchi.checkin.v1.CheckInService/StartCheckIn";
    assert_eq!(call(&forward, health).await, Code::Ok);
    assert_eq!(call(&forward, check).await, Code::InvalidArgument, "it was empty");
    assert_eq!(call(&forward, start).await, Code::PermissionDenied);

    let url = gateway.url.clone();
    let listed = tokio::task::spawn_blocking(move || {
        let arguments = ["uplink", "list", "--json", "--endpoint", &url];
        Command::new(PROGRAM).args(arguments).output().unwrap()
    });
    let listed = listed.await.unwrap();
    assert!(listed.status.success());
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    let uplink = &listed["uplinks"][0];
    assert_eq!(
        (&uplink["name"], &uplink["state"], &uplink["far_side"]),
        (&"far".into(), &"connected".into(), &DOOR.into())
    );

    gateway.stop();
    gateway.ended().await;
    let lost = door.next();
    assert_eq!(
        (&lost["event"], &lost["gateway"]),
        (&"lost".into(), &GATEWAY.into())
    );
}
