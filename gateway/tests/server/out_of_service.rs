//! Staff take a reader out of service and put it back, over the wire and with the command, over restarts.

use std::process::Command;
use std::time::Duration;

use madoguchi_proto::checkin::v1 as check_in;
use madoguchi_proto::checkin::v1::check_in_outcome::Outcome;
use madoguchi_proto::reader::v1 as pb;
use madoguchi_proto::reader::v1::reader_service_client::ReaderServiceClient;
use tonic::Code;
use tonic::transport::Channel;
use tonic_types::StatusExt as _;

use crate::patient;
use crate::support::Gateway;

const READER: &str = "fake:1";

fn take_out(reader_id: &str, staff_id: &str, note: &str) -> pb::TakeReaderOutOfServiceRequest {
    pb::TakeReaderOutOfServiceRequest {
        reader_id: reader_id.to_owned(),
        staff_id: staff_id.to_owned(),
        note: note.to_owned(),
    }
}

fn put_back(reader_id: &str) -> pb::ReturnReaderToServiceRequest {
    pb::ReturnReaderToServiceRequest {
        reader_id: reader_id.to_owned(),
        staff_id: "nurse-7".to_owned(),
    }
}

async fn list(channel: &Channel) -> Vec<pb::Reader> {
    let mut client = ReaderServiceClient::new(channel.clone());
    let answer = client.list_readers(pb::ListReadersRequest {}).await.unwrap();
    answer.into_inner().readers
}

/// How a visit ends that finds its counter's only reader as it is now: nobody is asked anything.
async fn visit(channel: &Channel, request_id: &str) -> check_in::CheckIn {
    let nobody = |_, _, _| async { panic!("consent was asked for") };
    patient::visit(channel, request_id, nobody).await
}

#[tokio::test]
async fn a_reader_out_of_service_serves_nobody_until_it_is_put_back_over_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let start = || {
        Gateway::start_with(|config| {
            config.store.path = folder.path().join("gateway.db");
            config.check_in.reader_grace_seconds = 1;
        })
    };
    let gateway = start().await;
    let channel = gateway.connect().await;
    let mut client = ReaderServiceClient::new(channel.clone());

    let wrong = take_out("", "a b", "two\nlines");
    let refused = client.take_reader_out_of_service(wrong).await.unwrap_err();
    let named: Vec<_> = refused
        .get_details_bad_request()
        .unwrap()
        .field_violations
        .into_iter()
        .map(|violation| violation.field)
        .collect();
    assert_eq!(named, ["reader_id", "staff_id", "note"]);
    let unknown = take_out("fake:2", "nurse-7", "");
    let unknown = client.take_reader_out_of_service(unknown).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);

    let word = take_out(READER, "nurse-7", "glass cracked");
    let taken = client
        .take_reader_out_of_service(word)
        .await
        .unwrap()
        .into_inner();
    let taken = taken.reader.unwrap();
    assert_eq!(taken.state(), pb::reader::State::Ready, "how it is stays apart");
    assert_eq!(taken.out_of_service.unwrap().note, "glass cracked");
    let ended = visit(&channel, "first").await;
    let Some(Outcome::Failed(failure)) = ended.outcome.and_then(|outcome| outcome.outcome) else {
        panic!("it did not fail")
    };
    assert_eq!(failure.reason, "READER_OUT_OF_SERVICE");

    gateway.stop();
    drop((client, channel));
    gateway.ended().await;
    let gateway = start().await;
    let channel = gateway.connect().await;
    let word = list(&channel).await.remove(0).out_of_service.unwrap();
    assert_eq!(
        (word.staff_id.as_str(), word.note.as_str()),
        ("nurse-7", "glass cracked")
    );
    assert!(word.since_time.is_some());
    let mut client = ReaderServiceClient::new(channel.clone());
    let back = client.return_reader_to_service(put_back(READER)).await.unwrap();
    assert_eq!(back.into_inner().reader.unwrap().out_of_service, None);
    // Twice is once.
    client.return_reader_to_service(put_back(READER)).await.unwrap();
    let unknown = client.return_reader_to_service(put_back("fake:2")).await;
    assert_eq!(unknown.unwrap_err().code(), Code::NotFound);
    gateway.stop();
    drop((client, channel));
    gateway.ended().await;
}

/// Runs the command beside the gateway's own threads.
async fn readers(arguments: &[&str], url: &str) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_madoguchi"));
    command.arg("readers").args(arguments).args(["--endpoint", url]);
    let ran = tokio::task::spawn_blocking(move || command.output());
    let ran = tokio::time::timeout(Duration::from_secs(60), ran).await.unwrap();
    let ran = ran.unwrap().unwrap();
    (ran.status.success(), String::from_utf8(ran.stdout).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_command_says_what_is_and_does_what_it_is_told() {
    let gateway = Gateway::start().await;
    let out = &[
        "out-of-service",
        READER,
        "--staff",
        "nurse-7",
        "--note",
        "waits for the maker",
    ];
    let (ok, said) = readers(out, &gateway.url).await;
    assert!(
        ok && said.contains("out of service by nurse-7 since 20"),
        "{said}"
    );
    assert!(said.ends_with(": waits for the maker\n"), "{said}");
    assert_eq!(readers(&["list"], &gateway.url).await, (true, said));
    let back = &["in-service", READER, "--staff", "nurse-7", "--json"];
    let (ok, said) = readers(back, &gateway.url).await;
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert!(ok && said["reader"]["state"] == "ready", "{said}");
    assert!(said["reader"]["out_of_service"].is_null(), "{said}");
    let (ok, _) = readers(&["in-service", "fake:2", "--staff", "nurse-7"], &gateway.url).await;
    assert!(!ok, "there is no such reader");
    gateway.stop();
    gateway.ended().await;
}
