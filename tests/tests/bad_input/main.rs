//! Bad input to every RPC and every field of it, walked along the published descriptors: a field violation that names
//! the field, and nothing that panics.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's helpers fail the test")]

mod live;
mod raw;
mod values;

use std::collections::BTreeSet;

use madoguchi_tests::{Setup, refused, run};
use prost::Message as _;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, MethodDescriptor, OneofDescriptor, Value,
};
use tonic::{Code, Status};

use raw::Caller;
use values::{Bad, bad, good, is_required_message};

fn methods() -> Vec<MethodDescriptor> {
    let pool = DescriptorPool::decode(madoguchi_proto::DESCRIPTOR_SET).unwrap();
    pool.services()
        .flat_map(|service| service.methods().collect::<Vec<_>>())
        .collect()
}

/// RPCs that other gateways alone may call: a program of this computer is never one, so that whatever it sends is denied
/// before it is read. What is wrong in them is looked at where they are read.
const FOR_GATEWAYS: [&str; 3] = [
    "madoguchi.eligibility.v1.EligibilityService.CheckDeferredEligibility",
    "madoguchi.eligibility.v1.EligibilityService.GetCardRegistration",
    "madoguchi.eligibility.v1.EligibilityService.RegisterCard",
];

fn is_for_gateways(method: &MethodDescriptor) -> bool {
    FOR_GATEWAYS.contains(&method.full_name())
}

fn is_denied(status: &Status, what: &str) {
    assert_eq!(status.code(), Code::PermissionDenied, "{what}: {status:?}");
    assert!(refused(status).fields.is_empty(), "{what}: {status:?}");
}

/// A request in which nothing is wrong, but which names nothing that exists.
fn base(method: &MethodDescriptor) -> DynamicMessage {
    let mut request = DynamicMessage::new(method.input());
    for field in method.input().fields() {
        if let Some(value) = good(&field) {
            request.set_field(&field, value);
        }
    }
    request
}

fn is_invalid(status: &Status, field: &str, what: &str) {
    assert_eq!(status.code(), Code::InvalidArgument, "{what}: {status:?}");
    let refused = refused(status);
    assert_eq!(refused.reason, "INVALID_ARGUMENT", "{what}");
    assert_eq!(refused.fields, [field], "{what}");
    assert!(status.message().contains(field), "{what}: {}", status.message());
}

#[test]
fn every_wrong_field_of_every_rpc_is_named() {
    run(async {
        let clinic = Setup::default().open().await;
        let mut caller = Caller::new(clinic.gateway.channel().await);
        let mut walked = BTreeSet::new();
        for method in methods() {
            for field in method.input().fields() {
                walked.insert(field.full_name().to_owned());
                for Bad { value, at } in bad(&field) {
                    let mut request = base(&method);
                    let what = format!("{} with {} = {value:?}", method.full_name(), field.name());
                    request.set_field(&field, value);
                    let status = caller
                        .call(&method, request.encode_to_vec())
                        .await
                        .expect_err(&what);
                    if is_for_gateways(&method) {
                        is_denied(&status, &what);
                    } else {
                        is_invalid(&status, &format!("{}{at}", field.name()), &what);
                    }
                }
                if is_required_message(&field) && !is_for_gateways(&method) {
                    let mut request = base(&method);
                    let what = format!("{} without {}", method.full_name(), field.name());
                    request.clear_field(&field);
                    let called = caller.call(&method, request.encode_to_vec()).await;
                    is_invalid(&called.expect_err(&what), field.name(), &what);
                }
            }
        }
        assert!(walked.len() > 40, "{walked:?}");
        assert!(!clinic.gateway.log().contains("panicked"));
        clinic.next_visit_works().await;
    });
}

#[test]
fn every_field_has_bad_values_or_cannot_be_wrong() {
    // Where it goes on: which number there never was, only a visit that is under way says (see live).
    let goes_on = [
        "madoguchi.checkin.v1.WatchCheckInRequest.after_sequence",
        "madoguchi.auth.v1.WatchAuthenticationRequest.after_sequence",
    ];
    // Either is right; of nothing_presented it is the medium beside it that is not.
    let never_wrong = [
        "confirm_last_try",
        "typed_by_guardian",
        "confirmed",
        "register",
        "at_once",
        "distrust_former",
        "nothing_presented",
        "pin_usable",
    ];
    let fields = methods()
        .into_iter()
        .flat_map(|method| method.input().fields().collect::<Vec<FieldDescriptor>>());
    for field in fields {
        let can_be_wrong = !never_wrong.contains(&field.name()) && !goes_on.contains(&field.full_name());
        assert_eq!(!bad(&field).is_empty(), can_be_wrong, "{}", field.full_name());
    }
}

