//! A far side that somebody else wrote: Python's ssl and the h2 library, with gRPC's framing by hand.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use madoguchi_proto::certificate::v1::CheckCertificateResponse;
use madoguchi_proto::certificate::v1::certificate_check::Outcome;
use madoguchi_twin::{Persona, TestCa};
use prost::Message as _;
use serde_json::Value;
use time::OffsetDateTime;

use super::stage::{DOOR, GATEWAY, Stage};

const DOOR_PY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/interop/uplink_door.py");
/// The library, in one version.
const H2: &str = "4.3.0";

/// A Python that has it, in a folder below the target folder; nothing of the system changes.
fn python() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let folder = target.join(format!("tools/h2-{H2}"));
    let (inside, done) = (folder.join("venv/bin/python"), folder.join("done"));
    if !done.exists() {
        let run = |command: &mut Command| assert!(command.status().unwrap().success(), "{command:?}");
        run(Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(folder.join("venv")));
        run(Command::new(&inside)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .arg(format!("h2=={H2}")));
        std::fs::write(done, "").unwrap();
    }
    inside
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_door_calls_a_gateway_that_dialled_it() {
    let stage = Stage::new();
    let papers = stage.pki.issue("door", &[DOOR]);
    let ca = TestCa::new().unwrap();
    let persona = Persona::by_name("adult").unwrap().unwrap();
    let certificate = persona.certificate(&ca, OffsetDateTime::now_utc()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let der = folder.path().join("certificate.der");
    std::fs::write(&der, certificate.as_bytes()).unwrap();

    let mut door = Command::new(python())
        .args(["-B", DOOR_PY, "--cert"])
        .arg(&papers.certificate)
        .arg("--key")
        .arg(&papers.key)
        .arg("--client-ca")
        .arg(&stage.pki.ca)
        .arg("--check")
        .arg(&der)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(door.stdout.take().unwrap());
    let mut port = String::new();
    said.read_line(&mut port).unwrap();
    let address = ([127, 0, 0, 1], port.trim().parse().unwrap()).into();
    let gateway = stage.gateway(vec![stage.uplink("far", address)]).await;
    // It has time limits of its own.
    let answer = tokio::task::spawn_blocking(move || {
        let mut answer = String::new();
        said.read_to_string(&mut answer).unwrap();
        assert!(door.wait().unwrap().success());
        answer
    });
    let answer: Value = serde_json::from_str(&answer.await.unwrap()).unwrap();
    assert_eq!(answer["gateway"], serde_json::json!([GATEWAY]));
    // HealthCheckResponse: status = SERVING.
    assert_eq!(
        answer["health"],
        serde_json::json!({ "grpc_status": 0, "answer": "0801" })
    );
    assert_eq!(answer["check"]["grpc_status"], 0);
    let check = hex::decode(answer["check"]["answer"].as_str().unwrap()).unwrap();
    let check = CheckCertificateResponse::decode(check.as_slice()).unwrap();
    assert_eq!(check.certificate_check.unwrap().outcome(), Outcome::Full);
    // PERMISSION_DENIED.
    assert_eq!(answer["denied"]["grpc_status"], 7);
    drop(gateway);
}
