//! A far side that somebody else wrote: Python's ssl and the h2 library, with gRPC's framing by hand.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use madoguchi_proto::certificate::v1::CheckCertificateResponse;
use madoguchi_proto::certificate::v1::certificate_check::Outcome;
use madoguchi_twin::{Persona, TestCa};
use prost::Message as _;
use serde_json::Value;
use time::OffsetDateTime;

use super::stage::{DOOR, GATEWAY, Stage};
use crate::strangers::{H2, python, script};

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

    let mut door = Command::new(python(H2))
        .arg("-B")
        .arg(script("uplink_door.py"))
        .arg("--cert")
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