#[test]
fn all_wrong_fields_are_named_at_once_and_what_is_unknown_is_not_found() {
    run(async {
        let clinic = Setup::default().open().await;
        let mut caller = Caller::new(clinic.gateway.channel().await);
        let mut not_found = 0;
        for method in methods() {
            // Everything that may be wrong is wrong.
            let mut request = DynamicMessage::new(method.input());
            let mut expected: Vec<(String, Option<OneofDescriptor>)> = Vec::new();
            for field in method.input().fields() {
                if let Some(Bad { value, at }) = bad(&field).into_iter().next_back() {
                    request.set_field(&field, value);
                    // Of several of which one can be given, the last was.
                    let one_of = field.containing_oneof();
                    expected.retain(|(_, earlier)| one_of.is_none() || *earlier != one_of);
                    expected.push((format!("{}{at}", field.name()), one_of));
                }
            }
            if is_for_gateways(&method) {
                for request in [request, base(&method)] {
                    let status = caller.call(&method, request.encode_to_vec()).await.unwrap_err();
                    is_denied(&status, method.full_name());
                }
                continue;
            }
            if !expected.is_empty() {
                let status = caller.call(&method, request.encode_to_vec()).await.unwrap_err();
                let mut named = refused(&status).fields;
                named.sort_unstable();
                let mut expected: Vec<_> = expected.into_iter().map(|(name, _)| name).collect();
                expected.sort_unstable();
                assert_eq!(named, expected, "{}", method.full_name());
            }
            // Nothing is wrong, and nothing of that name is there.
            match caller.call(&method, base(&method).encode_to_vec()).await {
                Ok(()) => {}
                Err(status) if status.code() == Code::NotFound => {
                    not_found += usize::from(refused(&status).reason.ends_with("_NOT_FOUND"));
                }
                Err(status) => assert_eq!(
                    refused(&status).reason,
                    "CHALLENGE_UNKNOWN",
                    "{}",
                    method.full_name()
                ),
            }
        }
        assert!(not_found >= 15, "{not_found} RPCs name something");
    });
}

#[test]
fn what_is_wrong_only_beside_another_field_is_named() {
    run(async {
        let clinic = Setup::default().open().await;
        let mut caller = Caller::new(clinic.gateway.channel().await);
        let mut methods = methods().into_iter();
        let method = methods.find(|method| method.name() == "ListNextSteps").unwrap();
        // The base has a medium.
        let mut request = base(&method);
        request.set_field_by_name("nothing_presented", Value::Bool(true));
        let status = caller.call(&method, request.encode_to_vec()).await.unwrap_err();
        is_invalid(&status, "nothing_presented", method.full_name());
    });
}

#[test]
fn bytes_that_are_no_message_are_the_callers_to_mend() {
    run(async {
        let clinic = Setup::default().open().await;
        let mut caller = Caller::new(clinic.gateway.channel().await);
        let garbage: [Vec<u8>; 6] = [
            vec![0xFF; 64],
            // The first field is cut short; is no UTF-8; has another wire type.
            vec![0x0A, 0x7F, b'a'],
            vec![0x0A, 0x02, 0xC3, 0x28],
            vec![0x09, 0, 0, 0, 0, 0, 0, 0, 0],
            // A group that never ends, and more than is taken.
            vec![0x0B],
            vec![0x0A; 300_000],
        ];
        for method in methods() {
            let has_fields = method.input().fields().next().is_some();
            for bytes in &garbage {
                match caller.call(&method, bytes.clone()).await {
                    // Where the first field is bytes, some of these are a message with other fields missing.
                    Err(status) if is_for_gateways(&method) => is_denied(&status, method.full_name()),
                    Err(status) => {
                        assert_eq!(
                            status.code(),
                            Code::InvalidArgument,
                            "{}: {status:?}",
                            method.full_name()
                        );
                        assert!(!refused(&status).fields.is_empty(), "{status:?}");
                    }
                    // A message without fields takes any field for a newer one.
                    Ok(()) => assert!(!has_fields, "{} took {bytes:?}", method.full_name()),
                }
            }
        }
        assert!(!clinic.gateway.log().contains("panicked"));
        clinic.next_visit_works().await;
    });
}
