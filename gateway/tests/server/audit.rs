//! The audit log and the usage report over the wire and with the commands: what was called is in an export that a
//! stranger verifies, and whatever is done to that export is found.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use madoguchi_proto::audit::v1 as pb;
use madoguchi_proto::audit::v1::audit_service_client::AuditServiceClient;
use madoguchi_proto::reader::v1::ListReadersRequest;
use madoguchi_proto::reader::v1::reader_service_client::ReaderServiceClient;
use madoguchi_proto::usage::v1 as usage;
use madoguchi_proto::usage::v1::usage_service_client::UsageServiceClient;
use tonic::Code;

use crate::support::Gateway;

async fn madoguchi(arguments: &[&str]) -> Output {
    let arguments: Vec<_> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    let run = move || {
        Command::new(env!("CARGO_BIN_EXE_madoguchi"))
            .args(arguments)
            .output()
            .unwrap()
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

fn json(output: &Output) -> serde_json::Value {
    let (out, err) = (&output.stdout, String::from_utf8_lossy(&output.stderr));
    assert!(!out.is_empty(), "{err}");
    serde_json::from_slice(out).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_verified_by_a_stranger_and_what_is_done_to_it_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("gateway.db");
    let gateway = Gateway::start_with(|config| config.store.path = database.clone()).await;
    let channel = gateway.connect().await;
    let mut readers = ReaderServiceClient::new(channel.clone());
    for _ in 0..5 {
        readers.list_readers(ListReadersRequest {}).await.unwrap();
    }
    let mut audit = AuditServiceClient::new(channel.clone());
    // What only reads is written down soon after it was answered.
    let written = async {
        let list = pb::ListAuditEventsRequest::default();
        while audit
            .list_audit_events(list)
            .await
            .unwrap()
            .into_inner()
            .entries
            .len()
            < 5
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), written)
        .await
        .unwrap();
    let made = audit
        .create_checkpoint(pb::CreateCheckpointRequest {})
        .await
        .unwrap();
    let early = made.into_inner().checkpoint.unwrap();
    readers.list_readers(ListReadersRequest {}).await.unwrap();

    let export = folder.path().join("export.jsonl");
    let keys = folder.path().join("keys/jwks.json");
    let ran = madoguchi(&[
        "audit",
        "export",
        "--endpoint",
        &gateway.url,
        "--out",
        text(&export),
        "--json",
    ])
    .await;
    assert_eq!(
        ran.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let ran = madoguchi(&[
        "audit",
        "export",
        "--endpoint",
        &gateway.url,
        "--out",
        text(&export),
    ])
    .await;
    assert_eq!(ran.status.code(), Some(65), "never overwritten");
    // An export that goes on where a checkpoint stands.
    let rest = folder.path().join("rest.jsonl");
    let after = early.sequence.to_string();
    let ran = madoguchi(&[
        "audit",
        "export",
        "--endpoint",
        &gateway.url,
        "--after",
        &after,
        "--out",
        text(&rest),
    ])
    .await;
    assert_eq!(
        ran.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let wrong = audit
        .export_audit_events(pb::ExportAuditEventsRequest {
            after_sequence: 999_999,
        })
        .await;
    assert_eq!(wrong.unwrap_err().code(), Code::InvalidArgument);

    let listed = audit
        .list_audit_events(pb::ListAuditEventsRequest::default())
        .await
        .unwrap()
        .into_inner();
    let method = "/madoguchi.reader.v1.ReaderService/ListReaders";
    let calls: Vec<_> = listed
        .entries
        .iter()
        .filter_map(|entry| entry.call.clone())
        .collect();
    assert!(
        calls
            .iter()
            .filter(|call| call.method == method && call.code == "OK")
            .count()
            >= 5
    );
    assert!(calls[0].roles.contains(&"emr".to_owned()));
    let lines = fs::read_to_string(&export).unwrap();
    assert!(lines.starts_with(&format!("{}\n", listed.entries[0].line)));
    let status = audit
        .get_audit_status(pb::GetAuditStatusRequest {})
        .await
        .unwrap()
        .into_inner();
    assert!(status.failing_since_time.is_none() && status.last_sequence >= early.sequence);

    // The gateway is gone: files and key set are enough.
    gateway.stop();
    gateway.ended().await;
    let whole = folder.path().join("whole.jsonl");
    let ran = madoguchi(&[
        "audit",
        "export",
        "--database",
        text(&database),
        "--out",
        text(&whole),
        "--json",
    ])
    .await;
    assert_eq!(
        ran.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let verify = async |files: &[&Path], more: &[&str]| {
        let files: Vec<_> = files.iter().map(|path| text(path)).collect();
        let fixed = ["audit", "verify", "--json", "--keys", text(&keys)];
        let ran = madoguchi(&[&fixed[..], more, &["--"], &files].concat()).await;
        (ran.status.code(), json(&ran))
    };
    for files in [&[export.as_path()][..], &[rest.as_path()], &[whole.as_path()]] {
        let (code, verdict) = verify(files, &["--checkpoint", &early.jws]).await;
        assert_eq!((code, &verdict["verified"]), (Some(0), &true.into()), "{verdict}");
    }
    let (_, verdict) = verify(&[whole.as_path()], &[]).await;
    let last = verdict["known"]["last_sequence"].as_u64().unwrap();
    assert!(last > early.sequence, "the end was stated at the shutdown");

    // What is done to it.
    let touched = folder.path().join("touched.jsonl");
    let lines: Vec<_> = lines.lines().collect();
    let edited = lines[2].replacen("list", "lost", 1).replacen("List", "Lost", 1);
    let mut wrong = lines.clone();
    wrong[2] = &edited;
    fs::write(&touched, wrong.join("\n") + "\n").unwrap();
    let (code, verdict) = verify(&[&touched], &[]).await;
    assert_eq!(
        (code, &verdict["finding"]["kind"]),
        (Some(5), &"altered".into()),
        "{verdict}"
    );
    assert_eq!(verdict["finding"]["sequence"], 3);
    fs::write(&touched, [&lines[..2], &lines[3..]].concat().join("\n") + "\n").unwrap();
    let (code, verdict) = verify(&[&touched], &[]).await;
    assert_eq!(
        (code, &verdict["finding"]["sequence"]),
        (Some(5), &3.into()),
        "{verdict}"
    );
    // An older export does not reach the newest checkpoint.
    let newest = fs::read_to_string(&whole)
        .unwrap()
        .lines()
        .last()
        .unwrap()
        .to_owned();
    let (code, verdict) = verify(&[&export], &["--checkpoint", &newest]).await;
    assert_eq!(
        (code, &verdict["finding"]["kind"]),
        (Some(5), &"cut_off".into()),
        "{verdict}"
    );
    let ran = madoguchi(&["audit", "verify", text(&export), "--keys", "/no/such/file"]).await;
    assert_eq!(ran.status.code(), Some(65));
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_that_were_done_otherwise_are_counted_once() {
    let gateway = Gateway::start().await;
    let mut client = UsageServiceClient::new(gateway.connect().await);
    let record = |request_id: &str, kind: usage::CheckKind| usage::RecordCheckRequest {
        request_id: request_id.to_owned(),
        kind: kind.into(),
        day: "2025-11-01".to_owned(),
        counter_id: "1".to_owned(),
    };
    for id in ["a", "b", "a", "a"] {
        client
            .record_check(record(id, usage::CheckKind::Number))
            .await
            .unwrap();
    }
    client
        .record_check(record("c", usage::CheckKind::Card))
        .await
        .unwrap();
    let other = client.record_check(record("a", usage::CheckKind::Other)).await;
    assert_eq!(other.unwrap_err().code(), Code::InvalidArgument);
    let report = [
        "usage",
        "report",
        "--endpoint",
        &gateway.url,
        "--from",
        "2025-11-01",
        "--by",
        "counter,day",
    ];
    let ran = madoguchi(&[&report[..], &["--csv"]].concat()).await;
    assert_eq!(
        String::from_utf8_lossy(&ran.stdout),
        "day,counter,medium,method,card_checks,checks,all_checks,rate_percent,card_share_percent\n\
         2025-11-01,1,,,1,3,3,33.33,100.00\n\
         ,,,,1,3,3,33.33,100.00\n"
    );
    let ran = madoguchi(&[&report[..], &["--json"]].concat()).await;
    assert_eq!(json(&ran)["total"]["rate_percent"], "33.33");
    let ran = madoguchi(&[
        "usage",
        "report",
        "--endpoint",
        &gateway.url,
        "--from",
        "yesterday",
    ])
    .await;
    assert_eq!(ran.status.code(), Some(64));
}
