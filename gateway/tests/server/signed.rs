//! What the gateway signs, over the wire, and checked by others: PyJWT, jose and the command line.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use madoguchi_proto::checkin::v1 as check_in;
use madoguchi_proto::consent::v1 as pb;
use madoguchi_proto::consent::v1::consent_event::Kind;
use madoguchi_proto::consent::v1::consent_service_client::ConsentServiceClient;
use madoguchi_proto::consent::v1::record_consent_request::Subject;
use madoguchi_proto::evidence::v1::evidence_service_client::EvidenceServiceClient;
use madoguchi_proto::evidence::v1::{GetEvidenceRequest, GetKeySetRequest, RotateKeyRequest};
use madoguchi_twin::TwinReaders;
use serde_json::Value;
use tokio::time::{sleep, timeout};
use tonic_types::StatusExt as _;

use crate::patient::{card, on_paper, visit};
use crate::strangers::{JOSE, PYJWT, python, script, tool};
use crate::support::Gateway;

const ISSUER: &str = "https://clinic.example/gateway-1";
const EVIDENCE: &str = "madoguchi-evidence+jwt";
const CONSENT: &str = "madoguchi-consent+jwt";

fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_madoguchi"))
}

fn claims(output: &Output) -> Result<Value, String> {
    if output.status.success() {
        Ok(serde_json::from_slice(&output.stdout).unwrap())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

fn pyjwt(jwks: &Path, token: &str, typ: &str) -> Result<Value, String> {
    let mut command = Command::new(python(PYJWT));
    command
        .arg("-B")
        .arg(script("pyjwt_verify.py"))
        .arg(jwks)
        .args([token, typ, ISSUER]);
    claims(&command.output().unwrap())
}

fn jose(jwks: &Path, token: &str, typ: &str) -> Result<Value, String> {
    let mut command = Command::new("node");
    command
        .arg(script("jose_verify.mjs"))
        .arg(tool(JOSE))
        .arg(jwks)
        .args([token, typ, ISSUER]);
    claims(&command.output().unwrap())
}

/// The strangers agree that it is proven, and on what it says.
fn proven(jwks: &Path, token: &str, typ: &str) -> Value {
    let by_pyjwt = pyjwt(jwks, token, typ).unwrap();
    assert_eq!(by_pyjwt, jose(jwks, token, typ).unwrap());
    by_pyjwt
}

fn refused(jwks: &Path, token: &str, typ: &str) {
    assert!(pyjwt(jwks, token, typ).is_err(), "PyJWT takes {token}");
    assert!(jose(jwks, token, typ).is_err(), "jose takes {token}");
}

async fn start() -> (Gateway, TwinReaders) {
    let cards = TwinReaders::new(1).unwrap();
    let gateway = Gateway::start_with_cards(&cards, |config| {
        config.evidence.issuer = ISSUER.to_owned();
        config.consent.facility_name = "窓口診療所".to_owned();
        config.consent.facility_code = "1310000001".to_owned();
    });
    (gateway.await, cards)
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_prove_a_visit_and_its_consent_with_the_key_set_alone() {
    let (gateway, cards) = start().await;
    cards.put(&cards.id(1).unwrap(), card("adult"));
    let channel = gateway.connect().await;
    let consents = ConsentServiceClient::new(channel.clone());
    // The patient cannot come to a screen: the visit's question is answered on paper, twice with the same words.
    let end = visit(&channel, "r1", |check_in_id, _, question| {
        let mut consents = consents.clone();
        async move {
            assert_eq!(question.requester.clone().unwrap().facility_code, "1310000001");
            let request = on_paper("p1", Subject::CheckInId(check_in_id), &question);
            let first = consents
                .record_consent(request.clone())
                .await
                .unwrap()
                .into_inner();
            let again = consents.record_consent(request).await.unwrap().into_inner();
            assert_eq!(
                first.receipt.unwrap().receipt_id,
                again.receipt.unwrap().receipt_id
            );
        }
    })
    .await;
    assert_eq!(end.state(), check_in::check_in::State::Completed);
    let receipt = end.consent_receipt.clone().unwrap();
    assert_eq!(receipt.capture_method(), pb::CaptureMethod::Paper);
    assert_eq!(receipt.attestation.clone().unwrap().staff_id, "nurse-7");

    let mut evidence = EvidenceServiceClient::new(channel);
    let get = GetEvidenceRequest {
        check_in_id: end.check_in_id.clone(),
    };
    let kept = evidence
        .get_evidence(get)
        .await
        .unwrap()
        .into_inner()
        .evidence
        .unwrap();
    assert_eq!(kept.token, end.evidence);
    let set = evidence
        .get_key_set(GetKeySetRequest {})
        .await
        .unwrap()
        .into_inner();
    let jwks = gateway.file("keys/jwks.json");
    assert_eq!(set.jwks_json, std::fs::read_to_string(&jwks).unwrap());

    let claims = proven(&jwks, &end.evidence, EVIDENCE);
    assert_eq!(claims["sub"], end.check_in_id.as_str());
    assert_eq!(claims["consent"]["receipt_id"], receipt.receipt_id.as_str());
    assert_eq!(claims["eligibility"]["assurance"], "simulated");
    let consent = proven(&jwks, &receipt.token, CONSENT);
    assert_eq!(consent["requester"]["name"], "窓口診療所");
    assert_eq!(consent["method"], "paper");

    // Neither passes for the other, nor once a character is another, nor with somebody else's keys.
    refused(&jwks, &end.evidence, CONSENT);
    refused(&jwks, &receipt.token, EVIDENCE);
    let (head, tail) = end.evidence.split_at(end.evidence.len() / 2);
    let other = if tail.starts_with('A') { "B" } else { "A" };
    refused(&jwks, &[head, other, &tail[1..]].concat(), EVIDENCE);
    let (elsewhere, _) = start().await;
    refused(&elsewhere.file("keys/jwks.json"), &end.evidence, EVIDENCE);

    // Another key signs from now on, and what the first signed stays proven.
    let rotate = RotateKeyRequest {
        at_once: true,
        ..Default::default()
    };
    let key = evidence
        .rotate_key(rotate)
        .await
        .unwrap()
        .into_inner()
        .key
        .unwrap();
    assert_ne!(key.key_id, set.signing_key_id);
    proven(&jwks, &end.evidence, EVIDENCE);
    let reader = cards.id(1).unwrap();
    drop(cards.take(&reader));
    let channel = gateway.connect().await;
    let next = visit(&channel, "r2", |id, _, question| {
        let mut consents = consents.clone();
        async move {
            let request = on_paper("p2", Subject::CheckInId(id), &question);
            consents.record_consent(request).await.unwrap();
        }
    });
    let next_patient = async {
        sleep(Duration::from_millis(500)).await;
        cards.put(&reader, card("adult"));
    };
    let (next, ()) = tokio::join!(next, next_patient);
    proven(&jwks, &next.evidence, EVIDENCE);

    command_line(&jwks, &end.evidence, &receipt.token);
}

fn madoguchi(arguments: &[&str]) -> (i32, Value) {
    let output = Command::new(program())
        .args(arguments)
        .arg("--json")
        .output()
        .unwrap();
    (
        output.status.code().unwrap(),
        serde_json::from_slice(&output.stdout).unwrap_or_default(),
    )
}

fn command_line(jwks: &Path, evidence: &str, receipt: &str) {
    let jwks = jwks.to_str().unwrap();
    let (code, verdict) = madoguchi(&[
        "evidence",
        "verify",
        evidence,
        "--keys",
        jwks,
        "--issuer",
        ISSUER,
        "--receipt",
        receipt,
    ]);
    assert_eq!((code, &verdict["proven"]), (0, &Value::Bool(true)), "{verdict}");
    let later = [
        "evidence",
        "verify",
        evidence,
        "--keys",
        jwks,
        "--at",
        "2100-01-01T00:00:00Z",
    ];
    assert_eq!(madoguchi(&later).0, 17);
    let past = ["evidence", "verify", evidence, "--keys", jwks, "--past"];
    assert_eq!(madoguchi(&past).0, 0);
    assert_eq!(madoguchi(&["evidence", "verify", receipt, "--keys", jwks]).0, 17);
    let other = [
        "evidence",
        "verify",
        evidence,
        "--keys",
        jwks,
        "--receipt",
        evidence,
    ];
    assert_eq!(madoguchi(&other).0, 17);
    let (code, verdict) = madoguchi(&["consent", "verify", receipt, "--keys", jwks]);
    assert_eq!(
        (code, &verdict["claims"]["kind"]),
        (0, &Value::from("receipt")),
        "{verdict}"
    );
    assert_eq!(madoguchi(&["consent", "verify", evidence, "--keys", jwks]).0, 17);
    assert_eq!(
        madoguchi(&["consent", "verify", receipt, "--keys", "/nowhere/jwks.json"]).0,
        65
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_is_found_taken_back_and_watched() {
    let gateway = Gateway::start().await;
    let mut client = ConsentServiceClient::new(gateway.connect().await);
    let ask = pb::GetConsentQuestionRequest::default();
    let question = client
        .get_consent_question(ask)
        .await
        .unwrap()
        .into_inner()
        .question
        .unwrap();
    assert!(question.requester.is_none() && !question.purpose.is_empty());
    let watch = pb::WatchConsentEventsRequest::default();
    let mut events = client.watch_consent_events(watch).await.unwrap().into_inner();
    let first = events.message().await.unwrap().unwrap();
    assert_eq!((first.events.len(), first.last_sequence), (0, 0));

    let card_key = "ab".repeat(32);
    let request = |id: &str| on_paper(id, Subject::CardKey(card_key.clone()), &question);
    let mut ids = Vec::new();
    for id in ["1", "2", "3", "1"] {
        let recorded = client.record_consent(request(id)).await.unwrap().into_inner();
        ids.push(recorded.receipt.unwrap().receipt_id);
    }
    assert_eq!(ids.pop().as_ref(), ids.first());
    let mut otherwise = request("1");
    otherwise.decisions[0].granted = false;
    let reused = client.record_consent(otherwise).await.unwrap_err();
    assert_eq!(
        reused.get_details_error_info().unwrap().reason,
        "REQUEST_ID_REUSED"
    );

    // What does not fit is named, field by field.
    let wrong = |change: fn(&mut pb::RecordConsentRequest)| {
        let (mut client, mut request) = (client.clone(), request("wrong"));
        change(&mut request);
        async move {
            let refused = client.record_consent(request).await.unwrap_err();
            let violations = refused.get_details_bad_request().unwrap().field_violations;
            violations.into_iter().map(|one| one.field).collect::<Vec<_>>()
        }
    };
    let version = wrong(|request| request.wording_version = "1999-01".to_owned()).await;
    assert_eq!(version, ["wording_version"]);
    let language = wrong(|request| request.language = "tlh".to_owned()).await;
    assert_eq!(language, ["language"]);
    let unknown = wrong(|request| {
        request.decisions.push(pb::ConsentDecision {
            item_id: "dental".to_owned(),
            ..Default::default()
        });
    });
    assert_eq!(unknown.await, ["decisions"]);

    let find = |page_token: &str| pb::FindConsentReceiptsRequest {
        card_key: card_key.clone(),
        page_size: 2,
        page_token: page_token.to_owned(),
        ..Default::default()
    };
    let page = client.find_consent_receipts(find("")).await.unwrap().into_inner();
    let next = client
        .find_consent_receipts(find(&page.next_page_token))
        .await
        .unwrap()
        .into_inner();
    let found: Vec<_> = [page.receipts, next.receipts].concat();
    assert_eq!(
        found.iter().map(|one| &one.receipt_id).collect::<Vec<_>>(),
        ids.iter().collect::<Vec<_>>()
    );
    assert!(next.next_page_token.is_empty());
    assert!(found.iter().all(|one| one.effective_items.len() == 4));

    let withdraw = |reason: pb::WithdrawalReason| pb::WithdrawConsentRequest {
        receipt_id: ids[0].clone(),
        reason: reason.into(),
        staff_id: "nurse-7".to_owned(),
    };
    let taken = client
        .withdraw_consent(withdraw(pb::WithdrawalReason::Patient))
        .await
        .unwrap();
    let taken = taken.into_inner().receipt.unwrap();
    assert!(taken.effective_items.is_empty() && !taken.token.is_empty());
    let again = client
        .withdraw_consent(withdraw(pb::WithdrawalReason::NotNeeded))
        .await
        .unwrap();
    assert_eq!(again.into_inner().receipt.unwrap().withdrawal, taken.withdrawal);

    let mut seen = Vec::new();
    while seen.len() < 4 {
        let message = timeout(Duration::from_secs(10), events.message()).await.unwrap();
        let message = message.unwrap().unwrap();
        seen.extend(message.events);
        assert_eq!(message.last_sequence, seen.last().unwrap().sequence);
    }
    let told: Vec<_> = seen
        .iter()
        .map(|event| (event.sequence, event.kind(), &event.receipt_id))
        .collect();
    let expected = [
        (1, Kind::Recorded, &ids[0]),
        (2, Kind::Recorded, &ids[1]),
        (3, Kind::Recorded, &ids[2]),
        (4, Kind::Withdrawn, &ids[0]),
    ];
    assert_eq!(told, expected);
    // Whoever comes later goes on where they stood.
    let watch = pb::WatchConsentEventsRequest {
        after_sequence: Some(3),
    };
    let mut events = client.watch_consent_events(watch).await.unwrap().into_inner();
    let first = events.message().await.unwrap().unwrap();
    assert_eq!((first.events.len(), first.last_sequence), (1, 4));
}
