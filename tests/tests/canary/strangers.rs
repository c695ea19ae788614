//! Callers who put what they know of a patient into fields that are not for it; and those who ask for proofs.

use std::time::Duration;

use madoguchi_core::RequestId;
use madoguchi_proto::auth::v1::auth_service_client::AuthServiceClient;
use madoguchi_proto::auth::v1::pending_action::Action;
use madoguchi_proto::auth::v1::{StartAuthenticationRequest, SubmitPinRequest, WatchAuthenticationRequest};
use madoguchi_proto::certificate::v1::certificate_service_client::CertificateServiceClient;
use madoguchi_proto::certificate::v1::{CheckCertificateRequest, Medium, ReadCertificateRequest};
use madoguchi_proto::eligibility::v1::eligibility_service_client::EligibilityServiceClient;
use madoguchi_proto::eligibility::v1::{CheckEligibilityRequest, CreateChallengeRequest};
use madoguchi_tests::Clinic;
use prost::Message as _;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind as Type, MessageDescriptor, MethodDescriptor, Value,
};

use crate::heard::Heard;
use crate::planted::People;
use crate::raw::Caller;
use crate::searcher::{Kind, Values};

/// 32 bytes that nobody else signs.
const CHALLENGE: [u8; 32] = *b"\x9e\xc3canary challenge \xf1\x07\xb4\xd8\x22\x90\x6a\xee\x51\x3c\xa7\x18\xcd";

/// So long a stream's first message is waited for.
const STREAM_WAIT: Duration = Duration::from_secs(1);

fn methods() -> Vec<MethodDescriptor> {
    let pool = DescriptorPool::decode(madoguchi_proto::DESCRIPTOR_SET).unwrap();
    let services: Vec<_> = pool.services().collect();
    services
        .iter()
        .flat_map(|service| service.methods().collect::<Vec<_>>())
        .collect()
}

/// Messages in messages, so deep.
const DEPTH: u8 = 3;

/// That text in every field of text, those bytes in every field of bytes, in every message that is in it too.
fn filled(message: &MessageDescriptor, text: &str, bytes: &[u8], depth: u8) -> DynamicMessage {
    let mut request = DynamicMessage::new(message.clone());
    let value = |field: &FieldDescriptor| match field.kind() {
        Type::String => Some(Value::String(text.to_owned())),
        Type::Bytes => Some(Value::Bytes(bytes.to_vec().into())),
        Type::Enum(_) => Some(Value::EnumNumber(1)),
        // Moments and durations stay absent: they hold nothing of anybody.
        Type::Message(inner) if depth > 0 && inner.package_name().starts_with("madoguchi") => {
            Some(Value::Message(filled(&inner, text, bytes, depth - 1)))
        }
        _ => None,
    };
    for field in message.fields().filter(|field| !field.is_map()) {
        match value(&field) {
            Some(one) if field.is_list() => request.set_field(&field, Value::List(vec![one])),
            Some(one) => request.set_field(&field, one),
            None => {}
        }
    }
    request
}

/// Every RPC, with what is not for its fields. RPCs that come later are called as well.
pub(crate) async fn wrong_fields(clinic: &Clinic, people: &People, heard: &mut Heard) {
    let adult = people.get("adult");
    let insurance = &adult.persona.record().insurances[0];
    let der = people.certificate("adult");
    let symbol = insurance.symbol.clone().unwrap();
    let texts = [
        adult.pin.clone(),
        insurance.name.clone(),
        symbol,
        hex::encode(&der[..60]),
        hex::encode(&der),
    ];
    let mut caller = Caller::new(clinic.gateway.channel().await);
    let mut refused = 0;
    for method in methods() {
        for (text, bytes) in
            texts
                .iter()
                .zip([&der[..], &der[..der.len() - 9], &der[1..], &der[..], &der[..]])
        {
            let request = filled(&method.input(), text, bytes, DEPTH);
            // Some take any text that has an id's letters, and list what is of that name: nothing.
            let called = caller.call(&method, request.encode_to_vec());
            // A stream may have nothing to say yet.
            if let Ok(Err(status)) = tokio::time::timeout(STREAM_WAIT, called).await {
                refused += 1;
                heard.refusal(&status);
            }
        }
    }
    assert!(refused > 100, "{refused} were refused");
}

/// A proof of possession for a caller's own challenge, a certificate without a visit, and a signature that does not fit.
pub(crate) async fn proofs(clinic: &Clinic, people: &People, heard: &mut Heard, values: &mut Values) {
    values.bytes(Kind::Challenge, "the caller's", &CHALLENGE, |_| false);
    let adult = people.get("adult");
    let card = clinic.card_of(&adult.persona);
    clinic.put_on(&card).await;
    let channel = clinic.gateway.channel().await;
    let mut client = AuthServiceClient::new(channel.clone());
    let start = StartAuthenticationRequest {
        request_id: RequestId::generate().to_string(),
        counter_id: "1".to_owned(),
        medium: Medium::Card.into(),
        challenge: CHALLENGE.to_vec(),
        ..StartAuthenticationRequest::default()
    };
    let started = client.start_authentication(start).await.unwrap().into_inner();
    let authentication_id = started.authentication.unwrap().authentication_id;
    let watch = WatchAuthenticationRequest {
        authentication_id: authentication_id.clone(),
        after_sequence: 0,
    };
    let mut updates = client.watch_authentication(watch).await.unwrap().into_inner();
    let mut proof = None;
    while let Some(update) = updates.message().await.unwrap() {
        let now = update.authentication.unwrap();
        heard.answer(&now);
        if let Some(pending) = &now.pending_action
            && matches!(pending.action, Some(Action::EnterPin(_)))
        {
            let typed = SubmitPinRequest {
                authentication_id: authentication_id.clone(),
                action_id: pending.action_id.clone(),
                pin: adult.pin.clone(),
                ..SubmitPinRequest::default()
            };
            if let Err(status) = client.submit_pin(typed).await {
                heard.refusal(&status);
            }
        }
        proof = now.proof.or(proof);
    }
    let proof = proof.expect("the card signed");
    assert_eq!(proof.certificate, people.certificate("adult"));
    values.bytes(Kind::Signature, "adult", &proof.signature, |_| false);

    // One that was left is nobody's.
    clinic.take_off(&card).await;
    clinic.put_on(&card).await;
    let mut certificates = CertificateServiceClient::new(channel.clone());
    let read = ReadCertificateRequest {
        counter_id: "1".to_owned(),
        wait_timeout: None,
    };
    heard.answer(&certificates.read_certificate(read).await.unwrap().into_inner());
    let check = CheckCertificateRequest {
        certificate: proof.certificate.clone(),
        medium: Medium::Card.into(),
        ..CheckCertificateRequest::default()
    };
    heard.told(&certificates.check_certificate(check).await.unwrap().into_inner());

    // The signature is over another challenge.
    let mut service = EligibilityServiceClient::new(channel);
    let challenge = service
        .create_challenge(CreateChallengeRequest {})
        .await
        .unwrap()
        .into_inner();
    values.bytes(Kind::Challenge, "the service's", &challenge.challenge, |_| false);
    let check = CheckEligibilityRequest {
        challenge_id: challenge.challenge_id,
        certificate: proof.certificate,
        signature: proof.signature,
        medium: Medium::Card.into(),
        ..CheckEligibilityRequest::default()
    };
    let refused = service.check_eligibility(check).await;
    heard.refusal(&refused.expect_err("another challenge was signed"));
    clinic.take_off(&card).await;
}
